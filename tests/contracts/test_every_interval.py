"""What every statistic must do that gives an estimate; a new one without a case fails by name."""

import re
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from inspect import isfunction, signature
from typing import get_args, get_type_hints

import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from fieldmark import statistics as st
from fieldmark.records import DataError, Estimate, FieldmarkError, generator
from tests.contracts.cases import (
    CASES,
    OF_ESTIMATES,
    Trial,
    answered,
    estimates,
    trial,
)

# Whole numbers may be certain; and what is drawn differs with the order of the examples.
RANKS = ("rank_intervals", "tie_groups")
DRAWN = re.compile("bootstrap|shrinkage|drawn")
TRIALS = {
    "no example": lambda: trial(0),
    "one example": lambda: trial(1),
    "two examples": lambda: trial(2),
    "all right": lambda: answered(12, True),
    "all wrong": lambda: answered(12, False),
    "all alike": lambda: (t := trial(24)) and replace(t, right=np.tile(t.right[3], (10, 1))),
    "one class": lambda: replace(trial(24), labels=np.zeros(24, np.int64)),
    "an ordinary test": lambda: trial(60),
}
calmly = settings(deadline=None, max_examples=30)
every_case = pytest.mark.parametrize("name", CASES)


def gives_estimates(hint: object, seen: tuple[object, ...] = ()) -> bool:
    """Is it an estimate, or does it hold one?"""
    if hint is Estimate:
        return True
    if is_dataclass(hint) and hint not in seen:
        return any(gives_estimates(one, (*seen, hint)) for one in get_type_hints(hint).values())
    return any(gives_estimates(one, seen) for one in get_args(hint))


def test_every_public_statistic_has_a_case():
    public = {name: getattr(st, name) for name in st.__all__}
    found = {
        name
        for name, one in public.items()
        if isfunction(one) and gives_estimates(signature(one).return_annotation)
    }
    assert found == {*CASES, *OF_ESTIMATES}


@every_case
@pytest.mark.parametrize("which", TRIALS)
def test_an_estimate_is_sound_or_undefined(name, which):
    t = TRIALS[which]()
    try:
        found = list(estimates(CASES[name](t)))
    except FieldmarkError as error:
        one_line(error)
        return
    assert found
    for one in found:
        sound(one)
        assert t.n or not one.defined, one
        made_up = one.defined and one.low == one.high
        assert not made_up or (name in RANKS and t.n > 1), one


@every_case
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_examples_does_not_matter(name, seed):
    t = trial(36, seed=seed)
    here, there = (list(estimates(CASES[name](one))) for one in (t, t.shuffled(seed)))
    for a, b in zip(here, there, strict=True):
        assert (a.n, a.missing, a.method) == (b.n, b.missing, b.method)
        assert b.value == pytest.approx(a.value, abs=1e-9, nan_ok=True)
        if not DRAWN.search(a.method):
            assert [b.low, b.high] == pytest.approx([a.low, a.high], abs=1e-9, nan_ok=True)


def one_line(error: FieldmarkError) -> None:
    assert 10 < len(str(error)) < 500
    assert "\n" not in str(error)


def sound(one: Estimate) -> None:
    assert one.n >= 0
    assert one.missing >= 0
    assert one.method
    assert np.isfinite(one.value) or np.isnan([one.value, one.low, one.high]).all(), one
    assert not one.low > one.value + 1e-12, one
    assert not one.high < one.value - 1e-12, one


# Bad input, as it comes without the type checks of these tests


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Nobody but the statistic itself looks at shapes: that is how users have it."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def right(*shape: int) -> np.ndarray:
    return generator(len(shape)).random(shape) < 0.7


def share(*shape: int) -> np.ndarray:
    return generator(len(shape)).uniform(0.3, 0.9, shape)


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


RNG, GAP = {"rng": generator(0)}, np.array([0.5, np.nan, 0.7, 0.8, 0.6])
LINE = {"axis": "logit", "counted": (9, 9)}
BAD = {
    # Lengths that differ, by some and down to one, which numpy would stretch
    "accuracy of other labels": lambda: st.accuracy(right(5), labelled=right(4)),
    "accuracy of one label": lambda: st.accuracy(right(5), labelled=np.ones(1, np.bool_)),
    "clustered accuracy": lambda: st.clustered_accuracy(right(2, 5), labelled=right(1)),
    "grouped accuracy": lambda: st.grouped_accuracy(right(5), whole(0, 1)),
    "counted accuracies": lambda: st.counted_accuracies(whole(1, 2), whole(3), whole(0)),
    "mcnemar": lambda: st.mcnemar(right(5), right(4)),
    "mcnemar with one": lambda: st.mcnemar(right(5), right(1)),
    "mcnemar of one label": lambda: st.mcnemar(right(5), right(5), labelled=right(1)),
    "error consistency with one": lambda: st.error_consistency(right(5), right(1)),
    "pair agreement": lambda: st.pair_agreement(right(2, 5), labelled=right(4)),
    "mean difference": lambda: st.mean_difference(share(5), share(1), paired=True),
    "paired bootstrap": lambda: st.paired_bootstrap(share(5), share(1), **RNG),
    "sign flips": lambda: st.sign_flip_test(share(5), share(1), **RNG),
    "class counts": lambda: st.class_counts(right(5), whole(0), classes=3),
    "macro accuracy": lambda: st.macro_accuracy(whole(1, 2), whole(3)),
    "minimum share": lambda: st.minimum_share(whole(1, 2), whole(3)),
    "shrunken shares": lambda: st.shrunken_shares(whole(1, 2), whole(3), **RNG),
    "multi label": lambda: st.multi_label(whole(1, 2), np.zeros((1, 2), np.int64)),
    "shape bias": lambda: st.shape_bias(right(5), np.zeros(1, np.bool_)),
    "clustered shape bias": lambda: st.clustered_shape_bias(
        right(2, 5), np.zeros((2, 1), np.bool_)
    ),
    "mean consistency": lambda: st.mean_consistency(
        [right(3, 5), right(4, 5)], st.all_pairs([0, 1]), **RNG
    ),
    "composition": lambda: st.composition_gap(share(5), whole(0, 1), whole(0)),
    "corruption errors": lambda: st.corruption_errors(
        share(2, 5), share(4), share(2, 5), share(5), **RNG
    ),
    "flips": lambda: st.mean_over_sequences(share(5), whole(0)),
    "flips of frames that are not there": lambda: st.flipped(whole(1, 2), whole(0, 5)[None]),
    "flips over a baseline": lambda: st.rate_over_baseline(
        share(1, 4), share(1, 1), whole(0, 0, 1, 1), **RNG
    ),
    "neighbours of fewer frames": lambda: st.pm_k(right(5), st.neighbourhood(whole(0, 0, 1), 1)),
    "matched": lambda: st.matched_accuracy(
        st.Selection(whole(1), whole(3)), st.Selection(whole(1), whole(3)), right(3), **RNG
    ),
    "a line": lambda: st.fit_line(share(5), share(1), **LINE),
    "a binomial line": lambda: st.fit_binomial_line(
        share(4), whole(1), whole(9), axis="logit", counted=9
    ),
    "a broken line": lambda: st.broken_line(share(9), share(1), **LINE, **RNG),
    "a broken line of few families": lambda: st.broken_line(
        share(9), share(9), families=["a"], **LINE, **RNG
    ),
    "robustness": lambda: st.effective_robustness(
        share(5, 9), share(4, 9), right(5), axis="logit", paired=True, **RNG
    ),
    "published robustness": lambda: st.published_robustness(
        share(5), share(5), right(5), sizes=(whole(9), whole(9)), axis="logit", **RNG
    ),
    "correlation": lambda: st.pearson(share(5), share(1)),
    "rank correlation": lambda: st.rank_correlation(share(5), share(1), kind="Kendall"),
    "progress": lambda: st.progress(share(5), share(1), **RNG),
    "a trend": lambda: st.trend_beside_line(share(5), share(5), share(1), **LINE),
    "power of re-use": lambda: st.reuse_power(share(5), share(5), right(1), **LINE, **RNG),
    "transfer": lambda: st.transfer(share(5), share(5, 2), axis="logit", counted=(9, (9,)), **RNG),
    "halves": lambda: st.compare_halves(whole(1, 2), whole(5, 5), whole(1), whole(5)),
    "re-dealt halves": lambda: st.redeal(right(3, 5), right(1, 5), **RNG),
    "cover": lambda: st.cover_bound(share(3, 4), n=5),
    # Counts that cannot be
    "more hits than trials": lambda: st.clopper_pearson(6, 5),
    "fewer than no hits": lambda: st.wilson(-1, 5),
    "fewer than no trials": lambda: st.jeffreys(0, -5),
    "fewer than none missing": lambda: st.mid_p(1, 5, missing=-2),
    "pairs that are too many": lambda: st.paired_difference(3, 4, 5),
    "pairs that are negative": lambda: st.paired_difference(-1, 0, 5),
    "missing pairs that are negative": lambda: st.paired_difference(1, 0, 5, missing=-1),
    "unpaired hits": lambda: st.unpaired_difference(6, 5, 1, 5),
    "counted hits": lambda: st.counted_accuracies(whole(4), whole(3), whole(0)),
    "counted missing": lambda: st.counted_accuracies(whole(1), whole(3), whole(-1)),
    "hits of a class": lambda: st.macro_accuracy_bootstrap(whole(4), whole(3), **RNG),
    "hits of the worst class": lambda: st.minimum_share(whole(-1), whole(3)),
    "hits of a shrunken class": lambda: st.shrunken_shares(whole(4), whole(3), **RNG),
    "hits of a gap": lambda: st.decompose_gap(6, 5, 1, 5),
    "hits of a half": lambda: st.compare_halves(whole(-1), whole(5), whole(1), whole(5)),
    "hits on a line": lambda: st.fit_binomial_line(
        share(3), whole(1, -2, 3), whole(9, 9, 9), axis="logit", counted=9
    ),
    "raters": lambda: st.fleiss_kappa(whole(1, -1)[None], **RNG),
    "answers": lambda: st.krippendorff_alpha(whole(1, -1)[None], **RNG),
    "selected more often than shown": lambda: st.Selection(whole(5), whole(3)),
    "strata": lambda: st.composition_gap(share(2), whole(0, -1), whole(0)),
    "images": lambda: st.corruption_errors_of_shares(
        share(2, 5), whole(*[-1] * 10).reshape(2, 5), 0.1, share(2), 0.1
    ),
    "labels": lambda: st.class_counts(right(2), whole(0, 7), classes=3),
    "sizes": lambda: st.published_robustness(
        share(5), share(5), right(5), sizes=(whole(*[-9] * 5),) * 2, axis="logit", **RNG
    ),
    # Numbers that are none, or no shares
    "NaN among measures": lambda: st.paired_bootstrap(GAP, share(5), **RNG),
    "NaN among signs": lambda: st.sign_flip_test(GAP, share(5), **RNG),
    "infinity": lambda: st.mean_difference(share(5) * np.inf, share(5), paired=True),
    "NaN among strata": lambda: st.composition_gap(GAP, whole(0, 1, 0, 1, 0), whole(0)),
    "NaN among flips": lambda: st.mean_over_sequences(GAP, whole(0, 0, 1, 1, 1)),
    "NaN before a knee": lambda: st.broken_line(GAP, share(5), **LINE, **RNG),
    "NaN in a correlation": lambda: st.pearson(GAP, share(5)),
    "NaN in ranks": lambda: st.rank_correlation(GAP, share(5), kind="Spearman"),
    "NaN in years": lambda: st.progress(GAP, share(5), **RNG),
    "NaN in transfer": lambda: st.transfer(
        GAP, share(5, 1), axis="logit", counted=(9, (9,)), **RNG
    ),
    "NaN told by Thresholdout": lambda: st.thresholdout(
        GAP, share(5), threshold=0.1, noise=0.1, budget=2, **RNG
    ),
    "percent for shares": lambda: st.fit_line(100 * share(5), share(5), **LINE),
    "percent in a gap": lambda: st.composition_gap(100 * share(2), whole(0, 1), whole(0)),
    "percent of errors": lambda: st.corruption_ratios(100 * share(2), share(2)),
    "percent of constants": lambda: st.corruption_errors_to_constants(
        share(2, 5), share(5), 100 * share(2), 0.4, **RNG
    ),
    "percent of agreement": lambda: st.independent_agreement(100 * share(2), share(2)),
    "negative flips": lambda: st.rate_over_baseline(
        -share(1, 4), share(1, 4), whole(0, 0, 1, 1), **RNG
    ),
    "95 for 0.95": lambda: st.clopper_pearson(1, 5, level=95.0),
    "a level that is NaN": lambda: st.wilson(1, 5, level=float("nan")),
    "no draws": lambda: st.rank_intervals(right(3, 5), draws=0, **RNG),
    "no deals": lambda: st.redeal(right(3, 5), right(3, 5), deals=0, **RNG),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_in_one_line(what, unchecked):
    with pytest.raises(DataError) as error:
        BAD[what]()
    one_line(error.value)


@pytest.mark.parametrize(
    "found",
    [
        lambda: st.mean_difference(GAP, share(5), paired=True),
        lambda: st.slope_of_line(GAP, share(5), **LINE, **RNG),
        lambda: st.trend_beside_line(share(5), share(5), GAP, **LINE),
        lambda: st.corruption_errors_to_constants(share(2, 5), share(5), GAP[:2], 0.4, **RNG).mean,
        lambda: (
            st.effective_robustness(
                share(5, 9) * np.nan, share(5, 9), right(5), axis="logit", paired=True, **RNG
            ).slope
        ),
    ],
)
def test_what_was_not_measured_is_not_told(found, unchecked):
    assert not found().defined


def test_a_line_through_what_was_not_measured_says_why():
    assert st.fit_line(GAP, share(5), **LINE).reason == "an accuracy is missing"


# Invariants

SHARES = (st.clopper_pearson, st.wilson, st.jeffreys, st.mid_p)
BOUNDS = (st.clopper_pearson_bounds, st.wilson_bounds, st.jeffreys_bounds, st.mid_p_bounds)
sizes = some.integers(1, 400)


@pytest.mark.parametrize("bounds", BOUNDS)
@calmly
@given(n=sizes)
def test_ends_rise_with_the_hits(bounds, n):
    low, high = bounds(np.arange(n + 1), np.full(n + 1, n))
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()
    assert ((low <= np.arange(n + 1) / n) & (np.arange(n + 1) / n <= high)).all()


@pytest.mark.parametrize("share_of", SHARES)
@calmly
@given(n=sizes, k=some.integers(0, 400), times=some.integers(2, 20))
def test_more_of_the_same_is_surer_and_more_confidence_is_wider(share_of, n, k, times):
    hits = min(k, n)
    one, more = share_of(hits, n), share_of(hits * times, n * times)
    sure = share_of(hits, n, level=0.99)
    assert more.value == pytest.approx(one.value)
    assert width(more) < width(one) < width(sure)
    assert sure.low <= one.low
    assert one.high <= sure.high


@calmly
@given(n=sizes, a=some.integers(0, 400), b=some.integers(0, 400), times=some.integers(2, 9))
def test_differences_rise_widen_and_narrow_too(n, a, b, times):
    only_a = min(a, n)
    only_b = min(b, n - only_a)
    for differ in (
        lambda x, y, n, **more: st.paired_difference(x, y, n, **more),
        lambda x, y, n, **more: st.unpaired_difference(x, n, y, n, **more),
    ):
        one = differ(only_a, only_b, n)
        assert width(differ(only_a * times, only_b * times, n * times)) < width(one) + 1e-9
        assert width(one) < width(differ(only_a, only_b, n, level=0.99)) + 1e-9
        back = differ(only_b, only_a, n)
        assert [-back.value, -back.high] == pytest.approx([one.value, one.low], abs=1e-9)
        if only_a + only_b < n:
            more = differ(only_a + 1, only_b, n)
            assert more.value > one.value
            assert more.low >= one.low - 1e-9
            assert more.high >= one.high - 1e-9


@calmly
@given(cut=some.integers(0, 40), seed=some.integers(0, 99))
def test_counts_of_two_halves_add_up(cut, seed):
    t = trial(40, seed=seed)
    first, second = t.of(np.arange(cut)), t.of(np.arange(cut, 40))
    together = st.counted_accuracies(t.hits, t.sizes, 0 * t.sizes)
    assert together == st.counted_accuracies(
        first.hits + second.hits, first.sizes + second.sizes, 0 * t.sizes
    )
    merged = [a + b for a, b in zip(first.counts, second.counts, strict=True)]
    assert st.macro_accuracy(*merged) == st.macro_accuracy(*t.counts)
    both = st.pair_agreement(first.right) + st.pair_agreement(second.right)
    rows = st.consistency_of(both), st.consistency_of(st.pair_agreement(t.right))
    assert repr(rows[0]) == repr(rows[1])  # NaN and all


@calmly
@given(seed=some.integers(0, 99), order=some.permutations(range(3)))
def test_the_order_of_the_classes_does_not_matter(seed, order):
    t = trial(40, seed=seed)
    other = Trial(t.right, np.array(order)[t.labels], t.groups)
    for name in ("macro_accuracy", "minimum_share", "composition_gap", "multi_label"):
        if name == "composition_gap" and order[0] != 0:
            continue  # the new set there is that of the later classes
        for a, b in zip(estimates(CASES[name](t)), estimates(CASES[name](other)), strict=True):
            assert [b.value, b.low, b.high] == pytest.approx([a.value, a.low, a.high], nan_ok=True)


def width(one: Estimate) -> float:
    return one.high - one.low
