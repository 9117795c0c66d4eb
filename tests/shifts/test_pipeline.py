import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fieldmark.records import fingerprint
from fieldmark.shifts import LEVELS, shift
from fieldmark.shifts.pipeline import PIPELINE
from fieldmark.shifts.recoding import (
    subsampled,
    through_hsv,
    through_jpeg,
    through_lab,
    through_video_range,
    through_webp,
    through_ycbcr,
)
from fieldmark.shifts.resizing import (
    cropped,
    through_aliased_pillow,
    through_opencv,
    through_pillow,
)
from fieldmark.shifts.tones import darker, lighter, shallower

COLOUR = {
    "flip": "c3e7958e0ddd2959",
    "scale": "e45ff24dc878bc06",
    "shear": "53c18af2a7328e7b",
    "jpeg-recoding": "c9a9428fa8b213ae",
    "webp-recoding": "2e6e94610c70bfa7",
    "chroma-subsampling": "985e3f0e9fa3269c",
    "video-range": "d930259832bdd77e",
    "ycbcr-round-trip": "54fac2c3652de957",
    "hsv-round-trip": "2f0f9afec5011d24",
    "lab-round-trip": "d507630a5387df5e",
    "resize-nearest": "0e476ac2d50563d2",
    "resize-bilinear": "2e338206124d6a79",
    "resize-bicubic": "faeed3fa0d90e51e",
    "resize-lanczos": "204380eb4edc5ec0",
    "resize-bilinear-aliased": "86fe71d59fcfc2b5",
    "resize-bicubic-aliased": "4c91c905ba3b36fa",
    "resize-opencv-nearest": "40a4cf62050739c7",
    "resize-opencv-linear": "da31912b18010fe5",
    "resize-opencv-cubic": "ba6936aa919e1204",
    "resize-opencv-lanczos": "e19ab34946619976",
    "resize-opencv-area": "e6db6310c1d6bd95",
    "centre-crop": "d30fed0117306f2a",
    "gamma-dark": "4a375a28ef239257",
    "gamma-light": "24e6c1bf3f527393",
    "bit-depth": "a0c43767feee9de5",
}
"""Fingerprints of colour pictures at every level, as in test_golden."""


@pytest.fixture
def picture() -> np.ndarray:
    """Smooth colours with an edge in them, as photographs have."""
    row, column = np.mgrid[:48, :60]
    channels = (row * 5, column * 4, 255 - row * 2 - column)
    image = np.stack(channels, axis=2).clip(0, 255).astype(np.uint8)
    image[10:30, 20:40] = (200, 30, 40)
    return image


def distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize("name", PIPELINE)
def test_stronger_levels_lead_further_away_and_draw_no_number(name, picture):
    images = np.stack([picture, picture])
    seeds = np.array([1, 2], np.uint64)
    moved = []
    for level in LEVELS[name]:
        shifted = shift(name, level).apply(images, seeds)
        np.testing.assert_array_equal(shifted[0], shifted[1])
        moved.append(distance(shifted[0], picture))
    # Between the ends a resize may land on the edge's own grid, and be a little kinder for it.
    assert moved[-1] == max(moved) > moved[0]


@pytest.mark.parametrize("name", PIPELINE)
def test_a_level_is_printed_as_what_it_measures(name):
    for place, level in enumerate(LEVELS[name], start=1):
        one = shift(name, level)
        assert (one.level, one.severity, one.strength) == (level, place, float(place))
        value = one.settings[PIPELINE[name].key]
        assert str(value) == level or isinstance(value, tuple)


def test_jpeg_is_what_pillow_writes(picture):
    with io.BytesIO() as file:
        Image.fromarray(picture).save(file, "JPEG", quality=60)  # 4:2:0 is what it takes by itself
        expected = np.asarray(Image.open(file))
    np.testing.assert_array_equal(through_jpeg(picture, quality=60), expected)
    finer = through_jpeg(picture, quality=60, subsampling="4:4:4")
    assert distance(finer, picture) < distance(expected, picture)


@pytest.mark.parametrize("change", [through_jpeg, through_webp])
def test_a_better_quality_is_nearer(change, picture):
    assert distance(change(picture, quality=95), picture) < distance(
        change(picture, quality=30), picture
    )
    grey = picture[:, :, :1]
    assert distance(change(grey, quality=95), grey) < 4


def test_sharing_colour_keeps_luma_and_grey(picture):
    shared = subsampled(picture, shared=(4, 4))
    luma = [np.asarray(Image.fromarray(one).convert("L")).astype(int) for one in (picture, shared)]
    inside = (shared > 0).all(axis=2) & (shared < 255).all(axis=2)  # colour cut off moves luma too
    assert np.abs(luma[0] - luma[1])[inside].max() <= 2
    np.testing.assert_array_equal(subsampled(picture[..., :1], shared=(4, 4)), picture[..., :1])
    grey = np.repeat(picture[..., :1], 3, axis=2)
    assert np.abs(subsampled(grey, shared=(2, 2)).astype(int) - grey).max() <= 1


def test_sharing_colour_takes_the_mean_of_each_block():
    image = np.zeros((16, 16, 3), np.uint8)
    image[:, ::2] = (200, 100, 100)
    image[:, 1::2] = (100, 100, 200)
    colours = np.asarray(Image.fromarray(subsampled(image, shared=(1, 2))).convert("YCbCr"))
    before = np.asarray(Image.fromarray(image).convert("YCbCr")).astype(int)
    mean = before[0, :2, 1:].mean(axis=0)
    assert np.abs(colours[..., 1:].astype(int) - mean).max() <= 2


def test_video_range_once_moves_by_a_level_and_goes_on_darkening():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    once = through_video_range(levels, generations=1).astype(int)
    assert np.abs(once - levels).max() <= 1
    assert (np.diff(once.ravel()) >= 0).all()
    often = through_video_range(levels, generations=16).astype(int)
    assert (often <= once).all()
    assert (often[0, 0], often[-1, -1]) == (0, 255)


@pytest.mark.parametrize("through", [through_ycbcr, through_hsv, through_lab])
def test_a_round_trip_in_eight_bits_is_nearly_nothing_and_in_four_is_something(through, picture):
    mean = distance(through(picture, bits=8), picture)
    assert mean < 3
    assert distance(through(picture, bits=4), picture) > max(3, mean)
    grey = picture[..., 1:2]
    assert np.abs(through(grey, bits=8).astype(int) - grey).max() <= 1
    assert len(np.unique(through(grey, bits=4))) <= 16


def test_resizing_is_what_the_libraries_do(picture):
    image = Image.fromarray(picture)
    expected = image.resize((30, 24), Image.Resampling.BICUBIC).resize(
        (60, 48), Image.Resampling.BICUBIC
    )
    np.testing.assert_array_equal(
        through_pillow(picture, share=0.5, method="bicubic"), np.asarray(expected)
    )
    small = cv2.resize(picture, (30, 24), interpolation=cv2.INTER_AREA)
    expected = cv2.resize(small, (60, 48), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(through_opencv(picture, share=0.5, method="area"), expected)


def test_only_antialiasing_tells_stripes_from_their_ghosts():
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[:, ::2] = 255
    smooth = through_pillow(stripes, share=0.35, method="bilinear")
    for aliased in (
        through_aliased_pillow(stripes, share=0.35, method="bilinear"),
        through_opencv(stripes, share=0.35, method="linear"),
        through_pillow(stripes, share=0.35, method="nearest"),
    ):
        assert aliased[:, 8:-8].std() > 4 * smooth[:, 8:-8].std()


def test_a_crop_is_the_middle_enlarged(picture):
    half = cropped(picture, share=0.5)
    expected = Image.fromarray(picture).crop((15, 12, 45, 36)).resize((60, 48), 2)
    # Cropping first cuts the filter's reach at the crop's edge; inside both are the same.
    assert np.abs(half.astype(int) - np.asarray(expected))[4:-4, 4:-4].max() <= 1


@given(exponent=st.floats(1.05, 3.0))
def test_curves_keep_order_black_and_white_and_undo_each_other(exponent):
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    dark, light = darker(levels, exponent=exponent), lighter(levels, exponent=exponent)
    assert (dark <= levels).all()
    assert (light >= levels).all()
    assert (np.diff(dark.ravel().astype(int)) >= 0).all()
    assert (dark[0, 0, 0], dark[-1, -1, 0]) == (light[0, 0, 0], light[-1, -1, 0]) == (0, 255)
    back = lighter(dark, exponent=exponent).astype(int)[levels > 200] - levels[levels > 200]
    assert np.abs(back).max() <= 2


@pytest.mark.parametrize("bits", [1, 3, 7])
def test_a_flat_file_has_so_many_levels_from_black_to_white(bits):
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    flat = shallower(levels, bits=bits)
    assert (len(np.unique(flat)), flat.min(), flat.max()) == (2**bits, 0, 255)
    assert np.abs(flat.astype(int) - levels).max() <= 255 / (2**bits - 1) / 2 + 0.5


@pytest.mark.parametrize("name", COLOUR)
def test_colour_is_what_it_has_always_been(name, pictures, seeds):
    images = pictures(2, 33, 47, 3)
    shifted = [shift(name, level).apply(images, seeds(2)) for level in LEVELS[name]]
    assert fingerprint(*shifted) == COLOUR[name]
