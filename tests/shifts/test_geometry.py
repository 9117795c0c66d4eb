from math import radians, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import affine_transform, rotate

from fieldmark.records import ConfigError
from fieldmark.shifts import shift
from fieldmark.shifts.geometry import DEGREES, SHARES, scaled, sheared, turned


@pytest.mark.parametrize("degrees", [*DEGREES, -30.0, 180.0])
@pytest.mark.parametrize("size", [(28, 28), (33, 47)])
def test_turning_agrees_with_scipy(pictures, degrees, size):
    image = pictures(1, *size, 1)
    expected = rotate(
        image[0, :, :, 0].astype(float), degrees, reshape=False, order=1, mode="grid-constant"
    )
    difference = turned(image, degrees=degrees)[0, :, :, 0] - expected
    assert np.abs(difference).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("quarters", [1, 2, 3, 4])
def test_quarter_turns_of_a_square_are_exact(pictures, quarters):
    image = pictures(2, 17, 17, 3)
    expected = np.rot90(image, quarters, axes=(1, 2))
    np.testing.assert_array_equal(turned(image, degrees=90.0 * quarters), expected)


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_about_half_of_the_examples_turn_each_way(pictures, seeds, severity):
    images = np.repeat(pictures(1, 20, 20, 1), 200, axis=0)
    rotated = shift("rotation", severity).apply(images, seeds(200))
    left = turned(images[:1], degrees=DEGREES[severity - 1])
    right = turned(images[:1], degrees=-DEGREES[severity - 1])
    to_the_left = (rotated == left).all(axis=(1, 2, 3))
    to_the_right = (rotated == right).all(axis=(1, 2, 3))
    assert (to_the_left ^ to_the_right).all()
    assert 60 < to_the_left.sum() < 140  # 100 expected, standard deviation 7


def _steps(moved: np.ndarray) -> np.ndarray:
    """Where a single white pixel that was at (50, 50) has gone."""
    return np.argwhere(moved[..., 0] == 255)[:, 1:] - 50


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
def test_a_translation_moves_by_the_share_it_says_in_all_directions(seeds, severity):
    points = np.zeros((300, 101, 101, 1), np.uint8)
    points[:, 50, 50] = 255
    steps = _steps(shift("translation", severity).apply(points, seeds(300)))
    assert len(steps) == 300
    lengths = np.hypot(*steps.T)
    assert np.abs(lengths - SHARES[severity - 1] * 101).max() <= np.sqrt(0.5)
    quadrants = np.unique(np.sign(steps), axis=0, return_counts=True)
    corners = [count for sign, count in zip(*quadrants, strict=True) if (sign != 0).all()]
    assert len(corners) == 4
    assert min(corners) > 30


@given(seed=st.integers(0, 2**64 - 1))
def test_what_stays_in_the_frame_is_unchanged_and_the_rest_is_black(seed):
    image = np.random.default_rng(5).integers(1, 256, size=(1, 24, 30, 3), dtype=np.uint8)
    moved = shift("translation", 5).apply(image, np.array([seed], np.uint64))[0]
    filled = np.argwhere(moved.any(axis=2))
    (top, left), (bottom, right) = filled.min(axis=0), filled.max(axis=0) + 1
    down = top if top else bottom - 24
    across = left if left else right - 30
    source = image[0, top - down : bottom - down, left - across : right - across]
    np.testing.assert_array_equal(moved[top:bottom, left:right], source)
    assert len(filled) == (24 - abs(down)) * (30 - abs(across))


@pytest.mark.parametrize("name", ["shear", "scale"])
@pytest.mark.parametrize("size", [(28, 28), (33, 47)])
def test_linear_maps_agree_with_scipy(pictures, name, size):
    image = pictures(1, *size, 3)
    lean = tan(radians(20.0))
    change, back = {
        "shear": (sheared(image, degrees=20.0), np.array([[1, 0, 0], [lean, 1, 0], [0, 0, 1]])),
        "scale": (scaled(image, factor=1.5), np.diag([1 / 1.5, 1 / 1.5, 1])),
    }[name]
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2, 0])
    expected = affine_transform(
        image[0].astype(float), back, middle - back @ middle, order=1, mode="grid-constant"
    )
    assert np.abs(change[0] - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize(("name", "change"), [("shear", sheared), ("scale", scaled)])
def test_about_half_go_each_way(pictures, seeds, name, change):
    images = np.repeat(pictures(1, 20, 20, 1), 200, axis=0)
    shifted = shift(name, 3).apply(images, seeds(200))
    key, there, back = {"shear": ("degrees", 15.0, -15.0), "scale": ("factor", 1.35, 1 / 1.35)}[
        name
    ]
    one = (shifted == change(images[:1], **{key: there})).all(axis=(1, 2, 3))
    other = (shifted == change(images[:1], **{key: back})).all(axis=(1, 2, 3))
    assert (one ^ other).all()
    assert 60 < one.sum() < 140


def test_flips_are_numpys(pictures, seeds):
    images = pictures(3, 17, 23, 3)
    for level, axes in (("left-right", 2), ("upside-down", 1), ("both", (1, 2))):
        flipped = shift("flip", level).apply(images, seeds(3))
        np.testing.assert_array_equal(flipped, np.flip(images, axes))
        np.testing.assert_array_equal(shift("flip", level).apply(flipped, seeds(3)), images)
    with pytest.raises(ConfigError, match="flip comes at levels left-right, upside-down and both"):
        shift("flip", 1)
