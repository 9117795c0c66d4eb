"""Transfer correlation: by hand, and what difficulty, order and single sets do to it."""

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import spearmanr, t

from fieldmark.records import DataError, generator
from fieldmark.statistics import from_axis, to_axis, transfer


def many(m=12, d=5, noise=0.2, seed=0):
    rng = generator(seed)
    x = np.linspace(0.6, 0.85, m)
    places = to_axis(x, "logit")[:, None] + rng.normal(size=d) + noise * rng.normal(size=(m, d))
    return x, from_axis(places, "logit")


def found(x, y, *, axis="logit", **more):
    counted = (1000, (1000,) * y.shape[1])
    return transfer(x, y, axis=axis, counted=counted, rng=generator(1), draws=199, **more)


def test_it_is_what_a_pencil_gives():
    x, y = many()
    centred = logit(y) - logit(y).mean(axis=0)
    score = centred.mean(axis=1)
    seen = found(x, y)
    assert seen.r.value == pytest.approx(np.corrcoef(logit(x), score)[0, 1])
    assert seen.spearman.value == pytest.approx(spearmanr(x, score).statistic)
    assert seen.p <= 0.01
    for j in range(5):
        assert seen.each[j].value == pytest.approx(np.corrcoef(logit(x), logit(y[:, j]))[0, 1])
        rest = np.delete(centred, j, axis=1).mean(axis=1)
        assert seen.without_each[j] == pytest.approx(np.corrcoef(logit(x), rest)[0, 1])
    error = centred[3].std(ddof=1) / np.sqrt(5) * np.sqrt(12 / 11)
    assert seen.scores[3].value == pytest.approx(score[3])
    assert seen.scores[3].high - score[3] == pytest.approx(error * t.ppf(0.975, 4))
    middle = logit(y).mean()
    assert seen.shares[3].value == pytest.approx(
        from_axis(np.array([score[3] + middle]), "logit")[0]
    )
    assert seen.shares[3].low < seen.shares[3].value < seen.shares[3].high


def test_hard_sets_do_not_matter_on_the_axis():
    x, y = many(noise=0.0)
    assert found(x, y).r.value == pytest.approx(1)
    harder = y.copy()
    harder[:, 0] = from_axis(to_axis(y[:, 0], "logit") - 3, "logit")
    assert found(x, harder).scores[0].value == pytest.approx(found(x, y).scores[0].value)
    assert np.isnan([one.low for one in found(x, y).scores]).all()  # sets that all say the same


def test_no_relation_is_not_found():
    ps = [found(many(seed=s)[0], generator(s).uniform(0.3, 0.9, (12, 3))).p for s in range(60)]
    assert np.mean(np.array(ps) <= 0.1) < 0.25


def test_one_set_has_scores_without_ends_and_few_models_no_r():
    x, y = many(d=1)
    seen = found(x, y)
    assert np.isnan(seen.scores[0].low)
    assert np.isnan(seen.without_each).all()
    assert seen.r.defined
    few = found(x[:3], y[:3])
    assert not few.r.defined
    assert not found(np.full(12, 0.7), y).r.defined
    assert found(x[:0], y[:0]).scores == ()


def test_hostile_tables_are_refused():
    x, y = many()
    with pytest.raises(DataError, match="12 models and 5 datasets"):
        transfer(x, y[:11], axis="logit", counted=(9, (9,) * 5), rng=generator(0))
    with pytest.raises(DataError, match="no other dataset"):
        transfer(x, y[:, :0], axis="logit", counted=(9, ()), rng=generator(0))
    with pytest.raises(DataError, match="missing or outside"):
        found(x, np.where(y > 0.8, np.nan, y))
