"""What tests of loaders share: photographs, and where published data is."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

BESIDE = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of published data; FIELDMARK_DATA says where it is."""
    folder = Path(os.environ.get("FIELDMARK_DATA") or BESIDE)
    if not (folder / "weights-imagenet").is_dir():
        pytest.skip("no published data here: set FIELDMARK_DATA to a folder with weights-imagenet/")
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Some pictures of several sizes as JPEG, smooth and busy; the folder they lie in."""
    folder, chance = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for number, (height, width) in enumerate([(320, 427), (500, 375), (333, 350), (400, 261)]):
        coarse = Image.fromarray(chance.integers(0, 256, (27, 35, 3), np.uint8))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), float)
        busy = smooth + chance.normal(0, 12, smooth.shape)
        picture = Image.fromarray(np.clip(busy, 0, 255).astype(np.uint8))
        picture.save(folder / f"{number}.jpg", quality=95)
    return folder
