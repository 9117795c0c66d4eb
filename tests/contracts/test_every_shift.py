"""What every shift must do; a new name in the table is tested without anyone writing a test."""

import numpy as np
import pytest

from fieldmark.records import Pixels, Seeds, Shift, example_seeds
from fieldmark.shifts import LEVELS
from tests.shifts.made import made

SHAPES = [(16, 16, 3), (28, 28, 1), (33, 47, 1), (33, 47, 3)]


def ends(levels: tuple[str, ...]) -> list[str]:
    """The mildest and the strongest; every level has its golden pictures elsewhere."""
    return list(dict.fromkeys((levels[0], levels[-1])))


@pytest.fixture(params=[(name, at) for name in LEVELS for at in ends(LEVELS[name])], ids=str)
def one(request: pytest.FixtureRequest) -> Shift:
    return made(*request.param)


@pytest.fixture(params=SHAPES, ids=str)
def images(request: pytest.FixtureRequest) -> Pixels:
    stream = np.random.default_rng(7)
    pictures = stream.integers(0, 256, size=(5, *request.param), dtype=np.uint8)
    pictures[3], pictures[4] = 0, 255
    return pictures


@pytest.fixture
def seeds(one: Shift) -> Seeds:
    return example_seeds("abcde", f"{one.name}@{one.level}", 0)


def test_shape_and_type_are_kept_and_the_input_is_left_alone(one, images, seeds):
    before = images.copy()
    images.setflags(write=False)
    shifted = one.apply(images, seeds)
    assert (shifted.shape, shifted.dtype) == (images.shape, np.uint8)
    np.testing.assert_array_equal(images, before)
    assert not np.shares_memory(shifted, images)
    # What is done to colour alone leaves grey pictures as they are, and says so.
    assert (shifted[:3] != images[:3]).any() or (images.shape[3] == 1 and "grey" in one.settings)


def test_the_same_seeds_give_the_same_pictures(one, images, seeds):
    np.testing.assert_array_equal(one.apply(images, seeds), one.apply(images, seeds))


def test_neighbours_and_order_do_not_matter(one, images, seeds):
    together = one.apply(images, seeds)
    np.testing.assert_array_equal(one.apply(images[::-1], seeds[::-1])[::-1], together)
    for row in range(len(images)):
        alone = one.apply(images[row : row + 1], seeds[row : row + 1])
        np.testing.assert_array_equal(alone[0], together[row])
    twenty = one.apply(np.repeat(images[:1], 20, axis=0), np.repeat(seeds[:1], 20))
    assert (twenty == together[0]).all()


def test_no_images_are_no_trouble(one, images, seeds):
    assert one.apply(images[:0], seeds[:0]).shape == (0, *images.shape[1:])


def test_a_large_batch_is_what_its_parts_are(one):
    images = np.random.default_rng(8).integers(0, 256, size=(67, 28, 28, 1), dtype=np.uint8)
    seeds = example_seeds(map(str, range(67)), "large", 0)
    parts = [one.apply(images[i : i + 10], seeds[i : i + 10]) for i in range(0, 67, 10)]
    np.testing.assert_array_equal(one.apply(images, seeds), np.concatenate(parts))
