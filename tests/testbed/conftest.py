from pathlib import Path

import pytest

from fieldmark.records import Condition, Examples
from fieldmark.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", create=True)


@pytest.fixture
def bars() -> Examples:
    # Here, because this file is read before any test is chosen, and torch takes long to load.
    from tests.testbed.bars import examples

    return examples()


@pytest.fixture
def clean(bars: Examples) -> Condition:
    return Condition(bars)
