"""Many subjects on the same draws: each as alone, and in proportion to each other."""

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.statistics import (
    NOT_ASKED,
    corruption_errors,
    corruption_errors_to_constants,
    joint_corruption_errors,
    joint_corruption_errors_to_constants,
)


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def counted(rates, c=3, n=400, seed=0):
    """At how many of five severities subjects err who find the same examples hard."""
    rng = chance(seed)
    hard = rng.random(n)
    noise = rng.random((len(rates), c, 5, n))
    wrong = noise * 0.5 + 0.5 * hard < np.array(rates)[:, None, None, None]
    clean = hard < np.array(rates)[:, None] / 2
    return wrong.sum(axis=2).astype(np.uint8), clean.astype(np.uint8)


@pytest.mark.parametrize("kind", ["subject", "constants"])
def test_each_is_what_it_is_alone(kind):
    wrong, clean = counted([0.3, 0.5, 0.7])
    constants = np.array([0.6, 0.7, 0.8])
    shares, mistakes = wrong / 5, clean.astype(np.float64)
    if kind == "subject":
        found = joint_corruption_errors(
            wrong, clean, severities=5, baseline=2, rng=chance(), draws=4000
        )
        alone = [
            corruption_errors(one, its, shares[2], mistakes[2], rng=chance(row + 1), draws=4000)
            for row, (one, its) in enumerate(zip(shares, mistakes, strict=True))
        ]
    else:
        found = joint_corruption_errors_to_constants(
            wrong, clean, constants, 0.2, severities=5, rng=chance(), draws=4000
        )
        alone = [
            corruption_errors_to_constants(
                one, its, constants, 0.2, rng=chance(row + 1), draws=4000
            )
            for row, (one, its) in enumerate(zip(shares, mistakes, strict=True))
        ]
    for one, other in zip(found[:2], alone[:2], strict=True):
        every = [(*of.each, of.mean, of.relative) for of in (one, other)]
        for a, b in zip(*every, strict=True):
            assert a.value == pytest.approx(b.value)
            width = b.high - b.low
            assert a.low == pytest.approx(b.low, abs=0.1 * width)
            assert a.high == pytest.approx(b.high, abs=0.1 * width)
            assert (a.n, a.method) == (b.n, b.method)


def test_the_baseline_is_one_exactly_and_twins_are_alike():
    wrong, clean = counted([0.4, 0.6])
    wrong, clean = wrong[[0, 1, 0]], clean[[0, 1, 0]]
    found = joint_corruption_errors(wrong, clean, severities=5, baseline=1, rng=chance(), draws=99)
    assert found[1].mean.value == 1
    assert np.isnan(found[1].mean.low)
    assert found[0] == found[2]


def test_who_was_not_asked_all_has_no_mean_and_harms_nobody():
    wrong, clean = counted([0.4, 0.6, 0.5])
    whole = joint_corruption_errors(wrong, clean, severities=5, baseline=1, rng=chance(), draws=50)
    wrong[0, 2] = NOT_ASKED
    clean[2] = NOT_ASKED
    found = joint_corruption_errors(wrong, clean, severities=5, baseline=1, rng=chance(), draws=50)
    assert [one.defined for one in found[0].each] == [True, True, False]
    assert not found[0].mean.defined
    assert found[0].each[:2] == whole[0].each[:2]
    assert found[2].mean == whole[2].mean
    assert not found[2].relative.defined


def test_many_examples_and_subjects_go_in_pieces(monkeypatch):
    from fieldmark.statistics.ground import shared_draws

    wrong, clean = counted([0.3, 0.5, 0.7], n=700)
    told = {"severities": 5, "baseline": 2, "draws": 60}
    whole = joint_corruption_errors(wrong, clean, rng=chance(), **told)
    monkeypatch.setattr(shared_draws, "_ROWS", 4)
    assert joint_corruption_errors(wrong, clean, rng=chance(), **told) == whole
    monkeypatch.setattr(shared_draws, "_CHUNK", 128)
    monkeypatch.setattr(shared_draws, "_DRAWS", 16)
    pieces = joint_corruption_errors(wrong, clean, rng=chance(), **told)
    assert pieces[0].mean.value == whole[0].mean.value
    assert pieces[0].mean.low == pytest.approx(whole[0].mean.low, abs=0.02)


def test_nobody_and_nothing_is_undefined():
    none = joint_corruption_errors_to_constants(
        np.zeros((0, 1, 5), np.uint8),
        np.zeros((0, 5), np.uint8),
        np.ones(1),
        0.1,
        severities=5,
        rng=chance(),
    )
    assert none == ()
    empty = np.zeros((1, 2, 0), np.uint8), np.zeros((1, 0), np.uint8)
    (found,) = joint_corruption_errors(*empty, severities=5, baseline=0, rng=chance())
    assert not found.mean.defined


def test_bad_input_is_refused():
    wrong, clean = counted([0.4, 0.6], n=20)
    told = {"severities": 5, "baseline": 0, "rng": chance()}
    with pytest.raises(DataError, match="errs at most 5 times on an example"):
        joint_corruption_errors(wrong + np.uint8(3), clean, **told)
    with pytest.raises(DataError, match="errs at most 1 times on an example"):
        joint_corruption_errors(wrong, clean + np.uint8(1), **told)
    with pytest.raises(DataError, match=r"clean errors of \(2, 19\)"):
        joint_corruption_errors(wrong, clean[:, :19], **told)
    with pytest.raises(DataError, match="subject 2 of 2 cannot be the baseline"):
        joint_corruption_errors(wrong, clean, **{**told, "baseline": 2})
    with pytest.raises(DataError, match="1 to 254 severities, not 255"):
        joint_corruption_errors(wrong, clean, **{**told, "severities": 255})
    with pytest.raises(DataError, match="at least one draw"):
        joint_corruption_errors(wrong, clean, draws=0, **told)
    with pytest.raises(DataError, match="3 corruptions and 2 published errors"):
        joint_corruption_errors_to_constants(
            wrong, clean, np.ones(2), 0.1, severities=5, rng=chance()
        )
