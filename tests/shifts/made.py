"""A shift as tests make it: frost's photographs lie in a folder of raw data, or it is left out."""

import os
from pathlib import Path

import pytest

from fieldmark.records import Shift
from fieldmark.shifts import Overlays, shift

BESIDE = Path(__file__).parents[3] / "shared" / "data"


def overlays() -> Overlays:
    folder = Path(os.environ.get("FIELDMARK_DATA") or BESIDE)
    if not (folder / "hendrycks-robustness").is_dir():
        pytest.skip("no photographs of frost: name a folder of raw data in FIELDMARK_DATA")
    return Overlays(folder, offline=True)


def made(name: str, level: object) -> Shift:
    return shift(name, level, overlays=overlays() if name == "frost" else None)
