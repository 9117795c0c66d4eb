import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.shifts.blur import gaussian_blur
from fieldmark.shifts.digital import pixelate
from fieldmark.shifts.light import brightness, contrast

NO_SEEDS = np.zeros(1, np.uint64)


@pytest.mark.parametrize("sigma", [0.4, 1.0, 3.0])
def test_a_blurred_point_is_the_gaussian_itself(sigma):
    image = np.zeros((1, 41, 41, 1), np.uint8)
    image[0, 20, 20] = 255
    offsets = np.arange(-20, 21)
    line = np.exp(-0.5 * (offsets / sigma) ** 2) * (np.abs(offsets) <= int(4 * sigma + 0.5))
    line /= line.sum()
    expected = np.floor(np.outer(line, line) * 255 + 1e-6)
    blurred = gaussian_blur(image, NO_SEEDS, strength=sigma)
    np.testing.assert_array_equal(blurred[0, :, :, 0], expected)


@given(level=st.integers(0, 255), sigma=st.floats(0.3, 6.0))
def test_a_plain_image_stays_as_it_is_when_blurred(level, sigma):
    plain = np.full((1, 16, 16, 1), level, np.uint8)
    np.testing.assert_array_equal(gaussian_blur(plain, NO_SEEDS, strength=sigma), plain)


def test_channels_and_neighbouring_images_do_not_blur_into_each_other():
    images = np.zeros((2, 16, 16, 3), np.uint8)
    images[0, :, :, 1] = 255
    np.testing.assert_array_equal(
        gaussian_blur(images, np.zeros(2, np.uint64), strength=6.0), images
    )


def test_brightness_is_addition_to_the_value_of_hsv(pictures):
    images = pictures(1, 16, 16, 3)
    images[0, 0, 0] = 0  # black has no hue
    images[0, 0, 1] = 77  # nor has grey
    for strength in (0.05, 0.3, 0.5):
        brighter = brightness(images, NO_SEEDS, strength=strength).reshape(-1, 3)
        for before, after in zip(images.reshape(-1, 3), brighter, strict=True):
            hue, saturation, value = colorsys.rgb_to_hsv(*(before / 255).tolist())
            expected = colorsys.hsv_to_rgb(hue, saturation, min(value + strength, 1.0))
            np.testing.assert_array_equal(after, np.floor(np.array(expected) * 255 + 1e-6))


def test_brightness_of_grey_is_addition():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    brighter = brightness(levels, NO_SEEDS, strength=0.2)
    np.testing.assert_array_equal(brighter.ravel(), np.minimum(np.arange(256) + 51, 255))


def test_contrast_draws_each_channel_towards_its_own_mean():
    image = np.zeros((1, 16, 16, 3), np.uint8)
    image[0, :8] = (200, 100, 40)
    flat = contrast(image, NO_SEEDS, strength=0.5)
    assert np.unique(flat[..., 0]).tolist() == [50, 150]
    assert np.unique(flat[..., 1]).tolist() == [25, 75]
    assert np.unique(flat[..., 2]).tolist() == [10, 30]


def test_contrast_is_the_formula_of_the_paper(pictures):
    image = pictures(1, 33, 47, 3)
    pixels = image / 255.0
    means = pixels.mean(axis=(1, 2), keepdims=True)
    expected = np.floor(np.clip((pixels - means) * 0.3 + means, 0, 1) * 255 + 1e-6)
    np.testing.assert_array_equal(contrast(image, NO_SEEDS, strength=0.3), expected)


def test_pixelate_at_half_the_side_is_the_mean_of_four(pictures):
    image = (pictures(1, 16, 20, 1) // 4) * 4
    blocks = image.reshape(8, 2, 10, 2).astype(int).sum(axis=(1, 3)) / 4
    coarse = pixelate(image, NO_SEEDS, strength=0.5)[0, :, :, 0]
    enlarged = blocks.repeat(2, axis=0).repeat(2, axis=1)
    # Pillow rounds once per direction.
    assert np.abs(coarse - enlarged).max() <= 1
    assert (coarse[::2, ::2] == coarse[1::2, 1::2]).all()


@pytest.mark.parametrize("strength", [0.95, 0.75, 0.25])
def test_pixelate_leaves_no_more_colours_than_the_small_image_has_pixels(pictures, strength):
    coarse = pixelate(pictures(1, 28, 28, 3), NO_SEEDS, strength=strength)[0]
    kinds = np.unique(coarse.reshape(-1, 3), axis=0)
    assert len(kinds) <= int(28 * strength) ** 2
    assert len(kinds) > 1
