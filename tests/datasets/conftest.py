"""Folders of pictures and real files to read."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.records import generator


@pytest.fixture
def picture() -> Callable[..., np.ndarray]:
    """Random grey levels (height, width) or (height, width, channels)."""

    def make(*shape: int, seed: int = 0) -> np.ndarray:
        return generator(seed).integers(0, 256, shape, dtype=np.uint8)

    return make


@pytest.fixture
def pets(tmp_path: Path, picture: Callable[..., np.ndarray]) -> Path:
    """Two class folders of two grey 6×4 PNG each."""
    root = tmp_path / "pets"
    for seed, file in enumerate(["cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png"]):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(6, 4, seed=seed)).save(root / file)
    return root


@pytest.fixture
def published() -> Path:
    """The folder of published data sets; FIELDMARK_DATA says where it is."""
    beside = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("FIELDMARK_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no published data here: set FIELDMARK_DATA to a folder with mnist/")
    return folder
