"""Fewer pixels and fewer bytes are those that Pillow makes, and so are the published ones."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from fieldmark.records import ConfigError, fingerprint
from fieldmark.shifts import as_jpeg, shift
from fieldmark.shifts.digital import jpeg_compression, pixelate
from fieldmark.shifts.published import STRENGTHS

NO_SEEDS = np.zeros(1, np.uint64)
SIZES = [(16, 40), (32, 32), (33, 47), (64, 64), (224, 224)]


def as_pillow(image: np.ndarray) -> Image.Image:
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_pixelate_is_pillows_box_filter_there_and_back(size, channels, pictures):
    images = pictures(1, *size, channels)
    height, width = size
    for strength in {one for row in STRENGTHS["pixelate"].values() for one in row}:
        small = (int(width * strength), int(height * strength))
        box = Image.Resampling.BOX
        expected = as_pillow(images[0]).resize(small, box).resize((width, height), box)
        made = pixelate(images, NO_SEEDS, strength=strength)[0]
        np.testing.assert_array_equal(made, np.asarray(expected).reshape(made.shape))


@pytest.mark.parametrize("quality", [7, 25, 58, 85, 100])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", SIZES)
def test_jpeg_is_what_pillow_writes_and_reads(size, channels, quality, pictures):
    images = pictures(1, *size, channels)
    file = BytesIO()
    as_pillow(images[0]).save(file, "JPEG", quality=quality)
    made = jpeg_compression(images, NO_SEEDS, strength=quality)[0]
    np.testing.assert_array_equal(made, np.asarray(Image.open(file)).reshape(made.shape))


def test_a_shift_as_jpeg_is_the_shift_and_then_the_file(pictures, seeds):
    images = pictures(3, 40, 40, 3)
    plain, stored = shift("motion-blur", 3), as_jpeg(shift("motion-blur", 3))
    assert (stored.name, stored.severity) == ("motion-blur-jpeg85", 3)
    expected = jpeg_compression(plain.apply(images, seeds(3)), seeds(3), strength=85)
    np.testing.assert_array_equal(stored.apply(images, seeds(3)), expected)
    marks = {fingerprint(dict(one.settings)) for one in (plain, stored, as_jpeg(plain, 75))}
    assert len(marks) == 3


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_jpeg_has_no_such_quality(quality):
    with pytest.raises(ConfigError, match=f"the quality of a JPEG is 1 to 100, got {quality}"):
        as_jpeg(shift("fog", 1), quality)
