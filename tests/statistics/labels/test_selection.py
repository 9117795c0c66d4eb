"""Selection frequency, and accuracy at matched frequencies where the truth is known."""

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.statistics import Selection, jeffreys, matched_accuracy, wilson


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def answered(rng, shares, n=10) -> Selection:
    shown = np.full(len(shares), n, np.int64)
    return Selection(rng.binomial(shown, shares), shown)


def replication(rng):
    """A reference and a replica whose candidates were harder, matched on noisy frequencies.

    Returns fresh answers about both, who was right on the replica, and the accuracy that a replica
    with the reference's true frequencies would have had.
    """
    easy, pool = rng.beta(5, 1.5, 12_000), rng.beta(1.5, 1.5, 50_000)
    first, second = answered(rng, easy), answered(rng, pool)
    wanted = np.bincount(first.selected, minlength=11) / 3
    chosen = [
        rng.choice(there, min(len(there), round(wanted[count])), replace=False)
        for count in range(11)
        for there in [np.flatnonzero(second.selected == count)]
    ]
    true = pool[np.concatenate(chosen)]
    correct = rng.random(len(true)) < accuracy_at(true)
    return answered(rng, easy), answered(rng, true), correct, accuracy_at(easy).mean()


def accuracy_at(share):
    return 1 / (1 + np.exp(-8 * (share - 0.6)))


def test_matching_on_noise_biases_and_the_corrections_do_not():
    errors = []
    for seed in range(4):
        rng = rng_of(seed)
        reference, replica, correct, truth = replication(rng)
        found = matched_accuracy(reference, replica, correct, rng=rng, draws=2)
        errors.append(
            [
                one.value - truth
                for one in (found.plain, found.adjusted, found.jackknife, found.beta_binomial)
            ]
        )
    plain, adjusted, jackknife, beta_binomial = np.mean(errors, axis=0)
    assert plain < -0.07
    assert plain / 2 < adjusted < -0.015
    assert abs(jackknife) < abs(adjusted) / 2
    assert abs(beta_binomial) < 0.007


@pytest.mark.slow
def test_the_interval_of_the_correction_covers():
    covered = 0
    for seed in range(30):
        rng = rng_of(100 + seed)
        reference, replica, correct, truth = replication(rng)
        found = matched_accuracy(reference, replica, correct, rng=rng, draws=60).beta_binomial
        covered += found.low <= truth <= found.high
    assert covered >= 25


def test_without_noise_nothing_needs_to_be_undone():
    rng = rng_of(1)
    shares = rng.choice([0.2, 0.5, 0.9], size=4000)
    shown = np.full(4000, 1000, np.int64)
    exact = Selection((shares * 1000).astype(np.int64), shown)
    correct = rng.random(4000) < shares
    found = matched_accuracy(exact, exact, correct, rng=rng, draws=20)
    assert found.adjusted.value == pytest.approx(correct.mean())
    assert found.jackknife.value == pytest.approx(correct.mean(), abs=0.01)
    assert found.answers == 1000


def test_the_reference_outside_the_replica_is_reported():
    ten = np.full(4, 10, np.int64)
    reference = Selection(np.array([10, 10, 2, 2]), ten)
    replica = Selection(np.array([2, 2, 2, 2]), ten)
    right = np.array([True, False, True, False])
    found = matched_accuracy(reference, replica, right, rng=rng_of(0), draws=10)
    assert found.uncovered == pytest.approx(0.5)
    assert found.adjusted.value == pytest.approx(0.5)


@pytest.mark.parametrize("right", [True, False])
def test_all_right_and_all_wrong(right):
    rng = rng_of(0)
    some = answered(rng, rng.random(50))
    found = matched_accuracy(some, some, np.full(50, right), rng=rng, draws=10)
    for one in (found.plain, found.adjusted, found.jackknife, found.beta_binomial):
        assert one.value == pytest.approx(float(right))


def test_frequencies_with_intervals():
    seen = Selection(np.array([7, 0, 0]), np.array([10, 3, 0]))
    for (low, high), one in ((seen.wilson(), wilson), (seen.jeffreys(), jeffreys)):
        assert (low[0], high[0]) == pytest.approx((one(7, 10).low, one(7, 10).high))
        assert np.isnan(low[2])
    assert np.isnan(seen.frequency[2])


def test_nobody_asked_is_undefined():
    nobody = Selection(np.zeros(3, np.int64), np.zeros(3, np.int64))
    found = matched_accuracy(nobody, nobody, np.ones(3, bool), rng=rng_of(0))
    assert not found.adjusted.defined
    assert found.adjusted.missing == 3


def test_hostile_counts_are_refused():
    with pytest.raises(DataError, match="11 of 10 cannot have selected"):
        Selection(np.array([11]), np.array([10]))
    with pytest.raises(DataError, match="-1 of 10"):
        Selection(np.array([-1]), np.array([10]))
    ok = Selection(np.array([1, 2]), np.array([10, 10]))
    with pytest.raises(DataError, match="3 answers to a replica of 2"):
        matched_accuracy(ok, ok, np.ones(3, bool), rng=rng_of(0))
    with pytest.raises(DataError, match="at most 9 can be left out"):
        matched_accuracy(ok, ok, np.ones(2, bool), rng=rng_of(0), leave_out=10)
