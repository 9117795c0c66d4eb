"""Public and private halves: alike when dealt at random, seen when one was worn out."""

import numpy as np
import pytest
from scipy import stats

from fieldmark.records import DataError, generator
from fieldmark.statistics import compare_halves, redeal


def crowd(seed, s=40, a=300, b=700, harder=0.0):
    """Submissions that resemble each other, right on examples by difficulty."""
    rng = generator(seed)
    skill = rng.uniform(0.5, 2.0, (s, 1))
    easy = rng.normal(0, 1.5, (1, a + b))
    easy[:, a:] -= harder
    right = skill + easy + rng.normal(0, 0.7, (s, a + b)) > 0
    return right[:, :a], right[:, a:]


def halves(public, private):
    s = len(public)
    return compare_halves(
        public.sum(axis=1),
        np.full(s, public.shape[1]),
        private.sum(axis=1),
        np.full(s, private.shape[1]),
    )


def test_the_summary_is_what_scipy_makes_of_the_pairs():
    public, private = crowd(0)
    found = halves(public, private)
    x, y = public.mean(axis=1), private.mean(axis=1)
    assert found.line.slope == pytest.approx(stats.linregress(x, y).slope)
    low, high = stats.ttest_1samp(x - y, 0).confidence_interval()
    assert (found.mean.low, found.mean.high) == pytest.approx((low, high))
    assert found.best.n == 4
    assert found.best.value == pytest.approx((x - y)[np.argsort(-x, kind="stable")[:4]].mean())
    assert found.uniform == pytest.approx(stats.kstest(found.p_z, "uniform").pvalue)


@pytest.mark.slow
def test_dealing_again_holds_its_level_although_submissions_resemble_each_other():
    """The naive uniformity test does not: that is why there is the other one."""
    dealt, naive = [], []
    for seed in range(150):
        public, private = crowd(seed, s=12, a=60, b=90)
        dealt.append(redeal(public, private, rng=generator(seed), deals=99).mean)
        naive.append(halves(public, private).uniform)
    assert np.mean(np.array(dealt) <= 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(np.array(naive) <= 0.05) > 0.15


def test_a_harder_private_half_is_seen():
    public, private = crowd(1, harder=0.5)
    found = redeal(public, private, rng=generator(0), deals=200)
    assert found.mean < 0.01
    seen, _, middle, high = found.differing
    assert seen > high >= middle
    assert halves(public, private).mean.low > 0


def test_odd_halves_are_refused_or_undefined():
    one = np.array([1])
    with pytest.raises(DataError, match="examples in both halves"):
        compare_halves(one, one, np.array([0]), np.array([0]))
    with pytest.raises(DataError, match="cannot be re-dealt"):
        redeal(np.ones((2, 3), bool), np.ones((1, 3), bool), rng=generator(0))
    alone = compare_halves(one, one * 2, one, one * 2)
    assert alone.mean.value == 0
    assert np.isnan(alone.mean.low)
    assert np.isnan(alone.uniform)
    assert not alone.line.defined
    all_right = compare_halves(one, one, one, one)
    assert np.isnan(all_right.z[0])
    assert all_right.p_fisher[0] == 1
