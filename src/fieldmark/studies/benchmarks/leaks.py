"""Leaks: how much of a test set is in another set too, from what a search for duplicates found."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fieldmark.records import Column, Estimate, Finding, Table, Value
from fieldmark.statistics import clopper_pearson
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, sentence

if TYPE_CHECKING:  # readers of pictures need not be there to study a store
    from fieldmark.datasets import Duplicates, Pair

COLUMNS = (
    Column("second", "Looked for", "An example of the set that was looked for."),
    Column("first", "Found", "The example of the searched set that it looks like."),
    Column("verdict", "Verdict", "exact, near or similar; or what people said of the pair."),
    Column("apart", "Apart", "0 for the same structure; at most 0.15 is near, 0.3 similar."),
    Column("l2", "l2", "Root mean square difference of the thumbnails, in grey levels."),
    Column("colour", "Colour", "The same of the mean colours of 4 × 4 fields."),
    Column("view", "View", "How they were laid upon each other."),
    Column("labels", "Labels", "Of the one looked for, and of the one found, where they differ."),
)
SAME, DIFFERENT = "same picture", "different"
VERDICTS = (SAME, "same scene", DIFFERENT)
"""What people can say of a pair; all but the last are leaks."""


def leaks(found: "Duplicates", reviewed: Mapping[str, str] | None = None) -> Finding:
    """How much of the second set is in the first one too.

    Args:
        found: What a search found.
        reviewed: What people said of pairs, by ``pair_key``, each one of ``VERDICTS``; their word
            counts instead of the search's own.
    """
    said = reviewed or {}
    told = {one: said.get(pair_key(found, one), one.verdict) for one in found.pairs}
    return Finding(
        study="duplicates",
        title=f"Copies within {found.first.card.name}"
        if found.within
        else f"How much of {found.second.card.name} is in {found.first.card.name} too?",
        statement=_statement(found, told, said),
        table=Table(COLUMNS, tuple(_row(found, one, verdict) for one, verdict in told.items())),
        caveats=_caveats(found, said),
    )


def leak_rate(
    found: "Duplicates", told: "Mapping[Pair, str]", *, similar: bool = False
) -> Estimate:
    """The share of the second set that is in the first one, counted example by example.

    Args:
        found: What a search found.
        told: A verdict for every pair.
        similar: Do pairs count that only look alike?
    """
    counted = {"exact", "near", *VERDICTS} - {DIFFERENT} | ({"similar"} if similar else set())
    hit = {one.second for one, verdict in told.items() if verdict in counted}
    return clopper_pearson(len(hit), len(found.second))


def pair_key(found: "Duplicates", one: "Pair") -> str:
    """The name of a pair in a file of what people said: both ids, the one looked for first."""
    return f"{found.second.ids[one.second]} | {found.first.ids[one.first]}"


def _statement(found: "Duplicates", told: "Mapping[Pair, str]", said: Mapping[str, str]) -> str:
    n, first = len(found.second), found.first.card.name
    where = "elsewhere in it" if found.within else f"in {first}"
    exact, near = len(found.found("exact")), set(found.found("exact", "near"))
    more, alike = len(near) - exact, len(set(found.found("similar")) - near)
    rate = leak_rate(found, told)
    counts = Counter(told.values())
    review = [f"{counts[one]} {one}" for one in VERDICTS if counts[one]]
    opening = (
        f"Of {many(n, 'picture')} of {found.second.card.name}, {exact:,} {_are(exact)} {where} to "
        f"the grey level, {more:,} more {_are(more)} nearly so, and {alike:,} "
        f"{'has' if alike == 1 else 'have'} a picture there that looks alike: have a look."
    )
    told_rate = f"That is {accuracy_of(rate)} in both"
    if alike and not said:
        upper = leak_rate(found, told, similar=True)
        told_rate += f"; were every similar pair a copy too, {accuracy_of(upper)}"
    return sentence(
        opening,
        f"People looked at {many(len(said), 'pair')} ({listing(review)})." if review else "",
        f"{told_rate}.",
        _views(found),
        _label_words(found, told),
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _views(found: "Duplicates") -> str:
    counts = Counter(one.view for one in found.pairs if one.verdict == "near")
    if not counts:
        return ""
    told = [f"{count:,} {view}" for view, count in counts.most_common()]
    return f"Near ones by view: {listing(told, len(told))}."


def _label_words(found: "Duplicates", told: "Mapping[Pair, str]") -> str:
    sure = [one for one, verdict in told.items() if verdict in ("exact", "near", SAME)]
    differ = [one for one in sure if _labels(found, one)]
    if not differ:
        return ""
    return capital(
        f"{len(differ):,} of these {len(sure):,} pairs {_are(len(differ))} labelled differently: "
        "one of the two labels is wrong, or both are right."
    )


def _labels(found: "Duplicates", one: "Pair") -> str:
    ours, theirs = (
        {examples.classes.names[label] for label in examples.labels[row] if label >= 0}
        for examples, row in ((found.second, one.second), (found.first, one.first))
    )
    if not ours or not theirs or ours & theirs:
        return ""
    return f"{', '.join(sorted(ours))} / {', '.join(sorted(theirs))}"


def _row(found: "Duplicates", one: "Pair", verdict: str) -> tuple[Value, ...]:
    return (
        found.second.ids[one.second],
        found.first.ids[one.first],
        verdict,
        round(one.apart, 4),
        round(one.l2, 2),
        round(one.colour, 2),
        one.view,
        _labels(found, one),
    )


def _caveats(found: "Duplicates", said: Mapping[str, str]) -> tuple[str, ...]:
    names = set(found.first.classes.names).isdisjoint(found.second.classes.names)
    lines = [
        "Not looked for: crops beside the middle or below 90 %, turned or shifted pictures, parts "
        "of collages, other photographs of the same thing. What is found of each kind of copy is "
        "measured in docs/your-own-test-set.md.",
        f"Each picture had {many(found.neighbours, 'candidate')} in each of six views, compared at "
        f"{found.side}×{found.side} grey levels; of a picture with more copies than that, some are "
        "missed.",
        "The interval is for pictures drawn as these were, and counts what was found: what a "
        "search misses is not in it.",
    ]
    if any(one.reframe is None for one in (found.first, found.second)):
        lines.append("Sets of one frame were compared as they are framed, cropped or not.")
    if names:
        lines.append("The two sets have no class name in common, so all labels differ.")
    if not said and any(one.verdict == "similar" for one in found.pairs):
        lines.append("Similar pairs are not counted before somebody has looked: --sheet FILE.html.")
    return tuple(lines)
