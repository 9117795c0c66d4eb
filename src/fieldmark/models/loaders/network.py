"""The network: published weights that cannot be reached say so, and what to do, soon."""

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten
from urllib.error import URLError

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
