"""Blurs and stored pictures are those of the reference, at its draws, for every size."""

import numpy as np
import pytest

from fieldmark.shifts.published import STRENGTHS
from tests.shifts.oracle import agreement
from tests.shifts.reference import ours, theirs

NAMES = [
    "defocus-blur",
    "elastic-in-place",
    "elastic-transform",
    "gaussian-blur",
    "glass-blur",
    "jpeg-compression",
    "motion-blur",
    "pixelate",
    "zoom-blur",
]

SLOW = pytest.mark.slow


def rough(size: int) -> np.ndarray:
    """Every level, hard edges, plain parts and noise."""
    image = np.random.default_rng(size).integers(0, 256, (size, size, 3), dtype=np.uint8)
    image[: size // 2] = np.linspace(0, 255, size, dtype=np.uint8)[:, None]
    image[size // 4 : size // 2, size // 4 : size // 2] = (255, 0, 100)
    return image


def check(name: str, size: int, severity: int) -> None:
    image, strength = rough(size), STRENGTHS[name][size][severity - 1]
    made = ours(name, image, strength, seed=severity)
    assert agreement(made, theirs(name, image, strength, seed=severity)) >= 0.9999


@pytest.mark.parametrize("size", [32, pytest.param(64, marks=SLOW), pytest.param(224, marks=SLOW)])
@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_those_of_the_reference(name, size):
    for severity in range(1, 6):
        check(name, size, severity)
