"""Searches for the smallest change: when they stop, what they keep, and models of two classes."""

from math import inf

import numpy as np
import pytest
import torch

from fieldmark.attacks import FAB, CarliniWagner, attacked
from fieldmark.attacks.watching.slopes import slope, slopes
from fieldmark.records import Budget, ConfigError, NotApplicableError


@pytest.fixture
def search(linear, images, seeds):
    """Forty pictures and a linear model of three classes, searched."""
    model, pictures = linear(9, [0.0, 0.0, 0.0]), images(20, 9)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    ids = [str(row) for row in range(20)]

    def run(attack):
        return labels, attacked(model, attack, pictures, labels, seeds(20), ids=ids)

    return run


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_inside_a_budget_it_stops_at_the_first_success(search, norm):
    labels, endless = search(FAB(Budget(norm, inf), steps=15))
    size = float(np.median(endless.smallest)) * 1.02
    _, bounded = search(FAB(Budget(norm, size), steps=15))
    fooled = bounded.logits.argmax(axis=1) != labels
    np.testing.assert_array_equal(fooled, endless.smallest < size)
    assert (bounded.distance <= size + 1e-6).all()
    np.testing.assert_array_equal(bounded.first[fooled], bounded.queries[fooled])
    assert bounded.queries[fooled].mean() < endless.queries[fooled].mean()
    # Beyond the budget nothing counts, yet how far off it was is known.
    assert np.isfinite(bounded.smallest).all()
    assert (bounded.beyond[~fooled] > 0).all()


def test_what_it_keeps_is_the_nearest_and_is_measured_again(search):
    labels, outcome = search(FAB(Budget("l2", inf), steps=15))
    assert (outcome.logits.argmax(axis=1) != labels).all()
    np.testing.assert_allclose(outcome.distance, outcome.smallest, rtol=1e-6)


def test_halving_comes_nearer(search):
    _, coarse = search(FAB(Budget("l2", inf), steps=2, halvings=0))
    _, fine = search(FAB(Budget("l2", inf), steps=2, halvings=10))
    assert (fine.smallest < coarse.smallest).all()
    assert (fine.queries == coarse.queries + 10).all()


def test_restarts_come_no_less_near(search):
    _, once = search(FAB(Budget("linf", inf), steps=3, halvings=0))
    _, thrice = search(FAB(Budget("linf", inf), steps=3, restarts=3, halvings=0))
    assert (thrice.smallest <= once.smallest).all()
    assert (thrice.queries == 3 * once.queries).all()
    assert set(thrice.attempt.tolist()) == {0}  # the first to succeed


def test_aimed_walks_take_one_gradient_a_step_and_others_one_for_each_wrong_class(search):
    _, nearest = search(FAB(Budget("l2", inf), steps=5))
    _, aimed = search(FAB(Budget("l2", inf), steps=5, targets=1))
    assert (nearest.gradients == 10).all()
    assert (aimed.gradients == 5).all()


@pytest.mark.parametrize("norm", ["linf", "l2", "l1"])
def test_how_many_walks_go_side_by_side_decides_nothing_but_the_order(search, norm):
    one, both = (
        search(FAB(Budget(norm, inf), steps=6, targets=2, group=group))[1] for group in (1, 2)
    )
    np.testing.assert_allclose(one.smallest, both.smallest, rtol=1e-6)
    np.testing.assert_array_equal(one.gradients, both.gradients)
    size = float(np.median(one.smallest)) * 1.02
    one, both = (
        search(FAB(Budget(norm, size), steps=6, targets=2, group=group))[1] for group in (1, 2)
    )
    np.testing.assert_array_equal(one.attempt < 0, both.attempt < 0)
    assert 0 < (one.attempt < 0).sum() < 20


@pytest.mark.parametrize(
    "attack",
    [FAB(Budget("l2", inf), steps=10), CarliniWagner(Budget("l2", inf), steps=40, rounds=4)],
)
def test_two_classes_are_enough(linear, images, seeds, attack):
    model, pictures = linear(5, [0.0, 0.0]), images(6, 5)
    labels = model(pictures).argmax(axis=1).astype(np.int64)
    outcome = attacked(model, attack, pictures, labels, seeds(6), ids=list("abcdef"))
    assert (outcome.logits.argmax(axis=1) != labels).all()


def test_cw_inside_a_budget_stops_at_the_first_success(search):
    labels, outcome = search(CarliniWagner(Budget("l2", 0.3), steps=30, rounds=5))
    fooled = outcome.logits.argmax(axis=1) != labels
    assert fooled.sum() > 0
    np.testing.assert_array_equal(outcome.first[fooled], outcome.queries[fooled])
    assert (outcome.distance <= 0.3 + 1e-6).all()


def test_the_slopes_of_all_classes_are_those_of_each(conv, images):
    model = conv(classes=5)
    pictures = torch.from_numpy(images(4, 11)).permute(0, 3, 1, 2)
    labels = torch.tensor([0, 4, 2, 3])
    every = slopes(model.module, pictures, labels, dtype=torch.float64)
    for place in range(4):
        aim = (labels + 1 + place) % 5
        one = slope(model.module, pictures, labels, loss="margin", dtype=torch.float64, targets=aim)
        torch.testing.assert_close(every.lead[:, place], one.loss)
        torch.testing.assert_close(every.uphill[:, place], one.uphill)
    with pytest.raises(NotApplicableError, match="no gradients"):
        slopes(lambda seen: seen.detach().flatten(1), pictures, labels, dtype=torch.float64)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match="fab-l2: steps must be at least 1, got 0"):
        FAB(Budget("l2", 1.0), steps=0)
    with pytest.raises(ConfigError, match="group must be at least 1, got 0"):
        FAB(Budget("l2", 1.0), targets=9, group=0)
    with pytest.raises(ConfigError, match=r"lean must be in \[0, 1\], got 1.5"):
        FAB(Budget("l2", 1.0), lean=1.5)
    with pytest.raises(ConfigError, match="cw-l2 searches in l2"):
        CarliniWagner(Budget("linf", 1.0))
    with pytest.raises(ConfigError, match="rate must be > 0"):
        CarliniWagner(Budget("l2", 1.0), rate=0.0)
