"""Manifests: what each run was asked to do, on what machine, and what came of it."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from fieldmark.records import StoreError
from fieldmark.store.naming import RUNS
from fieldmark.store.store import Store

_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def keep_manifest(store: Store, name: str, manifest: Mapping[str, object]) -> None:
    """Write down what a run is about; it may be written again as the run goes on.

    A manifest is for people who ask how a store came about. No answer depends on it.

    Args:
        store: Where the run keeps its answers.
        name: Of the run, as ``manifest_name`` makes it.
        manifest: Whatever JSON can say.

    Raises:
        StoreError: The store cannot be written.
    """
    text = json.dumps({"format": "run 1", **manifest}, indent=2, ensure_ascii=False, default=str)
    store._folder.write(f"{RUNS}/{name}.json", text.encode())


def manifest_name(begun: datetime, mark: str) -> str:
    """The name of a run: when it was begun (UTC), and 8 hexadecimal digits.

    Example:
        >>> manifest_name(datetime(2024, 5, 1, 12, tzinfo=UTC), "00c0ffee")
        '20240501T120000Z-00c0ffee'
    """
    return f"{begun.astimezone(UTC):%Y%m%dT%H%M%SZ}-{mark}"


def manifests(store: Store) -> dict[str, Mapping[str, object]]:
    """Every run that the store knows of, by name, in the order in which they were begun.

    A manifest that cannot be read is passed over: nothing depends on it.

    Example:
        >>> from fieldmark.store import open_store
        >>> store = open_store("memory://manifests", create=True)
        >>> keep_manifest(store, "20240501T120000Z-00c0ffee", {"subjects": ["cnn"]})
        >>> manifests(store)
        {'20240501T120000Z-00c0ffee': {'format': 'run 1', 'subjects': ['cnn']}}
    """
    found: dict[str, Mapping[str, object]] = {}
    for file in store._folder.entries(RUNS):
        name = file.removeprefix(f"{RUNS}/").removesuffix(".json")
        with suppress(ValueError, StoreError):
            read = json.loads(store._folder.read(file) or b"")
            if _NAME.fullmatch(name) and isinstance(read, dict):
                found[name] = read
    return found
