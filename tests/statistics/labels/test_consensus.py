"""Dawid-Skene, one-coin and GLAD: known truths, other libraries, and likelihoods that only rise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldmark.records import DataError
from fieldmark.statistics import TIED, Votes, dawid_skene, glad, majority, one_coin, votes_of


def simulated(rng, *, n=400, workers=12, k=3, each=5, right=None):
    """(votes, true classes, how often each worker is right)."""
    truth = rng.integers(k, size=n)
    right = rng.uniform(0.45, 0.95, workers) if right is None else right
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.choice(workers, each, replace=False) for _ in range(n)])
    wrong = (truth[item] + rng.integers(1, k, size=len(item))) % k
    answer = np.where(rng.random(len(item)) < right[worker], truth[item], wrong)
    return named(n, workers, k, item, worker, answer), truth, right


def named(n, workers, k, item, worker, answer, **more) -> Votes:
    names = [
        tuple(f"{kind}{i:04d}" for i in range(size))
        for kind, size in zip("iwa", (n, workers, k), strict=True)
    ]
    return Votes(*names, item, worker, answer, **more)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.slow
def test_models_of_workers_beat_the_majority_where_workers_differ():
    right = np.array([0.95, 0.95] + [0.4] * 10)
    votes, truth, _ = simulated(rng_of(0), n=1200, right=right)
    plain = majority(votes).answer
    shares = {"majority": (plain == truth).mean()}
    for fit in (dawid_skene, one_coin, glad):
        consensus = fit(votes).consensus
        assert consensus.converged, consensus.model
        shares[consensus.model] = (consensus.labels() == truth).mean()
    assert shares["one-coin"] > shares["majority"] + 0.05
    assert shares["Dawid-Skene"] > shares["majority"] + 0.05
    assert shares["GLAD"] > shares["majority"] + 0.05


def test_one_coin_finds_how_often_each_worker_is_right():
    votes, _, right = simulated(rng_of(1), n=3000)
    fitted = one_coin(votes)
    low, high = fitted.bounds(level=0.999)
    np.testing.assert_allclose(fitted.right, right, atol=0.05)
    assert ((low < fitted.right) & (fitted.right < high)).all()


def test_dawid_skene_finds_who_confuses_what():
    rng = rng_of(2)
    confusion = np.array([[0.9, 0.1, 0.0], [0.0, 0.7, 0.3], [0.05, 0.05, 0.9]])
    truth = rng.integers(3, size=3000)
    item, worker = np.repeat(np.arange(3000), 4), np.tile(np.arange(4), 3000)
    draws = rng.random(len(item))
    answer = (draws[:, None] > confusion.cumsum(axis=1)[truth[item]]).sum(axis=1)
    fitted = dawid_skene(named(3000, 4, 3, item, worker, answer))
    np.testing.assert_allclose(fitted.confusion.mean(axis=0), confusion, atol=0.03)
    np.testing.assert_allclose(fitted.met.sum(axis=1), 3000)
    low, high = fitted.bounds()
    assert ((low <= fitted.confusion) & (fitted.confusion <= high)).all()


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.01, 1.0]))
def test_no_objective_ever_falls(seed, smoothing):
    rng = rng_of(seed)
    n, w, k = 12, 5, 3
    asked = rng.random((n, w)) < 0.5
    asked[0, 0] = True
    item, worker = np.nonzero(asked)
    votes = named(n, w, k, item, worker, rng.integers(k, size=len(item)))
    for consensus in (
        dawid_skene(votes, smoothing=smoothing, most=30).consensus,
        one_coin(votes, smoothing=smoothing, most=30).consensus,
        glad(votes, most=30).consensus,
    ):
        assert (np.diff(consensus.history) >= -1e-9).all()
        np.testing.assert_allclose(consensus.posterior.sum(axis=1), 1)
        assert np.isfinite(consensus.log_likelihood)


def test_the_likelihood_is_that_of_the_votes():
    votes, _, _ = simulated(rng_of(3), n=30)
    fitted = dawid_skene(votes, smoothing=0.0, most=500, tolerance=1e-13)
    whole = 0.0
    for item in range(30):
        mine = votes.item == item
        chances = fitted.confusion[votes.worker[mine], :, votes.answer[mine]].prod(axis=0)
        whole += np.log((fitted.consensus.prior * chances).sum())
    assert fitted.consensus.log_likelihood == pytest.approx(whole, rel=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .* keyword")  # crowd-kit's use of pandas
def test_posteriors_are_those_of_crowd_kit_after_as_many_iterations():
    from crowdkit.aggregation import DawidSkene, OneCoinDawidSkene

    votes, _, _ = simulated(rng_of(4), n=100)
    frame = pd.DataFrame({"task": votes.item, "worker": votes.worker, "label": votes.answer})
    for fit, other in ((dawid_skene, DawidSkene), (one_coin, OneCoinDawidSkene)):
        found = fit(votes, smoothing=0.0, most=5).consensus
        theirs = other(n_iter=5, tol=-np.inf).fit(frame)
        np.testing.assert_allclose(found.posterior, theirs.probas_[[0, 1, 2]].to_numpy(), atol=1e-8)


def test_more_answers_than_classes():
    rng = rng_of(5)
    truth = rng.random(1000) < 0.3
    item, worker = np.repeat(np.arange(1000), 5), np.tile(np.arange(5), 1000)
    sure = np.where(truth[item], 2, 0)
    draws = rng.random(len(item))
    answer = np.where(draws < 0.6, sure, np.where(draws < 0.85, 1, 2 - sure))
    says = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    fitted = dawid_skene(named(1000, 5, 3, item, worker, answer), says=says)
    assert fitted.confusion.shape == (5, 2, 3)
    assert (fitted.consensus.labels() == truth).mean() > 0.9
    assert fitted.consensus.prior[1] == pytest.approx(truth.mean(), abs=0.04)


def test_relabelling_the_classes_relabels_the_result():
    votes, _, _ = simulated(rng_of(6), n=100)
    turned = np.array([2, 0, 1])
    other = named(100, 12, 3, votes.item, votes.worker, turned[votes.answer])
    for fit in (dawid_skene, one_coin, glad):
        before, after = fit(votes).consensus.posterior, fit(other).consensus.posterior
        np.testing.assert_allclose(after[:, turned], before, atol=1e-6)


def test_glad_sees_hard_items_and_stays_bounded():
    rng = rng_of(7)
    n, w = 300, 10
    hard = np.arange(n) % 2 == 0
    truth = rng.integers(2, size=n)
    item, worker = np.repeat(np.arange(n), w), np.tile(np.arange(w), n)
    hit = rng.random(n * w) < np.where(hard[item], 0.6, 0.99)
    fitted = glad(named(n, w, 2, item, worker, np.where(hit, truth[item], 1 - truth[item])))
    assert np.median(fitted.ease[~hard]) > 1.3 * np.median(fitted.ease[hard])
    assert np.isfinite(fitted.ability).all()
    assert fitted.consensus.iterations <= 200
    short = glad(named(n, w, 2, item, worker, np.where(hit, truth[item], 1 - truth[item])), most=2)
    assert not short.consensus.converged


def test_items_without_votes_get_the_prior_and_do_not_shape_it():
    votes, _, _ = simulated(rng_of(8), n=50)
    more = named(60, 12, 3, votes.item, votes.worker, votes.answer)
    few, many = dawid_skene(votes).consensus, dawid_skene(more).consensus
    np.testing.assert_allclose(many.prior, few.prior, atol=1e-6)
    np.testing.assert_allclose(many.posterior[50:], np.tile(many.prior, (10, 1)), atol=1e-4)


def test_workers_without_votes_are_undefined():
    votes = votes_of(["a", "a", "b"], ["x", "y", "x"], ["p", "q", "p"])
    idle = Votes(
        votes.items, ("x", "y", "z"), votes.answers, votes.item, votes.worker, votes.answer
    )
    assert np.isnan(one_coin(idle).right[2])
    assert np.isnan(dawid_skene(idle).confusion[2]).all()


def test_two_workers_who_contradict_each_other_leave_it_open():
    votes = votes_of(["a", "a"], ["x", "y"], ["p", "q"])
    assert dawid_skene(votes).consensus.labels().tolist() == [TIED]
    assert glad(votes).consensus.labels().tolist() == [TIED]


@pytest.mark.parametrize("fit", [dawid_skene, one_coin, glad])
def test_one_class_is_refused(fit):
    with pytest.raises(DataError, match="at least two classes"):
        fit(votes_of(["a"], ["x"], ["p"]))


def test_impossible_options_are_refused():
    votes = votes_of(["a", "a"], ["x", "y"], ["p", "q"])
    for options in ({"smoothing": -1.0}, {"most": 0}, {"tolerance": 0.0}):
        with pytest.raises(DataError, match="are needed"):
            dawid_skene(votes, **options)
    with pytest.raises(DataError, match="3 answers are explained, but 2 exist"):
        dawid_skene(votes, says=np.eye(3))
    with pytest.raises(DataError, match="not negative"):
        dawid_skene(votes, says=np.array([[1.0, 0.0], [0.0, 0.0]]))
