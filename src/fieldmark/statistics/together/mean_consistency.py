"""Consistency of a group: do its members err alike, averaged over pairs and conditions?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fieldmark.records import Correct, DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.resampling import middle_of, resampled_counts
from fieldmark.statistics.together.similarity import independent_agreement, kappa

Conditions = Sequence[Bool[np.ndarray, "_s _n"]]  # examples may differ in number
Pairs = Int64[np.ndarray, "p 2"]

_BLOCK = 8_000_000
"""Numbers held at once (32 MB in float32), whatever the numbers of pairs, examples and draws."""

_PAIRS = 2048
"""Pairs at a time."""


@dataclass(frozen=True)
class Consistency:
    """How alike the right and wrong answers of pairs of subjects are.

    Each is the unweighted mean over pairs and conditions; ``n`` counts pairs × conditions.

    Args:
        kappa: Error consistency: agreement beyond what the two accuracies make by chance. Pairs
            of which both are always right, or both always wrong, have none and count as missing.
        observed: Share of examples on which both are right or both are wrong.
        difference: Squared difference of the two accuracies.
    """

    kappa: Estimate
    observed: Estimate
    difference: Estimate


def mean_consistency(
    conditions: Conditions,
    pairs: Pairs,
    *,
    rng: np.random.Generator,
    shown: Sequence[int] = (),
    sampled: Sequence[int] = (),
    draws: int = 1000,
    level: float = 0.95,
) -> Consistency:
    """Error consistency, observed consistency and accuracy difference, averaged over pairs.

    The interval is a percentile bootstrap: the examples of each condition are resampled jointly
    for all subjects, and for all conditions that show the same ones; and with them the subjects
    named in ``sampled``, who stand for others like them (people). A subject drawn twice makes no
    pair with itself.

    Args:
        conditions: One bool matrix (subjects, examples) per condition, the subjects in one order;
            conditions may show different examples.
        pairs: Which subjects are compared, positions of rows, int64 (p, 2).
        rng: Source of chance.
        shown: A number per condition: those with the same one show the same examples in the same
            order. () where every condition shows its own.
        sampled: Positions of the subjects that are themselves a sample; () takes all as given.
        draws: Number of bootstrap samples; 0 for no interval.
        level: Confidence level in (0, 1).

    Returns:
        Three estimates; all undefined without pairs or conditions.

    Raises:
        DataError: A condition without examples, numbers of subjects that differ, a pair of a
            subject that is not there or with itself, or "the same" examples that differ in number.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736 (kappa); Geirhos et al. 2021,
        arXiv:2106.07411 (the three measures, and how they are averaged).

    Example:
        >>> correct = np.array([[1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 1, 1]], bool)
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> found = mean_consistency([correct], all_pairs([0, 1, 2]), rng=rng, draws=0)
        >>> round(found.kappa.value, 3), round(found.observed.value, 3), found.kappa.n
        (0.25, 0.667, 3)
    """
    return mean_consistencies(
        conditions, [pairs], rng=rng, shown=shown, sampled=sampled, draws=draws, level=level
    )[0]


def mean_consistencies(
    conditions: Conditions,
    groups: Sequence[Int64[np.ndarray, "_p 2"]],
    *,
    rng: np.random.Generator,
    shown: Sequence[int] = (),
    sampled: Sequence[int] = (),
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[Consistency, ...]:
    """``mean_consistency`` of each of several groups of pairs, all from the same draws.

    Args:
        conditions: See ``mean_consistency``.
        groups: The pairs of each group; a pair may stand in several.
        rng: Source of chance.
        shown: See ``mean_consistency``.
        sampled: See ``mean_consistency``.
        draws: Number of bootstrap samples; 0 for no interval.
        level: Confidence level in (0, 1).

    Raises:
        DataError: See ``mean_consistency``.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> correct = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]], bool)
        >>> groups = [cross_pairs([0], [1, 2]), all_pairs([1, 2])]
        >>> found = mean_consistencies([correct], groups, rng=rng, draws=0)
        >>> [round(one.kappa.value, 3) for one in found]
        [0.5, 0.0]
    """
    pairs, member = _once_each(groups)
    _check(conditions, pairs, shown)
    checked_level(level)
    method = _method(draws, bool(len(sampled)), level)
    if not conditions or not len(pairs):
        nothing = undefined(method)
        return (Consistency(nothing, nothing, nothing),) * len(groups)
    measured = [_as_they_are(one, pairs) for one in conditions]
    sets = _sets(conditions, shown)
    samples = _samples(sets, pairs, member, tuple(sampled), draws, rng)
    return tuple(
        Consistency(
            *(
                _estimate(
                    np.concatenate([np.repeat(one[part], times) for one in measured]),
                    samples[part, :, group],
                    method,
                    level,
                )
                for part in range(3)
            )
        )
        for group, times in enumerate(member.T.astype(np.int64))
    )


def all_pairs(members: Sequence[int]) -> Pairs:
    """Every pair of these positions once, int64 (p, 2).

    Example:
        >>> all_pairs([0, 2, 5]).tolist()
        [[0, 2], [0, 5], [2, 5]]
    """
    rows, columns = np.triu_indices(len(members), 1)
    places = np.asarray(members, dtype=np.int64)
    return np.stack([places[rows], places[columns]], axis=1)


def cross_pairs(first: Sequence[int], second: Sequence[int]) -> Pairs:
    """Every position of the one group with every one of the other, int64 (p, 2).

    Example:
        >>> cross_pairs([0], [1, 2]).tolist()
        [[0, 1], [0, 2]]
    """
    one, other = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    return np.stack([np.repeat(one, len(other)), np.tile(other, len(one))], axis=1)


def _once_each(
    groups: Sequence[Int64[np.ndarray, "_p 2"]],
) -> tuple[Pairs, Float64[np.ndarray, "p g"]]:
    """Every pair once, whichever way round, and how often it stands in each group."""
    every = np.concatenate([*groups, np.zeros((0, 2), np.int64)])
    pairs, place = np.unique(np.sort(every, axis=1), axis=0, return_inverse=True)
    times = np.zeros((len(pairs), len(groups)))
    where = np.repeat(np.arange(len(groups)), [len(one) for one in groups])
    np.add.at(times, (place.reshape(-1), where), 1.0)
    return pairs, times


def _sets(conditions: Conditions, shown: Sequence[int]) -> list[list[Correct]]:
    """The conditions, those together that show the same examples."""
    found: dict[int, list[Correct]] = {}
    for key, correct in zip(shown or range(len(conditions)), conditions, strict=True):
        found.setdefault(key, []).append(correct)
    return list(found.values())


def _as_they_are(correct: Correct, pairs: Pairs) -> Float64[np.ndarray, "3 p"]:
    """The three measures of each pair, nothing resampled."""
    once = np.ones((1, correct.shape[1]), np.float32)
    parts = _in_parts(correct, pairs, once)
    return np.concatenate([values[:, 0] for _, values in parts], axis=1)


def _samples(
    sets: Sequence[Conditions],
    pairs: Pairs,
    member: Float64[np.ndarray, "p g"],
    sampled: tuple[int, ...],
    draws: int,
    rng: np.random.Generator,
) -> Float64[np.ndarray, "3 draws g"]:
    """The three means of each group in each draw; NaN in a draw in which no pair is left."""
    weights = _pair_weights(len(sets[0][0]), pairs, sampled, draws, rng)
    total, weight = np.zeros((2, 3, draws, member.shape[1]))
    for conditions in sets:
        n = conditions[0].shape[1]
        for here in _slices(draws, _BLOCK // n):
            counts = resampled_counts(n, draws=here.stop - here.start, rng=rng).astype(np.float32)
            for correct in conditions:
                for part, values in _in_parts(correct, pairs, counts):
                    counted = np.where(np.isnan(values), 0.0, weights[here, part])
                    total[:, here] += (np.nan_to_num(values) * counted) @ member[part]
                    weight[:, here] += counted @ member[part]
    return np.divide(total, weight, out=np.full_like(total, nan), where=weight > 0)


def _pair_weights(
    subjects: int, pairs: Pairs, sampled: tuple[int, ...], draws: int, rng: np.random.Generator
) -> Float64[np.ndarray, "draws p"]:
    """How often each pair comes in each draw: the product of how often its two subjects do."""
    times = np.ones((draws, subjects))
    if sampled and draws:
        times[:, list(sampled)] = resampled_counts(len(sampled), draws=draws, rng=rng)
    return times[:, pairs[:, 0]] * times[:, pairs[:, 1]]


def _in_parts(
    correct: Correct, pairs: Pairs, counts: Float32[np.ndarray, "draws n"]
) -> Iterator[tuple[slice, Float64[np.ndarray, "3 draws _p"]]]:
    """Some pairs at a time: kappa, observed consistency and squared difference in each draw."""
    answers = correct.astype(np.float32)  # sums stay below 2**24, where float32 counts exactly
    right = (counts @ answers.T).astype(np.float64) / correct.shape[1]
    for part in _slices(len(pairs), _PAIRS):
        yield part, _measures(answers, right, pairs[part], counts)


def _measures(
    answers: Float32[np.ndarray, "s n"],
    right: Float64[np.ndarray, "draws s"],
    pairs: Pairs,
    counts: Float32[np.ndarray, "draws n"],
) -> Float64[np.ndarray, "3 draws p"]:
    n = answers.shape[1]
    first, second = right[:, pairs[:, 0]], right[:, pairs[:, 1]]
    both = np.zeros_like(first)
    for some in _slices(n, _BLOCK // len(pairs)):
        together = answers[pairs[:, 0], some] * answers[pairs[:, 1], some]
        both += counts[:, some] @ together.T
    observed = 1 - first - second + 2 * both / n
    consistent = kappa(observed, independent_agreement(first, second))
    return np.stack([consistent, observed, (first - second) ** 2])


def _estimate(
    values: np.ndarray, samples: Float64[np.ndarray, " draws"], method: str, level: float
) -> Estimate:
    defined = ~np.isnan(values)
    n, missing = int(defined.sum()), int((~defined).sum())
    if n == 0:
        return undefined(method, missing=missing)
    value = float(values[defined].mean())
    low, high = middle_of(samples[~np.isnan(samples)], level)
    if not np.isnan(low):
        # A square is never drawn below 0, so all draws may lie above a value that is near it.
        low, high = min(low, value), max(high, value)
    return Estimate(value, low, high, n=n, method=method, missing=missing)


def _slices(whole: int, size: int) -> list[slice]:
    step = max(1, size)
    return [slice(start, min(start + step, whole)) for start in range(0, whole, step)]


def _method(draws: int, people: bool, level: float) -> str:
    if draws < 1:
        return "mean over pairs and conditions, no interval"
    of = "examples and people" if people else "examples"
    return f"bootstrap over {of} {percent_sure(level)}, {draws:,} draws"


def _check(conditions: Conditions, pairs: Pairs, shown: Sequence[int]) -> None:
    if shown and len(shown) != len(conditions):
        raise DataError(f"{len(conditions)} conditions, of which {len(shown)} say what they show")
    sizes = {(key, one.shape[1]) for key, one in zip(shown, conditions, strict=bool(shown))}
    if len(sizes) > len(set(shown)):
        raise DataError("conditions said to show the same examples differ in how many they show")
    subjects = {len(correct) for correct in conditions}
    if any(correct.shape[1] == 0 for correct in conditions):
        raise DataError("a condition without examples: there is nothing to be consistent on")
    if len(subjects) > 1:
        raise DataError(
            f"{min(subjects)} subjects on one condition and {max(subjects)} on another: "
            "give the subjects that answered all of them, in one order"
        )
    if not len(pairs) or not conditions:
        return
    if not 0 <= pairs.min() <= pairs.max() < min(subjects):
        raise DataError(f"pairs name subjects {pairs.min()} to {pairs.max()} of {min(subjects)}")
    if (pairs[:, 0] == pairs[:, 1]).any():
        raise DataError("a pair needs two subjects: with oneself everybody agrees")
