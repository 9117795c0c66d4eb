from collections.abc import Callable

import numpy as np
import pytest

from fieldmark.records import Pixels, example_seeds


@pytest.fixture
def pictures() -> Callable[..., Pixels]:
    """Reproducible pictures of any size, from whole-number arithmetic alone."""

    def draw(number: int, height: int, width: int, channels: int) -> Pixels:
        positions = np.arange(number * height * width * channels, dtype=np.uint32)
        mixed = (positions * np.uint32(2654435761)) >> np.uint32(24)
        return mixed.astype(np.uint8).reshape(number, height, width, channels)

    return draw


@pytest.fixture
def seeds() -> Callable[[int], np.ndarray]:
    def draw(number: int) -> np.ndarray:
        return example_seeds((f"example-{i}" for i in range(number)), "a test", 0)

    return draw
