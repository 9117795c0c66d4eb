"""The network: published weights that cannot be reached say so, and what to do, soon."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from socket import getaddrinfo
from textwrap import shorten
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import getproxies

from fieldmark.records import FieldmarkError, ModelError


@contextmanager
def reaching(where: str, wanted: str, arch: str) -> Iterator[None]:
    """While this lasts, what goes wrong on the way to ``where`` becomes one clear line.

    Args:
        where: An address, or the name of a repository.
        wanted: What somebody asked for.
        arch: The name to give with weights from a file.

    Raises:
        ModelError: The weights cannot be had.
    """
    try:
        with _told_at_once():
            yield
    except FieldmarkError:
        raise
    except Exception as error:  # libraries wrap what the network raises in what they like
        reason = shorten(str(error), 160, placeholder=" …")
        told = str(error.reason) if isinstance(error, URLError) else reason
        raise ModelError(
            f"the weights of {wanted} cannot be had from {where}: {told}. Fetch them where there "
            f"is a network and give weights=FILE.safetensors (or safetensors:FILE?arch={arch}); "
            "weights=none draws random ones"
        ) from error


@contextmanager
def _told_at_once() -> Iterator[None]:
    """The hub's library looks into its cache alone where there is no way to the hub.

    It would ask for each file six times and wait in between, for most of a minute. Whoever goes
    through a proxy need not know the hub's address.
    """
    hub = _loaded_hub()
    if hub is None or hub.HF_HUB_OFFLINE or getproxies() or _known(urlsplit(hub.ENDPOINT).hostname):
        yield
        return
    hub.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        hub.HF_HUB_OFFLINE = False


def _loaded_hub() -> Any:  # noqa: ANN401  a module of constants that not everybody has
    with suppress(ImportError):
        return import_module("huggingface_hub.constants")
    return None


def _known(host: str | None) -> bool:
    """Does anybody here know where it is?"""
    try:
        return bool(getaddrinfo(host, 443))
    except OSError:
        return False
