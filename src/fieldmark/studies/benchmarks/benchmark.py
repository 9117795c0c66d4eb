"""A benchmark's card: does it tell models apart, is there room left, and is it worth its cost?"""

from math import nan

import numpy as np

from fieldmark.records import (
    Column,
    ConfigError,
    Estimate,
    Finding,
    Histogram,
    Table,
    Value,
    generator,
    seed_of,
    undefined,
)
from fieldmark.statistics import (
    clopper_pearson,
    discrimination,
    rank_correlation,
    reliability,
    saturation,
)
from fieldmark.studies.answers.board import Answered, Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.labels import first_labels
from fieldmark.studies.answers.words import accuracy_of, many, percent, sentence

COLUMNS = (
    Column("quality", "Quality", "What a good benchmark has."),
    Column("value", "Value", "How much of it this one has."),
    Column("unit", "Unit", "share, number, correlation or seconds."),
    Column("meaning", "Meaning", "What was counted."),
)

Row = tuple[Value, ...]


def benchmark_card(
    store: Kept, *, on: str, reference: str = "", labels: str = "", seed: int = 0
) -> Finding:
    """How good a benchmark a condition is, for the subjects that answered it.

    Args:
        store: Where answers are kept.
        on: The condition to be judged as a benchmark.
        reference: Another benchmark: does this one say anything new beside it?
        labels: A condition that shows the same examples with corrected labels: what ceiling do
            the labels set?
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: Fewer than two subjects answered, or the labels are of other examples.
        NotKeptError: The store is empty.
    """
    cells = board(store)
    answered = cells.answered(cells.condition(on))
    if len(answered.subjects) < 2 or not answered.ids:
        raise ConfigError(
            f"{on} can be judged as a benchmark once two subjects have answered labelled examples; "
            f"{many(len(answered.subjects), 'subject')} answered "
            f"{many(len(answered.ids), 'labelled example')}"
        )
    best = max(answered.subjects, key=lambda name: (answered.accuracy(name).value, name))
    filled = saturation(answered.correct)
    pairs = discrimination(answered.correct)
    repeat = reliability(answered.correct, rng=generator(seed_of(seed, "benchmark-card", on)))
    rows: list[Row] = [
        ("size", len(answered.ids), "number", "labelled examples"),
        ("highest accuracy", answered.accuracy(best), "share", f"of {best}"),
        ("headroom", _headroom(answered, best), "share", f"examples that {best} has wrong"),
        ("everybody right", filled.everybody, "share", "examples that tell nobody apart"),
        ("nobody right", filled.nobody, "share", "examples too hard, or labelled wrongly"),
        ("telling", filled.telling, "share", "examples that some have right and some wrong"),
        ("discrimination", pairs.told, "share", "pairs of subjects that differ (McNemar, Holm)"),
        ("reliability", repeat, "correlation", "of the scores with those on as large a fresh set"),
    ]
    rows += _ceiling(cells, on, labels) if labels else []
    rows += _redundancy(cells, answered, on, reference) if reference else []
    rows += _cost(cells, on, len(answered.ids) + answered.missing)
    return Finding(
        study="benchmark-card",
        title=f"{on} as a benchmark",
        statement=_statement(on, answered, best, {str(row[0]): row[1] for row in rows}, reference),
        table=Table(COLUMNS, tuple(rows)),
        figures=(_spectrum(on, answered),),
        caveats=(
            "A card is of the test set together with these subjects: others, better or more alike, "
            "would fill it or tell it apart differently.",
            "None of this says that the benchmark measures what it is meant to.",
            "Pairs that are not told apart may still differ by less than this many examples show.",
        ),
    )


def _headroom(answered: Answered, best: str) -> Estimate:
    right = answered.correct[answered.subjects.index(best)]
    return clopper_pearson(int((~right).sum()), len(right), missing=answered.missing)


def _ceiling(cells: Board, on: str, labels: str) -> list[Row]:
    """How many of the labels survived a second look."""
    old = cells.store.examples(on)
    new = cells.store.examples(cells.condition(labels))
    if set(old.ids) != set(new.ids) or old.classes.names != new.classes.names:
        raise ConfigError(f"{labels} does not show the same examples in the same classes as {on}")
    row_of = {one: row for row, one in enumerate(new.ids)}
    sets = new.labels[[row_of[one] for one in old.ids]]
    first = first_labels(old.labels)
    known = (first >= 0) & (sets >= 0).any(axis=1)
    right = (first[:, None] == sets).any(axis=1)
    hits, n = int((right & known).sum()), int(known.sum())
    kept = clopper_pearson(hits, n, missing=len(known) - n)
    return [("label ceiling", kept, "share", f"labels that are among those of {labels}")]


def _redundancy(cells: Board, answered: Answered, on: str, reference: str) -> list[Row]:
    """What a second benchmark knows already."""
    other = cells.answered(cells.condition(reference))
    both = [name for name in answered.subjects if name in other.subjects]
    here = np.array([answered.accuracy(name).value for name in both])
    there = np.array([other.accuracy(name).value for name in both])
    meaning = f"of the ranks here and on {reference}"
    return [
        ("redundancy", rank_correlation(here, there, kind="Spearman"), "correlation", meaning),
        _turned(answered, other, both, reference),
    ]


def _turned(answered: Answered, other: Answered, both: list[str], reference: str) -> Row:
    """Pairs that each benchmark tells apart, and in opposite order."""
    verdicts = []
    for one in (answered, other):
        correct = one.correct[[one.subjects.index(name) for name in both]]
        pairs = discrimination(correct)
        gain = correct.sum(axis=1)
        sign = np.sign(gain[pairs.first] - gain[pairs.second])
        verdicts.append(np.where(pairs.adjusted <= 0.05, sign, 0))
    told = (verdicts[0] != 0) & (verdicts[1] != 0)
    method = "pairs told apart by both"
    n = int(told.sum())
    turned = int((told & (verdicts[0] != verdicts[1])).sum())
    share = Estimate(turned / n, nan, nan, n=n, method=method) if n else undefined(method)
    return ("contradiction", share, "share", f"pairs that {reference} orders the other way")


def _cost(cells: Board, on: str, n: int) -> list[Row]:
    """Seconds of work per thousand examples, of the middle subject; nothing where nobody timed."""
    seconds = [
        header.times.seconds
        for cell, header in cells.headers.items()
        if cell.condition == on and header.status == "done" and header.times.seconds > 0
    ]
    if not seconds:
        return []
    each = np.array(seconds) / n * 1000
    middle = Estimate(
        float(np.median(each)), float(each.min()), float(each.max()), len(each), "median and range"
    )
    return [("cost", middle, "seconds", "per 1,000 examples, of the middle subject")]


def _statement(
    on: str, answered: Answered, best: str, values: dict[str, Value], reference: str
) -> str:
    told, telling = values["discrimination"], values["telling"]
    assert isinstance(told, Estimate)
    assert isinstance(telling, Estimate)
    pairs = round(told.value * told.n)
    return sentence(
        f"{on} has {many(len(answered.ids), 'labelled example')}; "
        f"{many(len(answered.subjects), 'subject')} answered, of whom {best} is highest with "
        f"{accuracy_of(answered.accuracy(best))}.",
        f"It tells {pairs or 'none'} of {told.n:,} {'pair' if told.n == 1 else 'pairs'} of "
        "subjects apart; "
        f"{percent(telling.value)} of its examples do the telling.",
        _label_words(values.get("label ceiling")),
        _reference_words(values, reference),
    )


def _label_words(ceiling: Value) -> str:
    if not isinstance(ceiling, Estimate) or not ceiling.defined:
        return ""
    return f"Its labels allow {accuracy_of(ceiling)} at most."


def _reference_words(values: dict[str, Value], reference: str) -> str:
    found = values.get("redundancy")
    if not isinstance(found, Estimate):
        return ""
    if not found.defined:
        return f"Whether it says anything that {reference} does not cannot be told from so few."
    ends = "" if np.isnan(found.low) else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"Its ranks correlate {found.value:.2f}{ends} with those on {reference}."


def _spectrum(on: str, answered: Answered) -> Histogram:
    """How many examples are right for how many subjects."""
    shares = answered.correct.mean(axis=0)
    bins = min(len(answered.subjects) + 1, 21)
    edges = np.linspace(-0.5 / (bins - 1), 1 + 0.5 / (bins - 1), bins + 1)
    counts = np.histogram(shares, edges)[0]
    return Histogram(
        title=f"Who has which examples of {on} right",
        x_title="share of subjects that have an example right",
        edges=tuple(float(edge) for edge in edges),
        counts=(("examples", tuple(int(count) for count in counts)),),
        unit="share",
        caption=(
            "At the right stand examples that everybody has right and at the left those that "
            "nobody has: neither tells models apart. A benchmark that is filling "
            "up leans to the right."
        ),
    )
