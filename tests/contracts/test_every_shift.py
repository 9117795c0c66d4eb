"""What every shift must do; a new name in the table is tested without anyone writing a test.

The strongest level of each is asked here, the mildest among the slow tests; every level has its
golden pictures elsewhere.
"""

import numpy as np
import pytest

from fieldmark.records import Pixels, Seeds, Shift, example_seeds
from fieldmark.shifts import LEVELS
from tests.shifts.made import made

SHAPES = [(16, 16, 3), (28, 28, 1), (33, 47, 1), (33, 47, 3)]
STRONGEST = [pytest.param((name, at[-1]), id=f"{name}@{at[-1]}") for name, at in LEVELS.items()]
MILDEST = [
    pytest.param((name, at[0]), id=f"{name}@{at[0]}", marks=pytest.mark.slow)
    for name, at in LEVELS.items()
    if len(at) > 1
]


@pytest.fixture(params=[*STRONGEST, *MILDEST])
def one(request: pytest.FixtureRequest) -> Shift:
    return made(*request.param)


@pytest.fixture(scope="module")
def batches() -> list[Pixels]:
    """Five pictures of each shape: three of noise, a black and a white one; nobody may write."""
    stream = np.random.default_rng(7)
    every = [stream.integers(0, 256, size=(5, *shape), dtype=np.uint8) for shape in SHAPES]
    for pictures in every:
        pictures[3], pictures[4] = 0, 255
        pictures.setflags(write=False)
    return every


@pytest.fixture
def seeds(one: Shift) -> Seeds:
    return example_seeds("abcde", f"{one.name}@{one.level}", 0)


def test_pictures_keep_their_shape_and_are_the_same_again(one, batches, seeds):
    for images in batches:
        shifted = one.apply(images, seeds)
        assert (shifted.shape, shifted.dtype) == (images.shape, np.uint8)
        assert not np.shares_memory(shifted, images)
        # What is done to colour alone leaves grey pictures as they are, and says so.
        grey = images.shape[3] == 1
        assert (shifted[:3] != images[:3]).any() or (grey and "grey" in one.settings), images.shape
        np.testing.assert_array_equal(one.apply(images, seeds), shifted)
        assert one.apply(images[:0], seeds[:0]).shape == (0, *images.shape[1:])


def test_pictures_that_are_lent_are_left_alone(one, batches, seeds):
    """Those of the other tests cannot be written to; these can."""
    images = batches[0].copy()
    one.apply(images, seeds)
    np.testing.assert_array_equal(images, batches[0])


def test_neighbours_and_order_do_not_matter(one, batches, seeds):
    for images in batches:
        together = one.apply(images, seeds)
        np.testing.assert_array_equal(one.apply(images[::-1], seeds[::-1])[::-1], together)
        for row in range(len(images)):
            alone = one.apply(images[row : row + 1], seeds[row : row + 1])
            np.testing.assert_array_equal(alone[0], together[row])
    twenty = one.apply(np.repeat(images[:1], 20, axis=0), np.repeat(seeds[:1], 20))
    assert (twenty == together[0]).all()


def test_a_large_batch_is_what_its_parts_are(one):
    images = np.random.default_rng(8).integers(0, 256, size=(67, 16, 16, 1), dtype=np.uint8)
    seeds = example_seeds(map(str, range(67)), "large", 0)
    parts = [one.apply(images[i : i + 10], seeds[i : i + 10]) for i in range(0, 67, 10)]
    np.testing.assert_array_equal(one.apply(images, seeds), np.concatenate(parts))
