"""A classifier of ten classes that is right seven times in ten, and its key."""

import numpy as np
import pytest

from fieldmark.archives.keys import Key, classes_of


@pytest.fixture
def truth() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 20, 600)


@pytest.fixture
def key(truth) -> Key:
    names = [str(number) for number in range(20)]
    ids = tuple(f"img-{row}" for row in range(len(truth)))
    return Key("digits", ids, truth[:, None], classes_of([], names), numbered=False)


@pytest.fixture
def top3(truth) -> np.ndarray:
    """The right class first in 70 %, second in 20 %, nowhere in 10 %."""
    rng = np.random.default_rng(4)
    u = rng.random(len(truth))
    other = (truth + rng.integers(1, 9, len(truth))) % 20
    third = (truth + rng.integers(10, 19, len(truth))) % 20
    first = np.where(u < 0.7, truth, other)
    second = np.where(u < 0.7, other, np.where(u < 0.9, truth, (truth + 9) % 20))
    return np.stack([first, second, third], axis=1)
