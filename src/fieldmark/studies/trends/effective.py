"""Effective robustness: is a subject better in the field than its accuracy in the lab predicts?"""

from fieldmark.records import Axis, Column, Finding, Table, Value
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import capital, direction, listing, many, points, sentence
from fieldmark.studies.trends.held import BUDGET_COLUMNS, LINE_COLUMNS, budget_cells, line_cells
from fieldmark.studies.trends.held_figures import forest, scatter
from fieldmark.studies.trends.held_words import line_words, sources_caveat
from fieldmark.studies.trends.measured import Measured, measure

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("intervention", "Intervention", "What was done to make it robust; empty if nothing."),
    Column("fitted", "Fitted", "Is the line fitted to it?"),
    *LINE_COLUMNS,
    Column("relative", "Relative robustness", "Accuracy minus that of its standard twin."),
    Column("twin", "Twin", "The standard subject that it is compared with."),
    *BUDGET_COLUMNS,
)


def effective_robustness(
    store: Kept,
    *,
    on: str,
    reference: str | None = None,
    axis: Axis = "logit",
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """How far each subject lies above the accuracy that its reference accuracy predicts.

    The line is fitted to standard subjects (no intervention on their card) whose reference
    accuracy is above chance. Verdicts hold for all subjects at once with 95 % confidence.

    Args:
        store: Where answers are kept.
        on: A condition, or "corruptions" for the mean over all shifts of the reference.
        reference: The in-distribution condition; None takes the one that ``on`` comes from.
        axis: Where the line is straight: "logit", "probit" or "linear".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: ``on`` is a reference itself.
        NotKeptError: The store is empty, lacks the reference, or holds no shifts.

    Source:
        Taori et al. 2020, arXiv:2007.00644.
    """
    cells = board(store)
    found = measure(cells, on, reference=reference, axis=axis, draws=draws, seed=seed)
    attacked = _attacked(found, cells)
    return Finding(
        study="effective-robustness",
        title=f"Effective robustness on {found.other.title}",
        statement=_statement(found),
        table=Table(COLUMNS, tuple(_row(found, row) for row in range(len(found.subjects)))),
        figures=(scatter(found.held, draws, attacked=attacked), *forest(found.held)),
        caveats=_caveats(found, cells),
    )


def _row(found: Measured, row: int) -> tuple[Value, ...]:
    card = found.cards[row]
    twin, relative = found.relative[row] or ("", None)
    return (
        found.subjects[row],
        card.family,
        card.intervention,
        found.held.pairs.fitted[row],
        *line_cells(found.held, row),
        relative,
        twin,
        *budget_cells(found.held, row),
    )


def _statement(found: Measured) -> str:
    here, there = found.other.title, found.reference.title
    line = found.robustness.line
    if not found.subjects:
        return f"No subject has answers to both {there} and {here}, so nothing can be told."
    if not line.defined:
        return sentence(
            f"Effective robustness on {here} is undefined: {line.reason}.", _relative_words(found)
        )
    return sentence(line_words(found.held), _relative_words(found))


def _relative_words(found: Measured) -> str:
    told = [
        f"{name} is {points(gain[1], signed=False)} "
        f"{'more' if gain[1].value >= 0 else 'less'} accurate than {gain[0]}"
        + ("" if direction(gain[1]) else " (which of the two is better cannot be told)")
        for name, gain in zip(found.subjects, found.relative, strict=True)
        if gain is not None and gain[1].defined
    ]
    return f"Against their standard twins: {listing(told)}." if told else ""


def _attacked(found: Measured, cells: Board) -> bool:
    return any(cells.conditions[name].kind == "attack" for name in found.other.conditions)


def _caveats(found: Measured, cells: Board) -> tuple[str, ...]:
    changed = [
        name
        for name, card in zip(found.subjects, found.cards, strict=True)
        if card.intervention and name not in found.at_chance
    ]
    people = [
        name for name, card in zip(found.subjects, found.cards, strict=True) if card.is_person
    ]
    missing = [
        side.accuracies[0].missing for side in (found.reference, found.other) if side.accuracies
    ]
    lines = [
        "The intervals of effective robustness hold for all subjects at once (95 %): examples "
        f"{'(the same ones on both sides) ' if found.paired else ''}and fitted subjects were "
        "resampled. A fitted subject is held against the line through the others.",
        "Noise in the reference accuracies makes the fitted line a little too flat, and the line "
        "is only as good as the standard subjects that it was fitted to.",
    ]
    if found.robustness.line.defined:
        lines.append(sources_caveat(found.held))
    lines += attack_caveats(cells, found.other.conditions)
    if changed:
        lines.append(f"Drawn but not fitted, for their intervention: {listing(changed)}.")
    if people:
        lines.append(f"Drawn but not fitted, for being people: {listing(people)}.")
    if found.at_chance:
        lines.append(
            "Neither fitted nor drawn, for not being above chance on the reference: "
            f"{listing(found.at_chance)}."
        )
    if any(found.relative):
        lines.append("The intervals of relative robustness hold one at a time (95 %).")
    if found.held.pairs.lacking:
        lines.append(f"Left out for lack of answers: {listing(found.held.pairs.lacking, most=20)}.")
    lines += _shared_words(found)
    if any(missing):
        lines.append(f"{sum(missing):,} examples without a label are not counted.")
    values = {one.value for side in (found.reference, found.other) for one in side.accuracies}
    if found.held.axis != "linear" and values & {0.0, 1.0}:
        lines.append(
            "Accuracies of 0 and 1 have no place on this axis; for the fit they count as "
            "(k + 1/2) / (n + 1)."
        )
    return tuple(lines)


def _shared_words(found: Measured) -> list[str]:
    """That some examples, and not all, stand on both sides, where it is so."""
    shared = 0 if found.paired else len({*found.reference.ids} & {*found.other.ids})
    if not shared:
        return []
    return [
        f"{capital(many(shared, 'example'))} on both sides, not all: they were taken for different "
        "ones, so the intervals are not exact."
    ]
