"""Effective robustness of accuracies whose answers are not known."""

import numpy as np
import pytest

from fieldmark.records import DataError, generator
from fieldmark.statistics import effective_robustness, from_axis, published_robustness, to_axis


def line(m):
    x = np.linspace(0.55, 0.93, m)
    return x, from_axis(0.9 * to_axis(x, "logit") - 0.6, "logit")


def counts(m, n):
    return np.full(m, n, np.int64)


def found(x, y, n, *, fitted=None, axis="logit", draws=400, seed=0):
    fitted = np.ones(len(x), np.bool_) if fitted is None else fitted
    return published_robustness(
        x, y, fitted, sizes=(n, n), axis=axis, rng=generator(seed), draws=draws
    )


def test_independent_answers_and_binomial_draws_give_the_same():
    x, y = line(12)
    rng = generator(1)
    first, second = ((rng.random((12, 700)) < side[:, None]).astype(np.float64) for side in (x, y))
    fitted = np.arange(12) < 11
    whole = effective_robustness(
        first, second, fitted, axis="logit", paired=False, rng=rng, draws=800
    )
    table = found(
        first.mean(axis=1), second.mean(axis=1), counts(12, 700), fitted=fitted, draws=800
    )
    for one, other in zip(whole.effective, table.effective, strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.25)
    assert table.effective[0].method.startswith("binomial draws, nested bootstrap")


@pytest.mark.slow
def test_one_interval_in_twenty_fails_for_any_model():
    x, y = line(14)
    fitted, n, missed = np.arange(14) < 11, 400, 0
    for seed in range(80):
        rng = generator(seed)
        seen = [rng.binomial(n, side) / n for side in (x, y)]
        table = found(*seen, counts(14, n), fitted=fitted, draws=120, seed=seed)
        missed += any(one.low > 0 or one.high < 0 for one in table.effective)
    assert missed <= 9  # 5 % of 80 is 4; P[more than 9] is 1 % even if it were 6 %


def test_unknown_sizes_have_a_value_and_no_ends():
    x, y = line(8)
    n = counts(8, 1000)
    n[3] = 0
    table = found(x, y, n)
    assert np.isnan(table.effective[3].low)
    assert table.effective[3].defined
    assert table.effective[0].low < 0 < table.effective[0].high
    assert table.effective[0].method.endswith("for all 7 at once")
    assert np.isnan(table.budget.images[3])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.array([0.5, 0.6, np.nan])}, "missing or outside"),
        ({"x": np.array([0.5, 0.6, 1.2])}, "missing or outside"),
        ({"n": np.array([10, 10, -1])}, "not negative, got -1"),
        ({"n": np.array([10, 10])}, "differ in length"),
        ({"y": np.array([0.5, 0.6, 1.0]), "n": np.zeros(3, np.int64)}, "has no place on the logit"),
    ],
)
def test_hostile_tables_are_refused(change, message):
    given = {"x": np.array([0.5, 0.6, 0.7]), "y": np.array([0.4, 0.5, 0.6]), "n": counts(3, 50)}
    given |= change
    with pytest.raises(DataError, match=message):
        found(given["x"], given["y"], given["n"])


def test_nobody_and_too_few_are_undefined():
    none = np.zeros(0)
    assert found(none, none, counts(0, 1)).effective == ()
    x, y = line(3)
    three = found(x, y, counts(3, 100))
    assert not any(one.defined for one in three.effective)
    assert three.line.defined
