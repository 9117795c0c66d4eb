"""Manifests: the checksums of folders that hold too many files to name each of them in code."""

import json
from importlib.resources import files

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
    place = files("fieldmark.replications") / "manifests" / f"{folder}.json"
    manifest = json.loads(place.read_text(encoding="utf-8"))
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
