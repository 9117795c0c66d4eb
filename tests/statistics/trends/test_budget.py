"""The budget of effective robustness: sources, families, and what one family can do."""

import numpy as np
import pytest
from scipy.stats import linregress

from fieldmark.records import DataError, generator
from fieldmark.statistics import (
    SOURCES,
    effective_robustness,
    from_axis,
    to_axis,
    without_each_family,
)
from fieldmark.statistics.trends.families import clusters, model_weights


def line(m, bend=0.0):
    x = np.linspace(0.55, 0.93, m)
    return x, from_axis(0.9 * to_axis(x, "logit") - 0.6 + bend, "logit")


def answers(shares, n, rng):
    return (rng.random((len(shares), n)) < shares[:, None]).astype(np.float64)


def budget(n, off_line, seed=0, m=14):
    rng = generator(seed)
    x, y = line(m, off_line * generator(99).normal(size=m))
    found = effective_robustness(
        answers(x, n, rng),
        answers(y, n, rng),
        np.arange(m) < m - 1,
        axis="logit",
        paired=False,
        rng=rng,
        draws=300,
    )
    return found.budget


def test_each_source_grows_with_its_own_cause():
    few, many = budget(300, 0.0), budget(6000, 0.0)
    assert np.median(few.images) > 8 * np.median(many.images)
    scattered = budget(6000, 0.3)
    assert np.median(scattered.models) > 5 * np.median(many.models)
    share = dict(zip(SOURCES, np.median(few.shares, axis=1), strict=True))
    assert share["images"] > 0.5
    np.testing.assert_allclose(few.shares.sum(axis=0), 1)
    np.testing.assert_allclose(few.total, few.images + few.models + few.axis)


def test_the_axis_matters_far_from_the_fitted_models_only():
    rng = generator(3)
    x, y = line(12)
    x[-1] = 0.995
    found = effective_robustness(
        answers(x, 900, rng),
        answers(y, 900, rng),
        np.arange(12) < 11,
        axis="logit",
        paired=False,
        rng=rng,
        draws=50,
    )
    assert found.budget.axis[-1] > 10 * np.median(found.budget.axis[:-1])


def test_the_parts_add_up_to_about_the_whole():
    rng = generator(4)
    x, y = line(16, 0.15 * generator(1).normal(size=16))
    first, second, fitted = answers(x, 1500, rng), answers(y, 1500, rng), np.arange(16) < 15
    found = effective_robustness(
        first, second, fitted, axis="logit", paired=False, rng=rng, draws=1500
    )
    parts = found.budget.images + found.budget.models
    half = np.array([one.high - one.value for one in found.effective])
    ratio = half / np.sqrt(parts)  # the same critical value for all, were there no interaction
    assert ratio.max() / ratio.min() < 1.15


def test_whole_families_are_drawn_together_and_only_where_there_are_five():
    fitted = np.array([True] * 10 + [False])
    families = [*"aabbccddee", "z"]
    assert clusters(families, fitted)
    weights = model_weights(fitted, families, draws=40, rng=generator(0))
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 10] == 0).all()
    assert set(weights.sum(axis=1)) == {10.0}
    four = [*"aabbccdddd", "z"]
    assert not clusters(four, fitted)
    alone = model_weights(fitted, four, draws=40, rng=generator(0))
    assert (alone[:, 0] != alone[:, 1]).any()
    with pytest.raises(DataError, match="2 families for 11 models"):
        clusters(["a", "b"], fitted)


def test_relatives_that_err_together_widen_the_interval_when_families_are_drawn():
    rng = generator(5)
    quirk = 0.25 * np.repeat(generator(8).normal(size=8), 4)
    x, y = line(33, np.append(quirk, 0.0))
    order = generator(6).permutation(32)
    x[:32] = x[order]
    y[:32] = from_axis(0.9 * to_axis(x[:32], "logit") - 0.6 + quirk, "logit")
    first, second = answers(x, 4000, rng), answers(y, 4000, rng)
    families = [*np.repeat(list("abcdefgh"), 4).tolist(), "new"]
    spread = {}
    for kin in (None, families):
        found = effective_robustness(
            first,
            second,
            np.arange(33) < 32,
            axis="logit",
            paired=False,
            rng=generator(7),
            families=kin,
            draws=400,
        )
        spread[found.clustered] = found.budget.models[-1]
        assert ("families together" in found.effective[0].method) is found.clustered
    assert spread[True] > 1.5 * spread[False]


def test_leaving_a_family_out_is_a_fit_without_it():
    x, y = line(9, 0.2 * generator(2).normal(size=9))
    families = list("aaabbbccc")
    fitted = np.arange(9) != 4
    found = without_each_family(x, y, fitted, families, axis="logit", counted=(500, 500))
    for kind in "abc":
        others = fitted & (np.array(families) != kind)
        for row in (0, 4, 8):
            kept = others.copy()
            kept[row] = False
            fit = linregress(to_axis(x[kept], "logit"), to_axis(y[kept], "logit"))
            expected = from_axis(fit.slope * to_axis(x[[row]], "logit") + fit.intercept, "logit")
            assert found[kind][row] == pytest.approx(y[row] - expected[0])


def test_too_few_left_is_undefined_and_families_have_to_fit():
    x, y = line(4)
    all_of_them = np.ones(4, np.bool_)
    found = without_each_family(x, y, all_of_them, list("aabb"), axis="logit", counted=(9, 9))
    assert np.isnan(found["a"]).all()
    assert without_each_family(x, y, ~all_of_them, list("aabb"), axis="logit", counted=(9, 9)) == {}
    with pytest.raises(DataError, match="1 families for 4 models"):
        without_each_family(x, y, all_of_them, ["a"], axis="logit", counted=(9, 9))
