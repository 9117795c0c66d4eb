import colorsys

import numpy as np
import pytest

from fieldmark.shifts.light import brightness, contrast, saturate
from fieldmark.shifts.published import STRENGTHS
from tests.shifts.oracle import agreement, reference

NO_SEEDS = np.zeros(1, np.uint64)
PAIRS = sorted({pair for row in STRENGTHS["saturate"].values() for pair in row})


@pytest.mark.parametrize("strength", PAIRS)
def test_saturate_is_arithmetic_on_the_saturation_of_hsv(pictures, strength):
    images = pictures(1, 16, 16, 3)
    images[0, 0, 0] = 0  # black has no hue
    images[0, 0, 1] = 77  # nor has grey: they count as red
    factor, more = strength
    changed = saturate(images, NO_SEEDS, strength=strength).reshape(-1, 3)
    for before, after in zip(images.reshape(-1, 3), changed, strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*(before / 255).tolist())
        expected = colorsys.hsv_to_rgb(hue, min(saturation * factor + more, 1.0), value)
        np.testing.assert_array_equal(after, np.floor(np.array(expected) * 255 + 1e-6))


def test_what_has_no_colour_channels_stays(pictures):
    grey = pictures(2, 20, 17, 1)
    np.testing.assert_array_equal(
        saturate(grey, np.zeros(2, np.uint64), strength=(20.0, 0.2)), grey
    )


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [(32, 32, 3), (64, 64, 1), (50, 90, 3)])
@pytest.mark.parametrize("change", [brightness, contrast, saturate])
def test_light_is_that_of_the_reference(change, size, severity, pictures):
    image = pictures(1, *size)
    strength = STRENGTHS[change.__name__][224][severity - 1]
    ours = change(image, NO_SEEDS, strength=strength)[0]
    assert agreement(ours, reference(change.__name__, image[0], severity)) == 1.0
