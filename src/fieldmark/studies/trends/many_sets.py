"""Accuracies on many test sets at once, from a store or from a published table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fieldmark.records import ConfigError, Estimate, ModelCard, NotKeptError, Scores
from fieldmark.studies.answers.board import Board, chosen
from fieldmark.studies.answers.words import listing
from fieldmark.studies.trends.pairs import fewest, published_column, published_estimates


@dataclass(frozen=True)
class Many:
    """Accuracies of standard subjects on a reference and on several other test sets.

    ``aside`` names those that have all accuracies and are no standard subjects, ``lacking`` those
    that have not.
    """

    reference: str
    conditions: tuple[str, ...]
    subjects: tuple[str, ...]
    families: tuple[str, ...]
    first: tuple[Estimate, ...]
    others: Float64[np.ndarray, "s c"]
    counted: tuple[int, tuple[int, ...]]
    aside: tuple[str, ...]
    lacking: tuple[str, ...]


def many_of_store(cells: Board, reference: str | None, on: Sequence[str] | None) -> Many:
    """The accuracies of a store's standard subjects.

    Args:
        cells: The store's cells.
        reference: The test set that predicts; None takes the one that most others name as theirs.
        on: The test sets that are predicted; None takes every other test set and natural shift.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: There is no other test set, or nobody has answers to one.
        ConfigError: The reference is among those that are predicted.
    """
    plain = (*cells.of_kind("test"), *cells.of_kind("natural shift"))
    if not plain:
        raise NotKeptError("nobody has answered an unchanged test set in this store")
    there = cells.condition(reference) if reference else _most_named(cells, plain)
    if on is None:
        names = tuple(name for name in plain if name != there)
    else:
        names = chosen("condition", on, cells.conditions)
    if not names:
        raise NotKeptError(f"this store holds no test set but {there}: run another one too")
    names = _others(names, there)
    answered = [cells.answered(name) for name in (there, *names)]
    empty = [name for name, one in zip((there, *names), answered, strict=True) if not one.ids]
    if empty:
        raise NotKeptError(f"{listing(empty)}: no labelled examples with answers, so no accuracy")
    complete = [name for name in cells.subjects if all(name in one.subjects for one in answered)]
    subjects = tuple(name for name in complete if _standard(cells.subjects[name]))
    shares = np.array(
        [[one.accuracy(name).value for one in answered[1:]] for name in subjects], np.float64
    ).reshape(len(subjects), len(names))
    return Many(
        reference=there,
        conditions=names,
        subjects=subjects,
        families=tuple(cells.subjects[name].family for name in subjects),
        first=tuple(answered[0].accuracy(name) for name in subjects),
        others=shares,
        counted=(len(answered[0].ids), tuple(len(one.ids) for one in answered[1:])),
        aside=tuple(name for name in complete if name not in subjects),
        lacking=tuple(name for name in cells.subjects if name not in complete),
    )


def many_of_scores(scores: Scores, reference: str, on: Sequence[str]) -> Many:
    """The accuracies of a published table's standard subjects.

    Raises:
        UnknownNameError: The table has no such condition.
        ConfigError: The reference is among those that are predicted, or nothing is.
    """
    names = _others(tuple(on), reference)
    columns = [published_column(scores, name) for name in (reference, *names)]
    whole = np.stack(columns, axis=1)
    there = ~np.isnan(whole).any(axis=1)
    standard = np.array(scores.standard or (True,) * len(there), np.bool_)
    kept = there & standard
    rows = np.flatnonzero(kept).tolist()
    families = scores.families or ("",) * len(there)
    sizes = [fewest(scores.sizes(name)[kept]) for name in (reference, *names)]
    return Many(
        reference=reference,
        conditions=names,
        subjects=tuple(scores.subjects[row] for row in rows),
        families=tuple(families[row] for row in rows),
        first=published_estimates(whole[kept, 0], scores.sizes(reference)[kept]),
        others=whole[kept, 1:],
        counted=(sizes[0], tuple(sizes[1:])),
        aside=_named(scores.subjects, there & ~standard),
        lacking=_named(scores.subjects, ~there),
    )


def _standard(card: ModelCard) -> bool:
    return not card.intervention and not card.is_person


def _named(names: Sequence[str], mask: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, there in zip(names, mask.tolist(), strict=True) if there)


def _most_named(cells: Board, plain: Sequence[str]) -> str:
    """The test set that most others are shifts of; the first when none is."""
    named = [cells.conditions[name].examples.card.reference for name in plain]
    return max(plain, key=lambda name: (named.count(name), -plain.index(name)))


def _others(names: tuple[str, ...], reference: str) -> tuple[str, ...]:
    if reference in names:
        raise ConfigError(f"{reference} cannot predict itself: leave it out of --on")
    if not names:
        raise ConfigError("name at least one other test set with --on")
    return tuple(dict.fromkeys(names))
