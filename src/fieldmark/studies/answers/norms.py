"""Smallest norms from kept cells: how far each example had to be moved until a subject erred."""

from collections.abc import Sequence
from math import inf

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import ANY, Cell, ConditionRecord, NotKeptError
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.words import listing

DISTANCE, RADIUS = "distance", "radius"


def searches_norms(record: ConditionRecord) -> bool:
    """Does an attack search for the smallest norm there, instead of staying in a budget?"""
    return record.kind == "attack" and record.level == ANY


def smallest_norms(
    cells: Board, subject: str, conditions: Sequence[str]
) -> Float64[np.ndarray, " n"]:
    """The smallest norm at which each labelled example was seen to be wrong, over some searches.

    0 where the subject is wrong as it is, inf where no search broke the example.

    Raises:
        NotKeptError: There are no answers, no distances, or the searches had other examples.
    """
    every = [_norms(cells, Cell(subject, name)) for name in conditions]
    if any(one[0] != every[0][0] for one in every):
        raise NotKeptError(f"{listing(list(conditions), 3)} do not show the same examples")
    norms: Float64[np.ndarray, " n"] = np.min([norms for _, norms in every], axis=0)
    return norms


def proved_radii(cells: Board, subject: str, condition: str) -> Float64[np.ndarray, " n"]:
    """The radius that is proved of each labelled example; -inf where the answer is not right.

    Raises:
        NotKeptError: There are no answers, or no radii.
    """
    _, right, radius = _measured(cells, Cell(subject, condition), RADIUS)
    return np.where(right, radius, -inf)


def labelled_ids(cells: Board, condition: str) -> tuple[str, ...]:
    """The ids of the labelled examples of a condition."""
    examples = cells.store.examples(condition)
    there = np.flatnonzero((examples.labels >= 0).any(axis=1))
    return tuple(examples.ids[row] for row in there)


def _norms(cells: Board, cell: Cell) -> tuple[tuple[str, ...], Float64[np.ndarray, " n"]]:
    ids, right, distance = _measured(cells, cell, DISTANCE)
    return ids, np.where(right, inf, distance)


def _measured(
    cells: Board, cell: Cell, measure: str
) -> tuple[tuple[str, ...], Bool[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
    """Ids, who is right, and a measure, of the labelled examples of a cell."""
    if not cells.done(cell):
        raise NotKeptError(f"there are no answers of {cell}: run it first")
    answers = cells.store.read(cell).answers
    if answers is None or measure not in answers.measures:
        raise NotKeptError(f"{cell} does not say the {measure} of each example")
    examples = cells.store.examples(cell.condition)
    there = (examples.labels >= 0).any(axis=1)
    values = answers.measures[measure].astype(np.float64)[there]
    if np.isnan(values).any() or (values < 0).any():
        raise NotKeptError(f"{cell} has a {measure} that is no number >= 0")
    return labelled_ids(cells, cell.condition), answers.correct(examples.labels)[there], values
