import pickle
import subprocess
import sys

import numpy as np
import pytest

from fieldmark.records import ConfigError, DataError, Shift, UnknownNameError, fingerprint
from fieldmark.shifts import SHIFTS, PixelShift, shift


def test_the_table_holds_the_eight_shifts_of_the_first_release():
    assert list(SHIFTS) == [
        "brightness",
        "contrast",
        "gaussian-blur",
        "gaussian-noise",
        "impulse-noise",
        "pixelate",
        "rotation",
        "translation",
    ]


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_carries_its_name_severity_and_settings_and_can_be_sent_elsewhere(
    name, pictures, seeds
):
    one = shift(name, 4)
    assert isinstance(one, Shift)
    assert (one.name, one.severity) == (name, 4)
    assert len(fingerprint(dict(one.settings))) == 16
    sent = pickle.loads(pickle.dumps(one))
    images = pictures(3, 20, 20, 1)
    np.testing.assert_array_equal(sent.apply(images, seeds(3)), one.apply(images, seeds(3)))


@pytest.mark.parametrize("name", SHIFTS)
def test_every_severity_has_settings_of_its_own(name):
    settings = {fingerprint(dict(shift(name, severity).settings)) for severity in range(1, 6)}
    assert len(settings) == 5


def test_a_name_that_is_not_there_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match=r"no shift called 'rotatoin'. Did you mean rotatio"):
        shift("rotatoin", 1)


@pytest.mark.parametrize("name", SHIFTS)
@pytest.mark.parametrize("severity", [0, 6, -1])
def test_other_severities_are_refused(name, severity):
    with pytest.raises(ConfigError, match=f"{name} comes in severities 1 to 5, got {severity}"):
        shift(name, severity)


def test_a_severity_may_be_written_out_but_must_be_a_number():
    assert shift("contrast", "3").settings == shift("contrast", 3).settings
    with pytest.raises(ConfigError, match="contrast comes in severities 1 to 5, got 'strong'"):
        shift("contrast", "strong")


def test_pictures_that_no_shift_can_use_are_refused(pictures, seeds):
    with pytest.raises(DataError, match=r"at least 16 × 16 pixels .* got 8 × 28 in 1"):
        shift("contrast", 1).apply(pictures(1, 8, 28, 1), seeds(1))
    with pytest.raises(DataError, match="in 1 or 3 channels, got 28 × 28 in 4"):
        shift("contrast", 1).apply(pictures(1, 28, 28, 4), seeds(1))


def test_a_shift_of_ones_own_is_one_function(pictures, seeds):
    images = pictures(2, 16, 16, 3)
    negative = PixelShift("negative", 1, {}, lambda images, seeds: 255 - images)
    np.testing.assert_array_equal(negative.apply(images, seeds(2)), 255 - images)


def test_naming_shifts_loads_neither_torch_nor_scipy():
    code = "import sys, fieldmark.shifts; print({'torch', 'scipy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
