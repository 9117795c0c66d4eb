import pickle

import numpy as np
import pytest

from fieldmark.datasets import mnist_test
from fieldmark.records import Condition, ConfigError, DataError, Shift
from fieldmark.shifts import from_python, one_of, own_shift, shift, then


def speckled(picture, rng, severity):
    """A function as a user writes it: it even writes into what it is given."""
    picture[rng.random(picture.shape) < severity / 10] = 255
    return picture


def test_one_after_the_other_is_the_second_of_the_first(pictures, seeds):
    images = pictures(4, 20, 24, 3)
    both = then(shift("contrast", 3), shift("gamma-dark", 1.5))
    assert isinstance(both, Shift)
    first = shift("contrast", 3).apply(images, seeds(4))
    np.testing.assert_array_equal(
        both.apply(images, seeds(4)), shift("gamma-dark", 1.5).apply(first, seeds(4))
    )
    assert both.settings["step 1"]["settings"] == dict(shift("contrast", 3).settings)
    three = then(shift("contrast", 1), shift("flip", "both"), shift("flip", "both"))
    np.testing.assert_array_equal(
        three.apply(images, seeds(4)), shift("contrast", 1).apply(images, seeds(4))
    )


def test_a_shift_applied_twice_draws_twice(pictures, seeds):
    grey = np.full((1, 32, 32, 1), 128, np.uint8)
    twice = then(shift("gaussian-noise", 3), shift("gaussian-noise", 3)).apply(grey, seeds(1))
    once = shift("gaussian-noise", 3).apply(grey, seeds(1))
    assert twice.astype(float).std() == pytest.approx(
        np.sqrt(2) * once.astype(float).std(), rel=0.1
    )


def test_one_of_several_is_chosen_for_each_example_and_evenly(pictures, seeds):
    images = np.repeat(pictures(1, 20, 20, 1), 300, axis=0)
    choices = [shift("contrast", 5), shift("flip", "both"), shift("bit-depth", 3)]
    mixed = one_of(choices, name="mixed")
    shifted = mixed.apply(images, seeds(300))
    made = [one.apply(images[:1], seeds(1))[0] for one in choices]
    counts = [(shifted == one).all(axis=(1, 2, 3)).sum() for one in made]
    assert sum(counts) == 300
    assert min(counts) > 70  # 100 expected, standard deviation 8
    np.testing.assert_array_equal(mixed.apply(images[::-1], seeds(300)[::-1])[::-1], shifted)
    np.testing.assert_array_equal(mixed.apply(images[7:8], seeds(300)[7:8])[0], shifted[7])


def test_combined_shifts_can_be_asked_sent_and_nested(pictures, seeds):
    inner = one_of([shift("rotation", 1), shift("translation", 1)], name="moved")
    outer = then(inner, shift("jpeg-recoding", 60), name="moved-and-stored", severity=2)
    condition = Condition(mnist_test(), outer)
    assert condition.name == "mnist-test+moved-and-stored@2"
    other = Condition(mnist_test(), then(inner, shift("jpeg-recoding", 40), name=outer.name))
    assert condition.fingerprint != other.fingerprint
    images = pictures(2, 20, 20, 1)
    sent = pickle.loads(pickle.dumps(outer))
    np.testing.assert_array_equal(sent.apply(images, seeds(2)), outer.apply(images, seeds(2)))
    assert then(shift("chroma-subsampling", "4:2:0"), outer).name == (
        "chroma-subsampling-4-2-0-then-moved-and-stored-2"
    )


def test_too_few_are_refused():
    with pytest.raises(ConfigError, match="two or more, got 1"):
        then(shift("contrast", 1))
    with pytest.raises(ConfigError, match="at least one, got none"):
        one_of([])


def test_a_function_of_ones_own_is_a_shift_that_no_batch_can_change(pictures, seeds):
    images = pictures(5, 18, 18, 3)
    images.setflags(write=False)
    own = own_shift(speckled, severity=3)
    assert (own.name, own.severity, own.level) == ("speckled", 3, "3")
    shifted = own.apply(images, seeds(5))
    assert (shifted == 255).mean() == pytest.approx(0.3, abs=0.05)
    np.testing.assert_array_equal(own.apply(images[2:3], seeds(5)[2:3])[0], shifted[2])
    assert (
        own.settings["source"] != own_shift(lambda p, r, s: p, name="speckled").settings["source"]
    )


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda picture, rng, severity: picture / 2, r"must return uint8 .* returned float64"),
        (lambda picture, rng, severity: picture[1:], r"returned uint8 \(17, 18, 3\)"),
        (lambda picture, rng, severity: None, "returned a NoneType"),
        (lambda picture, rng, severity: 1 / 0, "the shift mine fails: ZeroDivisionError"),
        (lambda picture: picture, "the shift mine fails: TypeError"),
    ],
)
def test_a_function_that_does_something_else_is_one_line(function, message, pictures, seeds):
    with pytest.raises(DataError, match=message) as raised:
        own_shift(function, name="mine").apply(pictures(1, 18, 18, 3), seeds(1))
    assert "\n" not in str(raised.value)


def test_a_function_without_a_name_wants_one():
    with pytest.raises(ConfigError, match="cannot name a shift; say name="):
        own_shift(lambda picture, rng, severity: picture)


def test_a_function_in_a_module_is_found_beside_the_grid_file(tmp_path, pictures, seeds):
    (tmp_path / "my_weather.py").write_text(
        "def half_dark(picture, rng, severity):\n    return picture // (1 + severity)\n"
    )
    (tmp_path / "my_broken_weather.py").write_text("import nothing_of_that_name\n")
    dark = from_python("my_weather:half_dark", 1, base=tmp_path)
    images = pictures(2, 16, 16, 1)
    np.testing.assert_array_equal(dark.apply(images, seeds(2)), images // 2)
    assert dark.name == "half-dark"
    for spec, message in {
        "my_weather": "names no function",
        "my_weather:light": "my_weather has no function 'light'",
        "my_broken_weather:light": "No module named 'nothing_of_that_name'",
    }.items():
        with pytest.raises(ConfigError, match=message):
            from_python(spec, 1, base=tmp_path)
