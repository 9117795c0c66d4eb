"""Bad input, for every shift and every sequence: a clear error, and the input is never written to.

Types are checked while the tests run, but not where people run Fieldmark: what they see instead is
tried in a process of its own.
"""

import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from fieldmark.records import ConfigError, DataError, FieldmarkError
from fieldmark.shifts import DIFFICULTIES, LEVELS, sequence, shift
from tests.shifts.made import made

NAMES = [*LEVELS, *DIFFICULTIES]


def applied(name: str, images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """A shift at its middle level; a sequence's frame from the middle."""
    if name in DIFFICULTIES:
        return sequence(name).play(images, np.full(len(images), 9), seeds)
    return made(name, LEVELS[name][len(LEVELS[name]) // 2]).apply(images, seeds)


def awkward() -> Iterator[tuple[str, np.ndarray]]:
    """The same two pictures, however they may lie in memory."""
    plain = np.random.default_rng(1).integers(0, 256, (2, 20, 24, 3), dtype=np.uint8)
    locked = plain.copy()
    locked.setflags(write=False)
    yield "as they are", plain
    yield "read-only", locked
    yield "columns first", np.asfortranarray(plain)
    yield (
        "channels first, seen as last",
        np.ascontiguousarray(plain.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1),
    )
    yield "every other of four", np.repeat(plain, 2, axis=0)[::2]
    yield "backwards twice", np.ascontiguousarray(plain[:, ::-1, ::-1])[:, ::-1, ::-1]
    wide = np.zeros((2, 40, 48, 3), np.uint8)
    wide[:, ::2, ::2] = plain
    yield "every other pixel", wide[:, ::2, ::2]


@pytest.mark.parametrize("name", NAMES)
def test_however_pictures_lie_in_memory_the_result_is_the_same_and_they_stay(name):
    seeds, expected = np.array([3, 4], np.uint64), None
    for how, images in awkward():
        before = images.copy()
        result = applied(name, images, seeds)
        np.testing.assert_array_equal(images, before, err_msg=how)
        assert not np.shares_memory(result, images), how
        expected = result if expected is None else expected
        np.testing.assert_array_equal(result, expected, err_msg=how)


OTHER_SHAPES = {
    (1, 15, 20, 3): "at least 16 × 16 pixels in 1 or 3 channels, got 15 × 20 in 3",
    (1, 20, 15, 1): "at least 16 × 16 pixels in 1 or 3 channels, got 20 × 15 in 1",
    (1, 20, 20, 2): "got 20 × 20 in 2",
    (1, 20, 20, 4): "got 20 × 20 in 4",
    (0, 8, 8, 3): "got 8 × 8 in 3",
}


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_another_shape_are_refused(name):
    for shape, message in OTHER_SHAPES.items():
        with pytest.raises(DataError) as raised:
            applied(name, np.zeros(shape, np.uint8), np.zeros(shape[0], np.uint64))
        assert message in str(raised.value)
        assert str(raised.value).startswith(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_pictures_give_no_pictures(name):
    empty = np.zeros((0, 32, 20, 1), np.uint8)
    assert applied(name, empty, np.zeros(0, np.uint64)).shape == empty.shape


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_that_is_not_there_is_one_line(name):
    for level in (-1, 1e9, 2.5, "2.5.1", "strong", "", "1e99", "nan", "x" * 9999):
        if str(level) in LEVELS[name]:
            continue
        with pytest.raises(ConfigError) as raised:
            shift(name, level)
        assert name in str(raised.value)
        assert len(str(raised.value)) < 300
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", DIFFICULTIES)
def test_a_difficulty_that_is_not_there_is_one_line(name):
    for level in (0, 4, "2.5", "strong"):
        with pytest.raises(FieldmarkError, match=f"{name} comes in difficulty 1"):
            sequence(name, level)


UNCHECKED = """
import numpy as np
from fieldmark.records import DataError
from fieldmark.shifts import DIFFICULTIES, LEVELS, sequence, shift

seed = np.zeros(1, np.uint64)
bad = {
    "floats": np.zeros((1, 20, 20, 3)),
    "float32": np.zeros((1, 20, 20, 3), np.float32),
    "wrong range": np.full((1, 20, 20, 3), 300, np.int64),
    "signed": np.zeros((1, 20, 20, 3), np.int8),
    "one picture": np.zeros((20, 20, 3), np.uint8),
    "video": np.zeros((1, 2, 20, 20, 3), np.uint8),
    "two pictures, one seed": np.zeros((2, 20, 20, 3), np.uint8),
}
for name in (*LEVELS, *DIFFICULTIES):
    for what, images in bad.items():
        try:
            if name in DIFFICULTIES:
                sequence(name).play(images, np.zeros(len(images), np.int64), seed)
            else:
                shift(name, LEVELS[name][0]).apply(images, seed)
        except DataError as error:
            assert name in str(error) and "\\n" not in str(error), error
        else:
            raise SystemExit(f"{name} takes {what}")
print("all refused")
"""


def test_other_numbers_are_refused_where_nobody_checks_types():
    ended = subprocess.run([sys.executable, "-c", UNCHECKED], capture_output=True, text=True)
    assert ended.stdout.strip() == "all refused", ended.stdout + ended.stderr
