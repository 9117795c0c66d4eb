"""The bias of a filter: what others lose on what one got wrong, and what having a vote costs."""

from collections.abc import Sequence
from math import nan

import numpy as np
from jaxtyping import Float64

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Table,
    Value,
    generator,
    seed_of,
    undefined,
)
from fieldmark.statistics import Filtered, filtered_accuracy, wrong_for
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, percent, points, sentence
from fieldmark.studies.benchmarks.filtering import Asked, Rule, asked, at_least, halves

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("whole", "Accuracy", "On all labelled examples."),
    Column("kept", "On what is kept", "On those that the filter keeps; empty for who decides."),
    Column("expected", "If errors were independent", "Its accuracy on the same mix of classes."),
    Column("shared", "Lost by erring alike", "On what is kept, minus what independence gives."),
    Column(
        "vote",
        "Cost of having a vote",
        "On what its own half keeps, minus the other half's; median of splits.",
    ),
)
_FEWEST = 4
_SPLITS = "range of the middle 95 % of splits"


def filtering(
    store: Kept,
    *,
    on: str,
    wrong_for: Sequence[str],
    rule: Rule = "all",
    draws: int = 40,
    seed: int = 0,
) -> Finding:
    """How much a filter that keeps what some subjects get wrong flatters and wrongs the others.

    Nothing is asked anew: it is all in the answers to the unfiltered examples.

    Args:
        store: Where answers are kept.
        on: A condition, unfiltered.
        wrong_for: The subjects whose errors decide which examples are kept.
        rule: Must all of them be wrong, most, or any?
        draws: How many times all subjects are dealt into two halves, of which one filters (most of
            it wrong) and the other is tested.
        seed: Where that chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or subject.
        NotKeptError: Nobody answered it, or one who decides did not.
        ConfigError: Nobody decides, or an unknown rule, or no draw.
    """
    if not wrong_for or draws < 1 or rule not in ("all", "most", "any"):
        raise ConfigError("name who is to be wrong, a rule (all, most, any), and a draw or more")
    cells = board(store)
    found = asked(cells, on)
    deciders = tuple(dict.fromkeys(cells.subject(name) for name in wrong_for))
    kept = _kept(found, deciders, rule)
    votes = _votes(found, draws, seed)
    each = {
        name: filtered_accuracy(found.correct[row], kept, found.classes)
        for row, name in enumerate(found.subjects)
    }
    return Finding(
        study="filtering",
        title=f"What is left of {on} when {listing(list(deciders))} "
        f"{'is' if len(deciders) == 1 else 'are'} wrong",
        statement=_statement(found, deciders, kept, each, votes),
        table=Table(COLUMNS, _rows(cells, found, deciders, each, votes)),
        figures=_figures(found, deciders, cells, each),
        caveats=_caveats(found, deciders),
    )


def _kept(found: Asked, deciders: Sequence[str], rule: Rule) -> np.ndarray:
    lost = [name for name in deciders if name not in found.subjects]
    if lost:
        raise NotKeptError(f"there are no answers of {lost[0]} to {found.condition} to go by")
    rows = [found.subjects.index(name) for name in deciders]
    need = at_least(rule, len(deciders))
    return wrong_for(found.correct[rows], found.labelled, at_least=need)


def _votes(found: Asked, draws: int, seed: int) -> Float64[np.ndarray, "d s"]:
    """What each subject is less right on its own half's selection than on the other's."""
    s = len(found.subjects)
    costs = np.full((draws, s), nan)
    if s < _FEWEST:
        return costs
    for draw in range(draws):
        rng = generator(seed_of(seed, "filtering", found.condition, str(draw)))
        sides = halves(found.subjects, rng)
        shares = [_share(found, side) for side in sides]
        for here, there in ((0, 1), (1, 0)):
            own = sides[here]
            costs[draw, own] = shares[here][own] - shares[there][own]
    return costs


def _share(found: Asked, filters: Sequence[int]) -> Float64[np.ndarray, " s"]:
    """Everybody's accuracy on what most of some subjects get wrong; NaN where nothing is."""
    kept = wrong_for(
        found.correct[list(filters)], found.labelled, at_least=at_least("most", len(filters))
    )
    if not kept.any():
        return np.full(len(found.subjects), nan)
    return np.asarray(found.correct[:, kept].mean(axis=1), np.float64)


def _rows(
    cells: Board,
    found: Asked,
    deciders: Sequence[str],
    each: dict[str, Filtered],
    votes: Float64[np.ndarray, "d s"],
) -> tuple[tuple[Value, ...], ...]:
    order = sorted(
        found.subjects,
        key=lambda name: (name in deciders, -np.nan_to_num(each[name].kept.value, nan=-1), name),
    )
    rows: list[tuple[Value, ...]] = []
    for name in order:
        one, decides = each[name], name in deciders
        rows.append(
            (
                name,
                cells.subjects[name].family,
                one.whole,
                None if decides else one.kept,
                None if decides else one.expected,
                None if decides else one.shared,
                _vote(votes[:, found.subjects.index(name)]),
            )
        )
    return tuple(rows)


def _vote(costs: Float64[np.ndarray, " d"]) -> Estimate:
    there = costs[~np.isnan(costs)]
    if len(there) < 2 or np.ptp(there) == 0:
        return undefined(_SPLITS, n=len(there))
    low, middle, high = map(float, np.percentile(there, [2.5, 50, 97.5]))
    if low == high:
        return undefined(_SPLITS, n=len(there))
    return Estimate(middle, low, high, n=len(there), method=_SPLITS)


def _statement(
    found: Asked,
    deciders: Sequence[str],
    kept: np.ndarray,
    each: dict[str, Filtered],
    votes: Float64[np.ndarray, "d s"],
) -> str:
    n, whole = int(kept.sum()), int(found.labelled.sum())
    who = listing(list(deciders))
    opening = (
        f"{who} {'is' if len(deciders) == 1 else 'are'} wrong on {n:,} of "
        f"{many(whole, 'labelled example')} of {found.condition}."
    )
    others = [name for name in found.subjects if name not in deciders]
    if not n or not others:
        return sentence(opening, "So there is nothing that others could be tested on.")
    lost = {name: each[name].shared for name in others}
    most = min(lost, key=lambda name: lost[name].value)
    least = max(lost, key=lambda name: lost[name].value)
    words = [
        f"There {most} is right on {accuracy_of(each[most].kept)}, where errors independent of "
        f"{who} would give {percent(each[most].expected.value)}: {points(lost[most])}."
    ]
    if least != most:
        words.append(f"{least} suffers least: {points(lost[least])}.")
    if not np.isnan(votes).all():
        mean = float(np.nanmean(votes))
        words.append(
            "When half of the subjects filter and all are tested, having had a vote changes an "
            f"accuracy by {f'{100 * mean:+.1f}'.replace('-', '−')} points on average."
        )
    return sentence(opening, *words)


def _figures(
    found: Asked, deciders: Sequence[str], cells: Board, each: dict[str, Filtered]
) -> tuple[Forest, ...]:
    others = [name for name in found.subjects if name not in deciders]
    bars = tuple(
        Bar(name, cells.subjects[name].family, each[name].shared)
        for name in sorted(others, key=lambda name: -np.nan_to_num(each[name].shared.value))
    )
    if not bars:
        return ()
    return (
        Forest(
            title=f"Lost by erring as {listing(list(deciders))} does on {found.condition}",
            x_title="accuracy on what is kept, minus what independent errors would give, in points",
            bars=bars,
            unit="points",
            caption="At 0, somebody is as right on what is kept as on any examples of these "
            "classes. To the left lies what is shared with who decided. 95 % intervals.",
            mark=0.0,
        ),
    )


def _caveats(found: Asked, deciders: Sequence[str]) -> tuple[str, ...]:
    lines = [
        f"{listing(list(deciders))} cannot be ranked on what is kept: its accuracy there was "
        "decided before anybody looked.",
        "What is lost by erring alike is partly honest difficulty (bad labels, pictures that "
        "nobody can name) and partly kinship with who decided; no number here tells them apart.",
        "To compare subjects on filtered examples, let models filter that are in no ranking.",
    ]
    if len(found.subjects) < _FEWEST:
        lines.append(f"Fewer than {_FEWEST} subjects: no halves, so no cost of having a vote.")
    return tuple(lines)
