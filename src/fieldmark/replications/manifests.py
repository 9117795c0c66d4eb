"""Manifests: the checksums of folders that hold too many files to name each of them in code."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from fieldmark.replications.data import Origin


def origins_of(folder: str) -> tuple[Origin, ...]:
    """Every file of a published folder, in the order of their names.

    The manifest ``manifests/FOLDER.json`` holds the repository, its commit, and from each file's
    path in it to the SHA-256 of its bytes.

    Args:
        folder: What the folder is called where data are kept.

    Example:
        >>> origins = origins_of("model-vs-human")
        >>> len(origins), origins[0].path
        (90, 'model-vs-human/raw-data/colour/colour_subject-01_session_1.csv')
    """
    manifest = _manifest(folder)
    return tuple(
        Origin(
            path=f"{manifest['folder']}/{original}",
            sha256=checksum,
            repository=manifest["repository"],
            commit=manifest["commit"],
            original=original,
        )
        for original, checksum in manifest["files"].items()
    )


def arrays_of(folder: str) -> Mapping[str, Mapping[str, str]]:
    """From set and file stem to the SHA-256 of an array's values (see ``digest``).

    For arrays whose files are not known byte by byte, but whose content is.

    Example:
        >>> sorted(arrays_of("imagenetv2"))[0], len(arrays_of("imagenetv2")["imagenetv2-b-33"])
        ('imagenet-validation-original', 67)
    """
    sets: Mapping[str, Mapping[str, str]] = _manifest(folder)["sets"]
    return sets


def _manifest(folder: str) -> Any:  # noqa: ANN401  what JSON holds
    place = files("fieldmark.replications") / "manifests" / f"{folder}.json"
    return json.loads(place.read_text(encoding="utf-8"))
