import numpy as np
import pytest

from fieldmark.datasets import mnist_test, uci_digits
from fieldmark.records import Condition, ConfigError, DataError
from fieldmark.shifts import PixelShift, sequence, shift
from fieldmark.testbed import along, showing, side_by_side, specimen_rows


def lacking(images, seeds):
    raise DataError("no photographs of frost")


def test_levels_stand_beside_the_pictures_that_they_change():
    levels = [Condition(mnist_test(), shift("contrast", level)) for level in (1, 3, 5)]
    seen = side_by_side(levels, count=2)
    rows = specimen_rows(mnist_test(), most=2)
    assert (seen.columns, len(seen.images)) == (4, 8)
    np.testing.assert_array_equal(seen.images[4], mnist_test().images(rows)[1])
    np.testing.assert_array_equal(seen.images[6], levels[1].images(rows)[1])
    label = mnist_test().classes.names[mnist_test().first_labels[rows[1]]]
    assert seen.captions[4:] == (label, "@1", "@3", "@5")
    assert seen.title == "mnist-test+contrast"


def test_one_picture_under_many_shifts_takes_as_many_rows_as_it_needs():
    many = [Condition(mnist_test(), shift("contrast", level)) for level in range(1, 6)]
    many += [Condition(mnist_test(), shift("flip", level)) for level in ("left-right", "both")]
    many += [Condition(mnist_test(), shift("bit-depth", level)) for level in (7, 6, 5)]
    seen = side_by_side(many, count=1)
    assert (seen.columns, len(seen.images)) == (0, 11)
    assert seen.captions[1:3] == ("contrast@1", "contrast@2")
    assert seen.captions[7] == "flip@both"
    assert seen.title == "mnist-test"


def test_a_shift_that_lacks_what_it_needs_leaves_its_place_grey():
    frost = PixelShift("frost", 3, {}, lacking)
    seen = side_by_side([Condition(mnist_test(), frost), Condition(mnist_test(), shift("fog", 1))])
    assert seen.captions[1] == "frost@3: cannot be had"
    assert (seen.images[1] == 128).all()


def test_frames_run_from_left_to_right():
    condition = Condition(mnist_test(), sequence("translate-sequence"))
    seen = along(condition, count=3)
    assert (seen.columns, len(seen.images)) == (9, 27)
    assert seen.captions[0].endswith(", frame 0")
    assert seen.captions[8] == "frame 15"
    rows = specimen_rows(mnist_test(), most=3)  # the same pictures as everywhere
    first = mnist_test().images(rows)
    np.testing.assert_array_equal(seen.images[::9][:, :, :21], first[:, :, 7:])


def test_what_does_not_go_side_by_side_is_refused():
    digits, other = mnist_test(), uci_digits()
    one = Condition(digits, shift("contrast", 1))
    for wrong in (Condition(digits), Condition(other, shift("contrast", 1))):
        with pytest.raises(ConfigError, match="cannot be shown beside"):
            side_by_side([one, wrong])
    with pytest.raises(ConfigError, match="is no sequence"):
        along(one)
    assert showing(one, count=3).columns == 0
