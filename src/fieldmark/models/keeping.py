"""What was trained is kept beside its fingerprint; a file that does not say it back is made anew.

Files are written aside and renamed, so that two processes that train the same subject at once do
no harm: the last one's file stays, and it holds the same numbers.
"""

import zipfile
from collections.abc import Callable, Mapping
from os import getpid
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np

from fieldmark.models.skops_files import read_skops
from fieldmark.records import ModelError, fingerprint

Weights = Mapping[str, np.ndarray]
"""The arrays of a net, by name."""


def kept_weights(path: Path, mark: str, make: Callable[[], Weights]) -> Weights:
    """The arrays kept in ``path`` under the fingerprint ``mark``, else those that ``make`` gives.

    Args:
        path: A .safetensors file, there or not.
        mark: Fingerprint of what they were made from.
        make: Makes them; what it gives is kept.

    Raises:
        ModelError: The file cannot be written.
    """
    weights = _read_weights(path, mark)
    if weights is None:
        weights = make()
        write_whole(path, _packed_weights(weights, mark))
    return weights


def kept_estimator(path: Path, mark: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
    """The scikit-learn estimator kept in ``path`` under ``mark``, else the one that ``make`` gives.

    Args:
        path: A .skops file, there or not.
        mark: Fingerprint of what it was made from.
        make: Makes it; what it gives is kept.

    Raises:
        ModelError: The file cannot be written.
    """
    estimator = _read_estimator(path, mark)
    if estimator is None:
        from skops.io import dumps

        estimator = make()
        content = {"mark": mark, "estimator": estimator}
        write_whole(path, dumps(content, compression=zipfile.ZIP_DEFLATED))
    return estimator


def _packed_weights(weights: Weights, mark: str) -> bytes:
    from safetensors.numpy import save

    weights = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    return save(weights, metadata={"mark": mark, "content": fingerprint(weights)})


def _read_weights(path: Path, mark: str) -> Weights | None:
    """What the file holds; None where there is none, or it is damaged, or made from else."""
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError):
        return None
    sound = said.get("mark") == mark and said.get("content") == fingerprint(weights)
    return weights if sound else None


def _read_estimator(path: Path, mark: str) -> Any:  # noqa: ANN401  whatever was kept, or None
    """What the file holds; None where there is none, or it is damaged, or made from else.

    The file is ours, and it is still read as anybody's: types that are not trusted, or trees that
    lead nowhere, count as damage.
    """
    if not path.exists():
        return None
    try:
        content = read_skops(path)
    except ModelError:
        return None
    sound = isinstance(content, dict) and content.get("mark") == mark
    return content.get("estimator") if sound else None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file aside and rename it, so that nobody ever sees a part of it.

    Raises:
        ModelError: It cannot be written.
    """
    aside = path.with_name(f"{path.name}.{getpid()}-{get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_bytes(content)
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ModelError(f"cannot keep {path}: {error.strerror or error}") from error
