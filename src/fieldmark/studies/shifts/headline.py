"""The headline: does it hold up in the field? One paragraph, the answer first."""

from fieldmark.records import Cell, Column, Finding, Table
from fieldmark.studies.answers.accuracy import accuracies, best, without_answers
from fieldmark.studies.answers.board import Board, board, changes
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import accuracy_of, listing, many, sentence
from fieldmark.studies.shifts.costs import SHARE, Part, brief, natural_shift, shifts
from fieldmark.studies.trends.measured import measure

COLUMNS = (
    Column("condition", "Condition", "What was asked."),
    Column("quantity", "Quantity", "What was measured."),
    Column("unit", "Unit", "A share of examples, a difference of two shares, or a slope."),
    Column("about", "About", "Which subject or subjects it is about."),
    Column("estimate", "Estimate", "The number with its interval."),
)


def headline(store: Kept, *, draws: int = 1000, seed: int = 0) -> Finding:
    """Does it hold up? Natural shifts, shifts and attacks in one paragraph, read in a minute.

    Means are over the subjects whose accuracy on the reference can be told from chance.

    Args:
        store: Where answers are kept.
        draws: Number of bootstrap draws for effective robustness.
        seed: Where the bootstrap's chance comes from.

    Raises:
        NotKeptError: The store is empty.
    """
    cells = board(store)
    parts = [
        *(_reference(cells, name) for name in cells.of_kind("test")),
        *_natural_shifts(cells, draws, seed),
        shifts(cells),
        _attacks(cells),
    ]
    every = [Cell(row, column) for column in cells.conditions for row in cells.subjects]
    words = [part.words for part in parts]
    if not any(words):
        words = ["No subject has answers to anything, so nothing can be told."]
    return Finding(
        study="headline",
        title="Does it hold up in the field?",
        statement=sentence(*words, without_answers(cells, every)),
        table=Table(COLUMNS, tuple(row for part in parts for row in part.rows)),
        caveats=(
            "Means over subjects are over these subjects, not over all that might be built, and "
            "leave out those that cannot be told from chance on the reference. Each interval "
            "holds by itself; the highest and lowest of many were picked for being so.",
            *attack_caveats(cells, _strongest(cells)),
        ),
    )


def _reference(cells: Board, condition: str) -> Part:
    """From the lowest to the highest accuracy on a test set.

    It is put in words only where no natural shift is held against it: that sentence names it.
    """
    estimates = accuracies(cells, [condition])
    high = best(estimates, condition, cells.finished(condition))
    if high is None:
        return Part(f"{condition} has no labelled examples, so accuracy on it is undefined.")
    low = min(sorted(estimates), key=lambda cell: estimates[cell].value)
    held = any(cells.reference_of(one) == condition for one in cells.of_kind("natural shift"))
    examples = many(estimates[high].n, "labelled example")
    top = accuracy_of(estimates[high])
    if len(estimates) == 1:
        words = f"On {condition} ({examples}) {high.subject} is right on {top}."
        row = (condition, "accuracy", SHARE, high.subject, estimates[high])
        return Part("" if held else words, (row,))
    subjects = many(len(estimates), "subject")
    words = (
        f"On {condition} ({examples}) all {subjects} are right on {top}."
        if estimates[low].value == estimates[high].value
        else f"On {condition} ({examples}) {subjects} are right on between "
        f"{accuracy_of(estimates[low])} ({low.subject}) and {top} ({high.subject})."
    )
    ends = (("highest accuracy", high), ("lowest accuracy", low))
    rows = tuple((condition, name, SHARE, cell.subject, estimates[cell]) for name, cell in ends)
    return Part("" if held else words, rows)


def _natural_shifts(cells: Board, draws: int, seed: int) -> list[Part]:
    natural = cells.of_kind("natural shift")
    held = [name for name in natural if cells.reference_of(name) in cells.conditions]
    alone = [name for name in natural if name not in held]
    parts = [
        natural_shift(measure(cells, name, reference=None, axis="logit", draws=draws, seed=seed))
        for name in held
    ]
    if not natural:
        parts.append(Part("No natural shift is kept, so how it fares there cannot be told."))
    if alone:
        parts.append(Part(f"Without their reference nothing is said of {listing(alone)}."))
    return parts


def _attacks(cells: Board) -> Part:
    """How much the best subject keeps under each attack's largest budget: an upper bound."""
    told: dict[tuple[str, int], list[str]] = {}
    rows = []
    for strongest in _strongest(cells):
        estimates = accuracies(cells, [strongest])
        high = best(estimates, strongest, cells.finished(strongest))
        if high is not None:
            kept = estimates[high]
            rows.append((strongest, "highest robust accuracy, at most", SHARE, high.subject, kept))
            words = f"at most {accuracy_of(kept)} under {brief(cells, strongest)}"
            told.setdefault((high.subject, len(estimates)), []).append(words)
    if not told:
        return Part("")
    keeps = [_keeps(name, attacked, kept) for (name, attacked), kept in told.items()]
    return Part(f"Attacked with the largest budget, {'; '.join(keeps)}.", tuple(rows))


def _strongest(cells: Board) -> tuple[str, ...]:
    """Each attack with its largest budget."""
    return tuple(steps[-1] for steps in changes(cells, ("attack",)).values())


def _keeps(subject: str, attacked: int, kept: list[str]) -> str:
    if attacked == 1:
        return f"{subject} keeps an accuracy of {listing(kept)}"
    return f"none of {attacked} subjects keeps more than {subject}: {listing(kept)}"
