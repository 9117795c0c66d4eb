import pickle
import subprocess
import sys

import numpy as np
import pytest

from fieldmark.records import ConfigError, DataError, Shift, UnknownNameError, fingerprint
from fieldmark.shifts import LEVELS, SHIFTS, PixelShift, shift
from tests.shifts.made import made


def test_the_shifts_of_the_first_release_are_still_there():
    assert set(SHIFTS) >= {
        "brightness",
        "contrast",
        "gaussian-blur",
        "gaussian-noise",
        "impulse-noise",
        "pixelate",
        "rotation",
        "translation",
    }


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_carries_its_name_severity_and_settings_and_can_be_sent_elsewhere(
    name, pictures, seeds
):
    level = LEVELS[name][-1]
    one = shift(name, level)
    assert isinstance(one, Shift)
    assert (one.name, one.level, one.severity) == (name, level, len(LEVELS[name]))
    assert len(fingerprint(dict(one.settings))) == 16
    sent, one = pickle.loads(pickle.dumps(made(name, level))), made(name, level)
    images = pictures(3, 20, 20, 1)
    np.testing.assert_array_equal(sent.apply(images, seeds(3)), one.apply(images, seeds(3)))


@pytest.mark.parametrize("name", SHIFTS)
def test_every_level_has_settings_of_its_own_and_is_stronger_than_the_one_before(name):
    steps = [shift(name, level) for level in LEVELS[name]]
    assert len({fingerprint(dict(one.settings)) for one in steps}) == len(steps)
    assert [one.level for one in steps] == list(LEVELS[name])
    strengths = [one.strength for one in steps]
    assert strengths == sorted(set(strengths))
    assert strengths[0] >= 0


def test_a_name_that_is_not_there_gets_the_nearest_one():
    with pytest.raises(UnknownNameError, match=r"no shift called 'rotatoin'. Did you mean rotatio"):
        shift("rotatoin", 1)


@pytest.mark.parametrize("name", SHIFTS)
def test_other_levels_are_refused(name):
    for level in (4.5, 666, -1, "", "nan"):
        got = repr(level) if level == "" else level
        told = rf"{name} comes (in severities|at level).*, got {got}"
        with pytest.raises(ConfigError, match=told):
            shift(name, level)


def test_where_levels_are_no_severities_the_error_lists_them():
    with pytest.raises(ConfigError, match="at levels 0, 90, 180 and 270, got 45"):
        shift("quarter-turn", 45)
    with pytest.raises(ConfigError, match=r"eidolon-1 comes at levels 1, .*, got 'x+'$"):
        shift("eidolon-1", "x" * 100_000)


def test_a_level_may_be_spelled_as_any_number_that_it_is():
    spelled = [shift("uniform-noise", one) for one in ("0.1", "0.10", ".1", 0.1, np.float64(0.1))]
    assert {one.level for one in spelled} == {"0.1"}
    assert shift("high-pass", "inf").settings["deviation"] == "inf"


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
