"""Pictures of any size are scaled and cropped to the bit as Pillow and torchvision do it."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fieldmark.datasets.pictures import decoded
from fieldmark.datasets.pictures.framing import framed, scaled_size
from fieldmark.records import Fit, Framing, Interpolation
from tests.datasets.pictures.test_decoding import encoded, noise

SIDES = st.tuples(st.integers(1, 90), st.integers(1, 90))
FRAMINGS = st.builds(
    lambda high, wide, more, fit, interpolation: Framing(
        high, wide, 3, fit, more and max(high, wide) + more - 1, interpolation
    ),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 20),
    st.sampled_from(get_args(Fit)),
    st.sampled_from(get_args(Interpolation)),
)


def published(image, framing):
    """Scaled whole, rows before columns, and cropped afterwards, all by Pillow."""
    how = Image.Resampling[framing.interpolation.upper()]
    wide, high = scaled_size(image.width, image.height, framing)
    scaled = image.resize((wide, high), how)
    if framing.interpolation != "nearest":  # newer Pillows sometimes begin with the columns
        scaled = image.resize((wide, image.height), how).resize((wide, high), how)
    left, top = round((wide - framing.width) / 2.0), round((high - framing.height) / 2.0)
    return np.asarray(scaled.crop((left, top, left + framing.width, top + framing.height)))


@settings(deadline=None)  # the first picture waits for the loops to be compiled
@given(SIDES, FRAMINGS)
def test_a_picture_is_framed_as_pillow_frames_it(size, framing):
    levels = noise(*size, 3)
    assert (framed(levels, framing) == published(Image.fromarray(levels), framing)).all()
    grey = levels[..., :1].copy()
    assert (framed(grey, framing) == framed(levels, framing)[..., :1]).all()


@given(SIDES, st.integers(1, 60))
def test_the_longer_side_is_cut_to_whole_pixels_as_torchvision_cuts_it(size, short):
    high, wide = size
    framing = Framing(short, short, shorter=short)
    expected = (short, int(short * high / wide))
    if high < wide:
        expected = (int(short * wide / high), short)
    assert scaled_size(wide, high, framing) == expected
    assert scaled_size(wide, high, Framing(short, short)) == expected


@given(SIDES, FRAMINGS)
def test_any_picture_covers_any_frame_and_a_flat_one_stays_flat(size, framing):
    flat = np.full((*size, 1), 77, np.uint8)
    assert framed(flat, framing).shape == (framing.height, framing.width, 1)
    assert (framed(flat, framing) == 77).all()


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(375, 500), (500, 375), (333, 500), (200, 180), (110, 640)])
def test_one_call_of_pillow_gives_the_same(size, interpolation):
    image = Image.fromarray(noise(*size, 3))
    how = Image.Resampling[interpolation.upper()]
    for shorter, side in ((256, 224), (235, 224), (232, 224), (341, 299), (224, 224)):
        framing = Framing(side, side, 3, "shorter", shorter, interpolation)
        wide, high = scaled_size(*image.size, framing)
        left, top = round((wide - side) / 2.0), round((high - side) / 2.0)
        scaled = image.resize((wide, high), how)
        expected = np.asarray(scaled.crop((left, top, left + side, top + side)))
        assert (framed(np.asarray(image).copy(), framing) == expected).all()


def test_the_short_side_is_scaled_and_the_middle_is_kept():
    levels = np.zeros((20, 60), np.uint8)
    levels[:, 20:40] = np.kron(noise(10, 10), np.ones((2, 2), np.uint8))
    reference = np.asarray(Image.fromarray(levels).resize((30, 10), Image.Resampling.BILINEAR))
    shown = decoded(encoded(Image.fromarray(levels)), file="x", framing=Framing(10, 10, 1))[..., 0]
    assert (shown == reference[:, 10:20]).all()


def test_a_long_thin_picture_is_no_way_to_fill_the_memory():
    thin = np.zeros((1, 3_000_000, 1), np.uint8)
    assert framed(thin, Framing(224, 224, 1, shorter=256)).max() == 0
    with pytest.raises(ValueError, match="too long and thin to be scaled to 768,000,000×256"):
        framed(thin, Framing(224, 224, 1, shorter=256, interpolation="nearest"))
    with pytest.raises(ValueError, match="too long and thin to be scaled from 3,000,000 to 224"):
        framed(thin, Framing(224, 224, 1, fit="squash"))
