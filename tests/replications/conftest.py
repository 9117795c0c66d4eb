"""The raw data, where somebody has them; without them these tests skip and say so."""

import os
from pathlib import Path

import pytest

from fieldmark.replications import Data

BESIDE = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Data:
    folder = Path(os.environ.get("FIELDMARK_DATA") or BESIDE)
    if not (folder / "imagenetv2").is_dir():
        pytest.skip("no raw data: name their folder in FIELDMARK_DATA")
    return Data(folder, tmp_path_factory.mktemp("cache"), offline=True)
