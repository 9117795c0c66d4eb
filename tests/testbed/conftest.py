from pathlib import Path

import pytest

from fieldmark.records import Condition, Examples
from fieldmark.store import Store, open_store
from tests.testbed.bars import examples


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", create=True)


@pytest.fixture
def bars() -> Examples:
    return examples()


@pytest.fixture
def clean(bars: Examples) -> Condition:
    return Condition(bars)
