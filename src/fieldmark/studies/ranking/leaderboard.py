"""An honest leaderboard: who is first, who shares the place, and which ranks are only chance."""

from collections.abc import Sequence

import numpy as np

from fieldmark.records import Bar, Column, Estimate, Finding, Forest, Table, Value
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import SHOWN_ITS_OWN, attack_caveats
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, percent, sentence
from fieldmark.studies.ranking.ranked import Ranked, ranked

COLUMNS = (
    Column("place", "Place", "1 + how many subjects have been shown to be better."),
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("accuracy", "Accuracy", "With a band that holds for all subjects at once."),
    Column("rank", "Rank", "By accuracy; its scatter when the examples are drawn anew."),
    Column("best", "Chance of being best", "Share of such draws in which it is first."),
    Column("places", "Places it may take", "All true ranks at once lie within these."),
    Column("tied", "Tied with", "How many others it cannot be told apart from."),
    Column("behind", "Against the leader", "Accuracy minus that of the highest, paired."),
    Column("p", "p (Holm)", "Exact McNemar test against the highest, adjusted."),
)

FIRST, BEHIND = "shares the first place", "has been shown to be behind somebody"


def leaderboard(
    store: Kept, *, on: str, draws: int = 1000, level: float = 0.95, seed: int = 0
) -> Finding:
    """Accuracies, rank intervals and tie groups of all subjects on one condition.

    Args:
        store: Where answers are kept.
        on: The condition.
        draws: Bootstrap draws of the ranks.
        level: Confidence level in (0, 1), for all subjects at once where it says so.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: Fewer than two subjects have answered it.
        NotKeptError: The store is empty, or no example of the condition has a label.

    Source:
        Bands: Hothorn, Bretz & Westfall 2008; ranks: Goldstein & Spiegelhalter 1996; places:
        Mogstad, Romano, Shaikh & Wilhelm 2024. See ``statistics`` for what is ours.
    """
    cells = board(store)
    found = ranked(cells, on, draws=draws, level=level, seed=seed)
    return Finding(
        study="leaderboard",
        title=f"Who is best on {on}?",
        statement=_statement(found, on, level),
        table=Table(COLUMNS, tuple(_row(found, cells, row) for row in range(len(found.subjects)))),
        figures=(_accuracies(found, on, level), _ranks(found, on, level)),
        caveats=_caveats(found, cells, on, level),
    )


def _row(found: Ranked, cells: Board, row: int) -> tuple[Value, ...]:
    leader = row == 0
    return (
        found.places[row],
        found.subjects[row],
        cells.subjects[found.subjects[row]].family,
        found.bands.accuracies[row],
        found.ranks.ranks[row],
        float(found.ranks.best[row]),
        found.groups.places[row],
        len(found.groups.tied_with(row)) - 1,
        None if leader else found.behind[row],
        None if leader else float(found.p_leader[row]),
    )


def _statement(found: Ranked, on: str, level: float) -> str:
    top = found.counts.hits[0]
    leaders = [
        name for name, hits in zip(found.subjects, found.counts.hits, strict=True) if hits == top
    ]
    accuracy = accuracy_of(found.bands.accuracies[0])
    opening = (
        f"On {on} ({many(found.n, 'labelled example')}, {many(len(found.subjects), 'subject')}) "
        f"{listing(leaders)} {'has' if len(leaders) == 1 else 'have'} the highest accuracy, "
        f"{accuracy}."
    )
    return sentence(opening, _first_words(found), _chance_words(found), _place_words(found, level))


def _first_words(found: Ranked) -> str:
    first = found.first
    if len(first) == 1:
        return (
            f"{first[0]} is first alone: each other subject has been shown to be behind somebody."
        )
    if len(first) == len(found.subjects):
        return (
            f"{'Both' if len(first) == 2 else f'All {len(first)}'} share the first place: nobody "
            "has been shown to be better than anybody else."
        )
    return (
        f"{capital(_spelt(len(first)))} subjects share the first place: {listing(first, 12)}. "
        "Nobody has been shown to be better than any of them."
    )


def _chance_words(found: Ranked) -> str:
    if np.isnan(found.ranks.best).any():
        return "From one example nothing can be said of chances."
    chances = dict(zip(found.subjects, found.ranks.best.tolist(), strict=True))
    told = [
        f"{name} {percent(chance)}"
        for name, chance in sorted(chances.items(), key=lambda pair: -pair[1])
        if chance >= 0.005
    ]
    return (
        "Were the examples drawn anew, the chances of the highest accuracy would be "
        f"{listing(told, 8)}."
    )


def _place_words(found: Ranked, level: float) -> str:
    places = sorted(set(found.places))
    s, pairs = len(found.subjects), found.groups.comparisons
    told = int(found.groups.better.sum())
    later = int(sum(p <= 1 - level for p in found.p_leader.tolist()))
    if s == 2:
        verb = "can" if told else "cannot"
        return f"The two {verb} be told apart with {100 * level:g} % confidence."
    return (
        f"{capital(many(told, 'pair'))} of {pairs:,} can be told apart with "
        f"{100 * level:g} % confidence for all at once, which leaves the {s} subjects "
        f"{many(len(places), 'place')}. Against {found.subjects[0]} alone, "
        f"{later or 'none'} of the other {s - 1} {'is' if later < 2 else 'are'} less accurate "
        f"(exact McNemar tests, Holm)."
    )


def _spelt(number: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return words[number] if number < len(words) else f"{number:,}"


def _accuracies(found: Ranked, on: str, level: float) -> Forest:
    return Forest(
        title=f"Accuracy on {on}",
        x_title="accuracy",
        bars=tuple(_bar(found, row, found.bands.accuracies) for row in range(len(found.subjects))),
        unit="share",
        caption=(
            f"Most accurate first. Each band is an exact interval at {100 * found.bands.each:.4g} "
            f"%, wide enough for all {len(found.subjects)} to hold at once with {100 * level:g} % "
            "confidence. Bands may overlap and the paired comparison still tell two subjects apart."
        ),
    )


def _ranks(found: Ranked, on: str, level: float) -> Forest:
    return Forest(
        title=f"Rank on {on}",
        x_title="rank (1 is best)",
        bars=tuple(_bar(found, row, found.ranks.ranks) for row in range(len(found.subjects))),
        unit="rank",
        caption=(
            f"The dot is the rank by accuracy, the line holds {100 * level:g} % of the ranks in "
            f"{found.ranks.draws:,} resamples of the examples, the same for all subjects. Ties "
            "begin at the best and end at the worst rank that they allow."
        ),
    )


def _bar(found: Ranked, row: int, estimates: Sequence[Estimate]) -> Bar:
    name, place = found.subjects[row], found.groups.places[row]
    low, high = int(place.low), int(place.high)
    where = f"place {low}" if low == high else f"places {low} to {high} cannot be ruled out"
    chance = percent(float(found.ranks.best[row]))
    return Bar(
        name=name,
        group=FIRST if name in found.first else BEHIND,
        estimate=estimates[row],
        note=f"{where}; chance of being best {chance}",
    )


def _caveats(found: Ranked, cells: Board, on: str, level: float) -> tuple[str, ...]:
    lines = [
        "A shared place is not equality: with more examples those that share it may be told "
        "apart. Being tied is not handed on: a may be tied with b and b with c while a is shown "
        "to be better than c.",
        "The leader was picked for its accuracy, so tests against it alone flatter it a little, "
        "and its accuracy is a little too high; the places, from all pairs, are free of that.",
        "Rank intervals hold one subject at a time; they say how ranks scatter over test sets of "
        "this size, not what has been shown.",
        f"The {found.groups.comparisons:,} comparisons are corrected for as what they are, "
        "correlated: the threshold for a single p-value is "
        f"{found.groups.threshold:.2g} instead of {(1 - level) / found.groups.comparisons:.2g}.",
    ]
    alike = copies(found)
    if alike:
        lines.append(
            f"Right on exactly the same examples, and perhaps one model under two names: {alike}."
        )
    if found.missing:
        lines.append(f"Examples without a label are not counted: {found.missing:,}.")
    if cells.store.examples(on).groups:
        lines.append(
            "Examples come in groups (videos, writers) and were treated as independent: bands are "
            "too narrow and places too many."
        )
    if attacked := attack_caveats(cells, [on]):
        lines += [*attacked, SHOWN_ITS_OWN]
    return tuple(lines)


def copies(found: Ranked) -> str:
    """Subjects that are right on exactly the same examples as another, in words; or ""."""
    only = found.counts.only_first
    differ = only + only.T
    pairs = [
        f"{found.subjects[i]} and {found.subjects[j]}"
        for i in range(len(differ))
        for j in range(i + 1, len(differ))
        if differ[i, j] == 0
    ]
    return listing(pairs, 4)
