"""Similarity: do subjects err on the same examples, and how many subjects are they really?"""

from statistics import NormalDist

import numpy as np

from fieldmark.records import Column, Estimate, Finding, Histogram, Matrix, Table, Value
from fieldmark.statistics import similar_order
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import SHOWN_ITS_OWN, attack_caveats
from fieldmark.studies.answers.words import capital, direction, listing, many, percent, sentence
from fieldmark.studies.ranking.alike import Alike, alike

COLUMNS = (
    Column("first", "First", "One subject."),
    Column("second", "Second", "Another."),
    Column("kappa", "Error consistency", "Cohen's kappa of being right; 0 is chance."),
    Column("agreement", "Agreement", "Share of examples both right or both wrong."),
    Column("expected", "By chance", "The same, if errors of these accuracies were independent."),
    Column("same", "Same answer", "Share of examples with the same answer, right or wrong."),
)

_MOST_PAIRS = 2000
_BIN = 0.05


def similarity(store: Kept, *, on: str, level: float = 0.95, seed: int = 0) -> Finding:
    """How alike every two subjects answer, and what that does to multiple comparisons.

    Args:
        store: Where answers are kept.
        on: The condition.
        level: Confidence level in (0, 1), for a single pair.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: Fewer than two subjects have answered it.
        NotKeptError: The store is empty, or no example of the condition has a label.

    Source:
        Mania et al. 2019, arXiv:1905.12580; Geirhos, Meding & Wichmann 2020, arXiv:2006.16736.
    """
    cells = board(store)
    found = alike(cells, on, level=level, seed=seed)
    pairs = _in_order(found)
    return Finding(
        study="similarity",
        title=f"How alike do subjects answer on {on}?",
        statement=_statement(found, on, level),
        table=Table(COLUMNS, _rows(found, pairs, level)),
        figures=(_matrix(found, on), _histogram(found, on)),
        caveats=_caveats(found, cells, on, len(pairs)),
    )


def _in_order(found: Alike) -> np.ndarray:
    """Places in ``found.pairs``, most consistent first; the middle left out when there are many."""
    kappas = found.counts.kappa[found.pairs]
    order = np.argsort(-np.nan_to_num(kappas, nan=-2.0), kind="stable")
    if len(order) <= _MOST_PAIRS:
        return order
    return np.concatenate([order[: _MOST_PAIRS // 2], order[-_MOST_PAIRS // 2 :]])


def _rows(found: Alike, pairs: np.ndarray, level: float) -> tuple[tuple[Value, ...], ...]:
    observed = found.share(found.counts.observed, level=level)
    same = found.share(found.same, level=level)
    expected = found.counts.expected[found.pairs]
    rows, columns = found.pairs
    return tuple(
        (
            found.subjects[rows[pair]],
            found.subjects[columns[pair]],
            found.kappas[rows[pair]][columns[pair]],
            observed[pair],
            float(expected[pair]),
            same[pair],
        )
        for pair in pairs
    )


def _statement(found: Alike, on: str, level: float) -> str:
    several = len(found.subjects)
    observed, expected, same = (
        matrix[found.pairs].mean()
        for matrix in (found.counts.observed, found.counts.expected, found.same)
    )
    mean = "on average " if several > 2 else ""
    return sentence(
        f"On {on} ({many(found.counts.n, 'labelled example')}), two of "
        f"{several} subjects are {mean}both right or both wrong on {percent(observed)} of the "
        f"examples, where independent errors would make it {percent(expected)}; they give the "
        f"same answer on {percent(same)}.",
        _kappa_words(found),
        _number_words(found, level),
    )


def _kappa_words(found: Alike) -> str:
    estimates = _estimates(found)
    told = [one for one in estimates if one[2].defined]
    if not told:
        return "Error consistency is undefined: nobody is sometimes right and sometimes wrong."
    low, high = (choose(told, key=lambda one: one[2].value) for choose in (min, max))
    if len(told) == 1:
        return f"Error consistency (kappa) of {low[0]} and {low[1]} is {_number(low[2])}."
    mean = float(np.mean([one[2].value for one in told]))
    above = sum(direction(one[2]) > 0 for one in told)
    return (
        f"Error consistency (kappa) is {_plain(mean)} on average, from {_number(low[2])} "
        f"({low[0]} and {low[1]}) to {_number(high[2])} ({high[0]} and {high[1]}); "
        f"{many(above, 'pair')} of {len(told):,} {'is' if above == 1 else 'are'} above chance, "
        "one at a time."
    )


def _number_words(found: Alike, level: float) -> str:
    several, bands = len(found.subjects), found.bands
    if several == 2:
        return ""
    alone = _bonferroni(several, level)
    return (
        f"For intervals that hold for all {several} at once, subjects this alike count as "
        f"{bands.effective:.1f} unrelated ones: {bands.critical:.2f} standard errors on either "
        f"side are enough instead of {alone:.2f} (Bonferroni)."
    )


def _bonferroni(several: int, level: float) -> float:
    """The half width that Bonferroni asks for, in standard errors."""
    return NormalDist().inv_cdf(1 - (1 - level) / (2 * several))


def _estimates(found: Alike) -> list[tuple[str, str, Estimate]]:
    rows, columns = found.pairs
    return [
        (found.subjects[row], found.subjects[column], found.kappas[row][column])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def _number(estimate: Estimate) -> str:
    ends = f"[{_plain(estimate.low)}, {_plain(estimate.high)}]"
    return f"{_plain(estimate.value)} {ends}"


def _plain(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")


def _matrix(found: Alike, on: str) -> Matrix:
    kappas = found.counts.kappa
    order = similar_order(kappas).tolist()
    names = tuple(found.subjects[row] for row in order)
    shown = kappas[np.ix_(order, order)].copy()
    np.fill_diagonal(shown, np.nan)  # everybody agrees with themselves: no colour for that
    known = shown[~np.isnan(shown)]
    return Matrix(
        title=f"Error consistency on {on}",
        rows=names,
        columns=names,
        values=tuple(tuple(row) for row in shown.tolist()),
        unit="number",
        low=min(0.0, float(known.min())) if len(known) else 0.0,
        high=1.0,
        caption=(
            "Cohen's kappa of being right, for each two subjects: 1 where they err on the same "
            "examples, 0 where they meet as often as by chance. Those that are alike stand "
            "together. Blank: undefined, or a subject with itself."
        ),
    )


def _histogram(found: Alike, on: str) -> Histogram:
    known = found.counts.kappa[found.pairs]
    known = known[~np.isnan(known)]
    first = np.floor(min([-2 * _BIN, *known.tolist()]) / _BIN)
    edges = np.round(np.arange(first, round(1 / _BIN) + 1) * _BIN, 10)
    counts, _ = np.histogram(np.clip(known, edges[0], 1.0), edges)
    return Histogram(
        title=f"Error consistency of all pairs on {on}",
        x_title="error consistency (kappa)",
        edges=tuple(edges.tolist()),
        counts=(("pairs of subjects", tuple(counts.tolist())),),
        unit="number",
        caption=capital(f"{many(len(known), 'pair')}; the line marks chance: independent errors."),
        mark=0.0,
    )


def _caveats(found: Alike, cells: Board, on: str, shown: int) -> tuple[str, ...]:
    hits, n = found.counts.hits, found.counts.n
    constant = [name for name, right in zip(found.subjects, hits, strict=True) if right in (0, n)]
    pairs = len(found.pairs[0])
    lines = [
        "Kappa takes out the agreement that two accuracies bring about by themselves, yet its "
        "possible range still depends on them: two subjects of different accuracy cannot reach 1.",
        "Consistent errors may come from the examples (wrong labels, several objects) as well as "
        "from the subjects.",
        _cover_words(found),
    ]
    if constant:
        lines.append(f"Always right or always wrong: {listing(constant)}.")
    if shown < pairs:
        lines.append(
            f"The table shows the {shown // 2:,} most and {shown // 2:,} least consistent of "
            f"{pairs:,} pairs."
        )
    if found.missing:
        lines.append(f"Examples without a label are not counted: {found.missing:,}.")
    if cells.store.examples(on).groups:
        lines.append(
            "Examples come in groups (videos, writers) and were treated as independent: the "
            "intervals are too narrow."
        )
    if attacked := attack_caveats(cells, [on]):
        lines += [*attacked, SHOWN_ITS_OWN]
    return tuple(lines)


def _cover_words(found: Alike) -> str:
    union, deviation = 100 * found.cover.union, 100 * found.cover.deviation
    opening = (
        "Without the normal approximation, and without similarity, no accuracy of subjects fixed "
        f"beforehand is off by more than {union:.2f} points (Hoeffding and a union bound)"
    )
    if found.cover.gain > 1:
        centres = many(len(found.cover.centres), "centre")
        return f"{opening}; a cover by {centres} makes that {deviation:.2f} points."
    return f"{opening}; a cover by similar subjects proves no more here."
