"""Agreement of many raters: published examples, statsmodels, and what is undefined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import fleiss_kappa as reference_kappa

from fieldmark.records import DataError
from fieldmark.statistics import fleiss_kappa, krippendorff_alpha

COEFFICIENTS = (fleiss_kappa, krippendorff_alpha)
KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def rng_of(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_krippendorffs_own_example():
    columns = list(zip(*(row.split() for row in KRIPPENDORFF), strict=True))
    counts = np.array([[column.count(value) for value in "12345"] for column in columns])
    found = krippendorff_alpha(counts, rng=rng_of())
    assert round(found.value, 3) == 0.743
    assert (found.n, found.missing) == (11, 1)
    assert found.low < 0.743 < found.high


@given(st.integers(0, 10**6))
def test_fleiss_is_that_of_statsmodels(seed):
    counts = rng_of(seed).multinomial(6, [0.2, 0.3, 0.5], size=15)
    found = fleiss_kappa(counts, rng=rng_of(), draws=20)
    assert found.value == pytest.approx(reference_kappa(counts))


@given(st.integers(0, 10**6))
def test_neither_items_nor_categories_have_an_order(seed):
    rng = rng_of(seed)
    counts = rng.multinomial(4, [0.2, 0.3, 0.5], size=10)
    turned = rng.permutation(counts)[:, rng.permutation(3)]
    for coefficient in COEFFICIENTS:
        before, after = (coefficient(one, rng=rng_of(), draws=5) for one in (counts, turned))
        assert before.value == pytest.approx(after.value)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@pytest.mark.parametrize(
    "counts", [np.array([[3, 0], [3, 0]]), np.array([[1, 0], [0, 1]]), np.zeros((3, 2), np.int64)]
)
def test_undefined_is_not_zero(coefficient, counts):
    assert not coefficient(counts, rng=rng_of()).defined


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_perfect_agreement_is_one_but_not_for_certain(coefficient):
    found = coefficient(np.array([[3, 0], [0, 3], [3, 0], [0, 3]]), rng=rng_of())
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_fleiss_wants_equally_many_raters():
    with pytest.raises(DataError, match="between 2 and 3 raters"):
        fleiss_kappa(np.array([[2, 0], [1, 2]]), rng=rng_of())


def test_negative_counts_are_refused():
    for coefficient in COEFFICIENTS:
        with pytest.raises(DataError, match="not negative, got -1"):
            coefficient(np.array([[2, -1]]), rng=rng_of())


def test_intervals_cover_as_often_as_they_say():
    """Two categories, three raters right with 0.8: alpha is (2 · 0.8 - 1)² in the long run."""
    rng, covered = rng_of(5), 0
    for _ in range(150):
        truth = rng.random(80) < 0.5
        yes = rng.binomial(3, np.where(truth, 0.8, 0.2))
        found = krippendorff_alpha(np.stack([3 - yes, yes], axis=1), rng=rng, draws=200)
        covered += found.low <= 0.36 <= found.high
    assert 0.88 <= covered / 150 <= 0.99
