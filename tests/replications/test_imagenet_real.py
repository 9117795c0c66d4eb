"""ReaL made again: every number agrees, and the order of the pictures is the right one."""

import numpy as np
import pytest

from fieldmark.records import Forest, Histogram
from fieldmark.replications import REPLICATIONS, rater_votes
from fieldmark.replications.imagenet_real import real_label_sets
from fieldmark.statistics import fleiss_kappa, krippendorff_alpha, majority

REAL = REPLICATIONS["imagenet-real"]


@pytest.mark.slow
def test_every_number_agrees(data):
    checks = REAL.check(data)
    assert len(checks) >= 25
    assert [one.what for one in checks if one.verdict != "agrees"] == []
    assert len({one.what for one in checks}) == len(checks)


@pytest.mark.slow
def test_ties_and_agreement_of_the_raters(data):
    votes = rater_votes(data)
    found = majority(votes)
    counts = votes.counts()
    top = np.sort(counts, axis=1)
    assert found.tied.sum() == (top[:, -1] == top[:, -2]).sum()
    rng = np.random.Generator(np.random.PCG64(0))
    alpha, kappa = (one(counts, rng=rng) for one in (krippendorff_alpha, fleiss_kappa))
    assert alpha.value == pytest.approx(kappa.value, abs=1e-5)  # equal but for n - 1
    assert alpha.high - alpha.low < 0.01


@pytest.mark.slow
def test_figures_show_what_is_told(data):
    histogram, forest = REAL.figures(data)
    assert isinstance(histogram, Histogram)
    assert isinstance(forest, Forest)
    assert histogram.mark == 0.8
    assert len(forest.bars) == 12


def test_pictures_stand_in_the_order_of_their_numbers(data):
    sets = real_label_sets(data)
    assert sets[0].max() == -1  # ILSVRC2012_val_00000001.JPEG has no right label
    assert set(sets[1][sets[1] >= 0]) == {970, 795}
