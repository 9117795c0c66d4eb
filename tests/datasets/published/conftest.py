"""Small trees in the layouts that sets were published in, and the real data where they are."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets.published import Shelf
from fieldmark.records import generator


def save(file: Path, *, seed: int = 0, size=(12, 10), colour: bool = True) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    shape = (*size, 3) if colour else size
    Image.fromarray(generator(seed).integers(0, 256, shape, dtype=np.uint8)).save(file)


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "sets"


@pytest.fixture
def shelf(place) -> Shelf:
    return Shelf((place,))


@pytest.fixture
def val(place) -> Path:
    """Four validation pictures in class folders, two of whose classes are in ImageNet-A."""
    root = place / "imagenet-val" / "val"
    for number, wnid in ((293, "n01440764"), (1, "n01751748"), (48, "n01498041"), (7, "n02708093")):
        save(root / wnid / f"ILSVRC2012_val_{number:08d}.JPEG", seed=number)
    return root


@pytest.fixture
def real() -> Path:
    beside = Path(__file__).parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("FIELDMARK_DATA") or beside)
    if not folder.is_dir():
        pytest.skip("no published data here: name their folder in FIELDMARK_DATA")
    return folder
