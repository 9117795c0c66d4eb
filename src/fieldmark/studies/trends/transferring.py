"""Transfer: does accuracy on one test set predict accuracy on all the others?"""

from collections.abc import Sequence
from math import isnan

import numpy as np

from fieldmark.records import (
    Axis,
    Bar,
    Column,
    Estimate,
    Figure,
    Finding,
    Forest,
    Point,
    Scatter,
    Scores,
    Table,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import Transfer, transfer
from fieldmark.studies.answers.board import board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import listing, many, p_value, sentence
from fieldmark.studies.trends.many_sets import Many, many_of_scores, many_of_store
from fieldmark.studies.trends.pairs import UNKNOWN
from fieldmark.studies.trends.trends import grid_between, trend_of

COLUMNS = (
    Column("condition", "Condition", "The other test set."),
    Column("r", "r", "Correlation of accuracy on it with accuracy on the reference, on the axis."),
    Column("without", "r without it", "Correlation with the mean of the others."),
    Column("mean", "Mean accuracy", "Over the subjects."),
)


def transfer_correlation(
    store: Kept,
    *,
    reference: str | None = None,
    on: Sequence[str] | None = None,
    axis: Axis = "logit",
    seed: int = 0,
) -> Finding:
    """Whether subjects that do better on the reference do better on the other test sets.

    Args:
        store: Where answers are kept.
        reference: The test set that predicts; None takes the one that most others name as theirs.
        on: The test sets that are predicted; None takes every other test set and natural shift.
        axis: "logit" as published, "probit" or "linear".
        seed: Where the permutation test's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: The store is empty, or has no other test set.
        ConfigError: The reference is among those that are predicted.

    Source:
        Kornblith, Shlens & Le 2019, arXiv:1805.08974.
    """
    found = many_of_store(board(store), reference, on)
    return _finding(found, axis, seed, caveats=())


def published_transfer(
    scores: Scores,
    *,
    reference: str,
    on: Sequence[str],
    axis: Axis = "logit",
    seed: int = 0,
) -> Finding:
    """The same for a published table; only standard subjects that have every accuracy are counted.

    Args:
        scores: The table.
        reference: The condition that predicts.
        on: The conditions that are predicted.
        axis: "logit" as published, "probit" or "linear".
        seed: Where the permutation test's chance comes from.

    Raises:
        UnknownNameError: The table has no such condition.
        ConfigError: The reference is among those that are predicted, or nothing is.

    Source:
        Kornblith, Shlens & Le 2019, arXiv:1805.08974.
    """
    found = many_of_scores(scores, reference, on)
    source = (f"Source: {scores.source}.",) if scores.source else ()
    return _finding(found, axis, seed, caveats=source)


def _finding(found: Many, axis: Axis, seed: int, *, caveats: tuple[str, ...]) -> Finding:
    shares = np.array([one.value for one in found.first], np.float64)
    seen = transfer(
        shares,
        found.others,
        axis=axis,
        counted=found.counted,
        rng=generator(seed_of(seed, "transfer", found.reference, *found.conditions)),
    )
    return Finding(
        study="transfer",
        title=f"What accuracy on {found.reference} says about other test sets",
        statement=_statement(found, seen, axis),
        table=Table(COLUMNS, tuple(_rows(found, seen))),
        figures=_figures(found, seen, axis),
        caveats=(*_caveats(found), *caveats),
    )


def _rows(found: Many, seen: Transfer) -> list[tuple[Value, ...]]:
    means = found.others.mean(axis=0) if len(found.others) else [None] * len(found.conditions)
    return [
        (name, r, None if isnan(alone) else float(alone), None if mean is None else float(mean))
        for name, r, alone, mean in zip(
            found.conditions, seen.each, seen.without_each, means, strict=True
        )
    ]


def _statement(found: Many, seen: Transfer, axis: Axis) -> str:
    if not seen.r.defined:
        return (
            f"Whether accuracy on {found.reference} predicts accuracy elsewhere is undefined: it "
            "takes at least four standard subjects that differ, with answers to everything; there "
            f"{'is' if len(found.subjects) == 1 else 'are'} {many(len(found.subjects), 'subject')}."
        )
    return sentence(
        f"Over {many(len(found.subjects), 'standard subject')}, accuracy on {found.reference} "
        f"correlates with accuracy on {many(len(found.conditions), 'other test set')} with "
        f"r = {_r(seen.r)} ({axis} axis, permutation p {p_value(seen.p)}), and by rank with "
        f"{_r(seen.spearman)}.",
        _spread_words(found, seen),
    )


def _spread_words(found: Many, seen: Transfer) -> str:
    known = sorted(
        (one.value, name)
        for one, name in zip(seen.each, found.conditions, strict=True)
        if one.defined
    )
    alone = seen.without_each[~np.isnan(seen.without_each)].tolist()
    if len(known) < 2 or not alone:
        return ""
    (low, lowest), (high, highest) = known[0], known[-1]
    ends = [_plain(one) for one in (low, high, min(alone), max(alone))]
    return (
        f"Set by set, r lies between {ends[0]} ({lowest}) and {ends[1]} ({highest}); leaving one "
        f"set out, r with the rest lies between {ends[2]} and {ends[3]}."
    )


def _r(estimate: Estimate) -> str:
    """A correlation with its interval, where it has one."""
    ends = f" [{_plain(estimate.low)}, {_plain(estimate.high)}]"
    return _plain(estimate.value) + ("" if isnan(estimate.low) else ends)


def _plain(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _figures(found: Many, seen: Transfer, axis: Axis) -> tuple[Figure, ...]:
    if not seen.r.defined:
        return ()
    x, y = (np.array([one.value for one in side]) for side in (found.first, seen.shares))
    some = many(len(found.conditions), "other test set")
    known = [pair for pair in zip(found.conditions, seen.each, strict=True) if pair[1].defined]
    known.sort(key=lambda pair: -pair[1].value)
    every = Bar(f"all {len(found.conditions)} together", "together", seen.r)
    scatter = Scatter(
        title=f"Accuracy elsewhere against accuracy on {found.reference}",
        x_title=f"accuracy on {found.reference}",
        y_title=f"accuracy on {some}, of middling difficulty",
        points=tuple(
            Point(name, family, x, y)
            for name, family, x, y in zip(
                found.subjects, found.families, found.first, seen.shares, strict=True
            )
        ),
        trend=trend_of(
            x,
            y,
            grid_between(float(x.min()), float(x.max()), axis=axis, counted=found.counted[0]),
            axis=axis,
            counted=(found.counted[0], UNKNOWN),
            rng=generator(seed_of(0, "transfer band", found.reference)),
        ),
        axis=axis,
        caption=(
            "One point per standard subject. Up goes its mean over the other test sets on this "
            "axis, after the difficulty of each set is taken out; its bar is the 95 % interval of "
            "that mean over sets, adjusted likewise. The dashed line is y = x."
        ),
    )
    forest = Forest(
        title=f"Correlation with accuracy on {found.reference}, set by set",
        x_title="Pearson's r",
        bars=(every, *(Bar(name, "one set", r) for name, r in known)),
        unit="number",
        caption="Highest first, under all sets together; 95 % intervals (Fisher), one at a time.",
    )
    return (scatter, forest)


def _caveats(found: Many) -> tuple[str, ...]:
    lines = [
        "r is about these subjects and these test sets. Subjects from a narrow range of accuracies "
        "correlate less, relatives count as if they were independent, and a set that is bad or "
        "very special says little about the others.",
        "Error bars over test sets follow Morey (2008); whether Kornblith et al. (2019) used the "
        "same factor was not checked against their code.",
    ]
    if found.aside:
        lines.append(f"Not counted, for being no standard subjects: {listing(found.aside)}.")
    if found.lacking:
        lines.append(f"Left out for lack of an accuracy on some set: {listing(found.lacking)}.")
    return tuple(lines)
