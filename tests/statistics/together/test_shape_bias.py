"""Shape bias: the exact interval for one subject, the clustered one for people together."""

import numpy as np
import pytest

from fieldmark.records import DataError, generator
from fieldmark.statistics import clopper_pearson, clustered_shape_bias, shape_bias


def test_one_subject_has_the_exact_interval_of_its_decisions():
    shape = np.repeat([True, False, False], [30, 10, 5])
    texture = np.repeat([False, True, False], [30, 10, 5])
    assert shape_bias(shape, texture) == clopper_pearson(30, 40, missing=5)


def test_answers_that_follow_neither_cue_leave_it_undefined():
    neither = np.zeros(4, bool)
    assert str(shape_bias(neither, neither)) == "undefined (0 counted, 4 missing)"
    assert str(clustered_shape_bias(neither[None], neither[None])) == (
        "undefined (0 counted, 4 missing)"
    )


def test_a_picture_whose_cues_agree_is_refused():
    both = np.array([True, False])
    with pytest.raises(DataError, match="1 answers are right by shape and by texture"):
        shape_bias(both, both)
    with pytest.raises(DataError, match="the same subjects and pictures"):
        shape_bias(both, np.array([True]))


def test_copies_of_one_person_say_no_more_than_the_one():
    rng = generator(3)
    shape = rng.random(200) < 0.6
    texture = ~shape & (rng.random(200) < 0.7)
    one = shape_bias(shape, texture)
    ten = clustered_shape_bias(np.tile(shape, (10, 1)), np.tile(texture, (10, 1)))
    assert ten.value == one.value
    assert ten.n == 10 * one.n
    assert ten.high - ten.low == pytest.approx(one.high - one.low, rel=0.03)


def test_independent_answers_say_as_much_as_many():
    rng = generator(4)
    shape = rng.random((8, 400)) < 0.6
    found = clustered_shape_bias(shape, ~shape)
    exact = clopper_pearson(int(shape.sum()), shape.size)
    assert found.high - found.low == pytest.approx(exact.high - exact.low, rel=0.1)


def test_the_clustered_interval_covers_and_the_naive_one_does_not():
    covered, naive = [], []
    for seed in range(300):
        rng = generator(seed)
        leaning = rng.beta(1.2, 0.8, size=60)  # mean 0.6: each picture leans its own way
        followed = rng.random((6, 60)) < 0.8
        shape = followed & (rng.random((6, 60)) < leaning)
        texture = followed & ~shape
        found = clustered_shape_bias(shape, texture)
        exact = clopper_pearson(int(shape.sum()), int(followed.sum()))
        covered.append(found.low <= 0.6 <= found.high)
        naive.append(exact.low <= 0.6 <= exact.high)
    assert 0.92 <= np.mean(covered) <= 0.99
    assert np.mean(naive) < 0.9


def test_the_edges_count_pictures_and_one_picture_says_nothing():
    all_shape = np.ones((5, 20), bool)
    found = clustered_shape_bias(all_shape, ~all_shape)
    assert (found.low, found.high) == (clopper_pearson(20, 20).low, 1.0)
    alone = clustered_shape_bias(all_shape[:, :1], ~all_shape[:, :1])
    assert (alone.low, alone.high, alone.n) == (0.0, 1.0, 5)
