"""Label errors: how many labels are wrong, what ceiling they set, whose place they change."""

import numpy as np

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    Table,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    accuracy_ceiling,
    clopper_pearson,
    mcnemar,
    resampled_means,
)
from fieldmark.studies.answers.board import board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import (
    accuracy_of,
    direction,
    listing,
    many,
    percent,
    points,
    sentence,
)
from fieldmark.studies.benchmarks.relabelled import Relabelled, relabelled

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of subject it is."),
    Column("original", "Original labels", "Accuracy by the labels of the reference."),
    Column("corrected", "Corrected labels", "Accuracy by the labels in question."),
    Column("change", "Change", "Corrected minus original, on the same examples."),
    Column("p_mid", "p (mid-p)", "McNemar's test of no change."),
    Column("rank_original", "Rank, original", "1 is best; equal accuracies share a rank."),
    Column("rank_corrected", "Rank, corrected", "1 is best; equal accuracies share a rank."),
    Column("rank_change", "Places gained", "Rank by original minus rank by corrected labels."),
)
_RANKS = "bootstrap over examples, percentile 95 %"


def label_errors(
    store: Kept, *, on: str, reference: str, draws: int = 1000, seed: int = 0
) -> Finding:
    """What corrected labels change: the labels, the ceiling, each subject's accuracy and rank.

    Args:
        store: Where answers are kept.
        on: The condition with corrected labels.
        reference: The same examples with their original labels.
        draws: Bootstrap samples of the examples, for the ranks.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: The two do not show the same examples, or none has a label in both.
        NotKeptError: Nobody has answers to both.

    Source:
        Northcutt, Athalye & Mueller 2021, arXiv:2103.14749.
    """
    pair = relabelled(board(store), on, reference)
    if not pair.in_both.any():
        raise ConfigError(f"no example has a label in {on} and in {reference}")
    wrong = _wrong(pair)
    rng = generator(seed_of(seed, "label-errors", on, reference))
    changes = _changes(pair)
    rows = _ranked(pair, draws, rng)
    return Finding(
        study="label-errors",
        title=f"Label errors of {reference}, by the labels of {on}",
        statement=_statement(pair, wrong, changes, rows),
        table=Table(
            COLUMNS,
            tuple(
                (name, card.family, *changes[name], *rows[name])
                for name, card in pair.subjects.items()
            ),
        ),
        figures=(_forest(pair, changes), _rank_forest(rows, draws)),
        caveats=_caveats(pair),
    )


def _wrong(pair: Relabelled) -> Estimate:
    """The share of examples whose original label is not among the corrected ones."""
    n = int(pair.in_both.sum())
    shared = (pair.old[:, :, None] == pair.new[:, None, :]) & (pair.old >= 0)[:, :, None]
    apart = ~shared.any(axis=(1, 2)) & pair.in_both
    return clopper_pearson(int(apart.sum()), n, missing=len(pair.new) - n)


def _changes(pair: Relabelled) -> dict[str, tuple[Estimate, Estimate, Estimate, float]]:
    """Per subject: accuracy before and after, the paired change, and its p-value."""
    found = {}
    n, missing = int(pair.in_both.sum()), int((~pair.in_both).sum())
    for name, after, before in zip(pair.subjects, pair.hits(), pair.old_hits(), strict=True):
        paired = mcnemar(after, before, labelled=pair.in_both)
        own = [
            clopper_pearson(int((hits & pair.in_both).sum()), n, missing=missing)
            for hits in (before, after)
        ]
        found[name] = (own[0], own[1], paired.difference, paired.p_mid)
    return found


def _ranked(
    pair: Relabelled, draws: int, rng: np.random.Generator
) -> dict[str, tuple[Estimate, Estimate, Estimate]]:
    """Per subject: rank before and after, and places gained, the examples resampled jointly."""
    shares = np.concatenate([pair.old_hits(), pair.hits()])[:, pair.in_both].astype(np.float64)
    n, s = shares.shape[1], len(pair.subjects)
    means = np.concatenate(
        [shares.mean(axis=1)[None], resampled_means(shares, draws=draws, rng=rng)]
    )
    before, after = _ranks(means[:, :s]), _ranks(means[:, s:])
    gained = before[0] - after[1], before[1] - after[0]
    columns = [
        _estimates(before[0][0], before, n),
        _estimates(after[0][0], after, n),
        _estimates(before[0][0] - after[0][0], gained, n),
    ]
    return {
        name: (columns[0][row], columns[1][row], columns[2][row])
        for row, name in enumerate(pair.subjects)
    }


def _ranks(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best and the worst rank that ties allow, per draw."""
    from scipy.stats import rankdata

    # Sums of the same hits in another order differ in the last bits: they are ties.
    rounded = -means.round(12)
    best, worst = (rankdata(rounded, method=method, axis=1) for method in ("min", "max"))
    return np.asarray(best, np.float64), np.asarray(worst, np.float64)


def _estimates(values: np.ndarray, draws: tuple[np.ndarray, np.ndarray], n: int) -> list[Estimate]:
    """Ranks, from the lowest to the highest that the middle of the draws allows."""
    low = np.percentile(draws[0][1:], 2.5, axis=0, method="lower")  # a rank is a whole number
    high = np.percentile(draws[1][1:], 97.5, axis=0, method="higher")
    if n < 2:  # every draw is the one example
        low, high = np.full((2, len(values)), np.nan)
    return [
        Estimate(float(value), float(min(a, value)), float(max(b, value)), n=n, method=_RANKS)
        for value, a, b in zip(values, low, high, strict=True)
    ]


def _statement(
    pair: Relabelled,
    wrong: Estimate,
    changes: dict[str, tuple[Estimate, Estimate, Estimate, float]],
    rows: dict[str, tuple[Estimate, Estimate, Estimate]],
) -> str:
    ceiling = accuracy_ceiling(wrong)
    told = [name for name, one in changes.items() if direction(one[2])]
    moved = [name for name, one in rows.items() if direction(one[2])]
    size = max((one[2] for one in changes.values()), key=lambda one: abs(one.value))
    name = next(name for name, one in changes.items() if one[2] is size)
    return sentence(
        _labels_in_words(pair, wrong),
        f"A subject that is always right would be measured at {accuracy_of(ceiling)} by the "
        "original labels.",
        f"With the corrected labels, the accuracy of {many(len(told), 'subject')} of "
        f"{len(changes)} changes by more than chance would explain; the largest change is "
        f"{points(size)}, of {name}.",
        f"Other ranks than before: {listing(moved)} (beyond chance)."
        if moved
        else "No subject's rank can be told to change.",
    )


def _labels_in_words(pair: Relabelled, wrong: Estimate) -> str:
    hits = round(wrong.value * wrong.n)
    more = int(((pair.new >= 0).sum(axis=1) > (pair.old >= 0).sum(axis=1))[pair.in_both].sum())
    also = f"; {many(more, 'example')} got further labels" if more else ""
    return (
        f"Of {many(wrong.n, 'label')} of {pair.reference}, {hits or 'none'} "
        f"{'is' if hits < 2 else 'are'} wrong by those of {pair.on} ({accuracy_of(wrong)}){also}."
    )


def _forest(
    pair: Relabelled, changes: dict[str, tuple[Estimate, Estimate, Estimate, float]]
) -> Forest:
    bars = [
        Bar(name, card.family, changes[name][2], f"from {percent(changes[name][0].value)}")
        for name, card in pair.subjects.items()
    ]
    return Forest(
        title=f"What the labels of {pair.on} change",
        x_title="accuracy by corrected labels minus accuracy by original labels",
        bars=tuple(sorted(bars, key=lambda bar: -bar.estimate.value)),
        unit="points",
        caption="Each subject judged twice on the same examples; 95 % intervals (Tango).",
        mark=0.0,
    )


def _rank_forest(rows: dict[str, tuple[Estimate, Estimate, Estimate]], draws: int) -> Forest:
    order = sorted(rows, key=lambda name: (rows[name][1].value, name))
    bars = tuple(
        Bar(f"{name}, {words}", words, rows[name][place])
        for name in order
        for place, words in ((0, "original"), (1, "corrected"))
    )
    return Forest(
        title="Ranks by original and by corrected labels",
        x_title="rank",
        bars=bars,
        unit="rank",
        caption=(
            f"1 is best. Bars: 95 % of {draws:,} joint bootstrap samples of the examples; ties "
            "begin at the best and end at the worst rank that they allow."
        ),
    )


def _caveats(pair: Relabelled) -> tuple[str, ...]:
    lines = [
        "Labels that nobody looked at again count as right: where only flagged examples were "
        "checked, the error rate is a lower bound and the ceiling an upper bound.",
        "Corrections that were found with the help of models favour models like those.",
        "The change is judged as if the corrected labels were right.",
    ]
    if ((pair.new >= 0).sum(axis=1) > 1).any():
        lines.append(
            f"Some examples of {pair.on} have several labels: part of the change is that any of "
            "them counts (see multi-label), not that the original one was wrong."
        )
    return tuple(lines)
