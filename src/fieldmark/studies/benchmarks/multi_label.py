"""Multi-label accuracy: what changes when every label that is right counts as right?"""

import numpy as np

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    Table,
    Value,
)
from fieldmark.statistics import Paired, clopper_pearson, mcnemar
from fieldmark.statistics import multi_label as multi_label_accuracies
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
    Column("single", "Single label", "Right by the reference's label, on the same examples."),
    Column("micro", "Any right label", "Right by any label of the set (ReaL; micro)."),
    Column("macro", "Mean over classes", "The same, averaged over the original classes (macro)."),
    Column("first", "First label", "Right by the first label of the set only."),
    Column("difference", "Difference", "Any right label minus single label, on the same examples."),
    Column("gained", "Only by the set", "Examples that are right only by the label set."),
    Column("lost", "Only by the single label", "Examples that are right only by the single label."),
    Column("rank_single", "Rank, single label", "1 is best; equal accuracies share a rank."),
    Column("rank_micro", "Rank, any right label", "1 is best; equal accuracies share a rank."),
)


def multi_label(store: Kept, *, on: str, reference: str) -> Finding:
    """Accuracy by label sets in every published variant, held against single labels.

    Args:
        store: Where answers are kept.
        on: A condition whose examples have sets of right labels.
        reference: The same examples with one label each.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: The two do not show the same examples, or the reference has label sets itself.
        NotKeptError: Nobody has answers to both, or no example has a label in both.

    Source:
        Beyer et al. 2020, arXiv:2006.07159; Shankar et al. 2020, "Evaluating machine accuracy on
        ImageNet", ICML; Vasudevan et al. 2022, arXiv:2205.04596.
    """
    pair = relabelled(board(store), on, reference)
    if ((pair.old >= 0).sum(axis=1) > 1).any():
        raise ConfigError(
            f"{reference} has examples with several labels: name the condition with one label each"
        )
    if not pair.in_both.any():
        raise ConfigError(f"no example has a label in {on} and in {reference}")
    compared = [mcnemar(*hits, labelled=pair.in_both) for hits in _hits(pair)]
    rows = _rows(pair, compared)
    return Finding(
        study="multi-label",
        title=f"Any right label instead of one: {on} and {reference}",
        statement=_statement(pair, rows),
        table=Table(COLUMNS, tuple(rows)),
        figures=(_forest(pair, compared),),
        caveats=_caveats(pair),
    )


def ranks(accuracies: np.ndarray) -> list[int]:
    """1 + how many are better; equal ones share a rank."""
    return [1 + int((accuracies > one).sum()) for one in accuracies]


def _hits(pair: Relabelled) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(zip(pair.hits(), pair.old_hits(), strict=True))


def _rows(pair: Relabelled, compared: list[Paired]) -> list[tuple[Value, ...]]:
    original = np.where((pair.old >= 0).any(axis=1), pair.old.max(axis=1), -1)
    singles = [clopper_pearson(_right(hits[1], pair), _n(pair)) for hits in _hits(pair)]
    found = [multi_label_accuracies(row, pair.new, original=original) for row in pair.answers]
    before = ranks(np.array([one.value for one in singles]))
    after = ranks(np.array([one.micro.value for one in found]))
    return [
        (
            name,
            card.family,
            singles[row],
            found[row].micro,
            found[row].macro,
            found[row].first,
            compared[row].difference,
            compared[row].only_a,
            compared[row].only_b,
            before[row],
            after[row],
        )
        for row, (name, card) in enumerate(pair.subjects.items())
    ]


def _right(hits: np.ndarray, pair: Relabelled) -> int:
    return int((hits & pair.in_both).sum())


def _n(pair: Relabelled) -> int:
    return int(pair.in_both.sum())


def _statement(pair: Relabelled, rows: list[tuple[Value, ...]]) -> str:
    sizes = (pair.new >= 0).sum(axis=1)
    several, empty = int((sizes > 1).sum()), int((sizes == 0).sum())
    differences = {str(row[0]): _estimate(row[6]) for row in rows}
    up = [name for name, one in differences.items() if direction(one) > 0]
    down = [name for name, one in differences.items() if direction(one) < 0]
    moved = [str(row[0]) for row in rows if row[9] != row[10]]
    return sentence(
        f"Of {many(len(sizes), 'example')} of {pair.on}, {percent(several / len(sizes))} have more "
        f"than one right label{f' and {percent(empty / len(sizes))} have none' if empty else ''}; "
        f"the label of {pair.reference} is in the set for {percent(_kept(pair))} of those with "
        "labels.",
        _best(rows),
        _more_or_less(up, down, len(rows)),
        f"{many(len(moved), 'subject').capitalize()} of {len(rows)} "
        f"{'has' if len(moved) == 1 else 'have'} another rank"
        + (f": {listing(moved)}." if moved else "."),
    )


def _best(rows: list[tuple[Value, ...]]) -> str:
    """Who is the most accurate by any right label: one, or several who are equal."""
    best = [row for row in rows if row[10] == 1]
    names, first = listing([str(row[0]) for row in best]), best[0]
    if len(best) > 1:
        return f"The most accurate are {names}, {accuracy_of(_estimate(first[3]))} each."
    return (
        f"{names} is the most accurate: {accuracy_of(_estimate(first[3]))} by any right label, "
        f"{accuracy_of(_estimate(first[2]))} by the single one "
        f"({points(_estimate(first[6]))})."
    )


def _more_or_less(up: list[str], down: list[str], all_of_them: int) -> str:
    parts = []
    if up:
        parts.append(f"{many(len(up), 'subject')} of {all_of_them} gain")
    if down:
        parts.append(f"{many(len(down), 'subject')} of {all_of_them} lose")
    if not parts:
        return "For no subject can a difference between the two be told."
    text = " and ".join(part + ("s" if part.startswith("one ") else "") for part in parts)
    return f"{text.capitalize()} accuracy by the label sets, more than chance would explain."


def _kept(pair: Relabelled) -> float:
    """How often the single label is in the set, among examples that have both."""
    single = pair.old.max(axis=1)
    inside = (pair.new == single[:, None]).any(axis=1)
    return float(inside[pair.in_both].mean())


def _forest(pair: Relabelled, compared: list[Paired]) -> Forest:
    bars = [
        Bar(name, card.family, one.difference, f"{one.only_a} gained, {one.only_b} lost")
        for (name, card), one in zip(pair.subjects.items(), compared, strict=True)
    ]
    return Forest(
        title=f"Accuracy by the label sets of {pair.on}, minus accuracy by single labels",
        x_title="difference in accuracy",
        bars=tuple(sorted(bars, key=lambda bar: -bar.estimate.value)),
        unit="points",
        caption=(
            f"{many(_n(pair), 'example')} with labels in both. Right of the line: more answers "
            "are right when any label of the set counts. Bars: 95 % intervals (Tango) of the "
            "paired difference."
        ),
        mark=0.0,
    )


def _caveats(pair: Relabelled) -> tuple[str, ...]:
    sizes = (pair.new >= 0).sum(axis=1)
    lines = [
        "Label sets forgive: an answer that is right by chance among several labels counts as "
        "right. Compare subjects by one variant, never across variants.",
        "The order of a label set seldom means anything; the first-label variant is shown because "
        "tools that keep one label per example report it.",
        "A store keeps no labels that reviewers were unclear about, so the variants that count "
        "those as right (as TensorFlow Datasets does) are not told apart here.",
    ]
    if (sizes == 0).any():
        lines.append(
            f"{many(int((sizes == 0).sum()), 'example')} without a right label "
            "are left out by every variant, as ReaL does; they may be the hard ones."
        )
    if (sizes <= 1).all():
        lines.append(f"No example of {pair.on} has more than one label: only corrections count.")
    return tuple(lines)


def _estimate(value: Value) -> Estimate:
    assert isinstance(value, Estimate)
    return value
