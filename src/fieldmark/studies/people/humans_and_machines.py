"""Humans and machines: is any machine more accurate than people, and does it err like them?"""

from collections.abc import Mapping, Sequence

from fieldmark.records import (
    Bar,
    Column,
    Estimate,
    Figure,
    Finding,
    Forest,
    Point,
    Scatter,
    Table,
    Value,
)
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, capital, listing, many, points, sentence
from fieldmark.studies.people.beside_people import Beside, Slice, beside_people, told
from fieldmark.studies.people.erring import FEWEST_PEOPLE, people_words
from fieldmark.studies.people.error_consistency import kappa_words

COLUMNS = (
    Column("slice", "Slice", '"all", or the name of some classes.'),
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of subject it is."),
    Column("person", "Person", "Is it a person?"),
    Column("reference", "Reference accuracy", "On the in-distribution examples (all of them)."),
    Column("accuracy", "Accuracy", "On the condition in question."),
    Column("difference", "Beside people", "Accuracy minus the mean of (other) people."),
    Column("p", "p (Holm)", "Of no difference to people's mean: sign flips, Holm over machines."),
    Column("verdict", "Verdict", "Machines only: where the adjusted test and the interval agree."),
    Column("better", "Better than", "People it is more accurate than: McNemar, Holm over all."),
    Column("worse", "Worse than", "People who are more accurate than it."),
    Column("kappa", "Error consistency", "Mean kappa with (other) people."),
)


def humans_and_machines(
    store: Kept,
    *,
    on: str,
    reference: str | None = None,
    slices: Mapping[str, Sequence[str]] | None = None,
    draws: int = 500,
    seed: int = 0,
) -> Finding:
    """Every machine beside people: accuracy, the paired difference, and whose errors are alike.

    Args:
        store: Where answers are kept.
        on: What everybody was asked.
        reference: The in-distribution condition to show beside it; None takes the one that ``on``
            comes from, if it is kept.
        slices: From a slice's name to names of classes, such as {"dogs": ["beagle", "pug"]}.
        draws: Bootstrap samples of the error consistency.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: The store has no such condition, or no such class.
        ConfigError: A slice holds no labelled example.
        NotKeptError: The store is empty, or nobody who answered is a person (or a machine).

    Source:
        Shankar et al. 2020, "Evaluating Machine Accuracy on ImageNet" (people beside machines,
        slices); Geirhos et al. 2021, arXiv:2106.07411 (whose errors are alike).
    """
    cells = board(store)
    found = beside_people(cells, on, slices or {}, draws=draws, seed=seed)
    lab = _reference(cells, on, reference)
    before = cells.answered(lab).accuracies() if lab else {}
    return Finding(
        study="humans-and-machines",
        title=f"Humans and machines on {on}",
        statement=_statement(found, on),
        table=Table(COLUMNS, tuple(_row(part, row, before) for part in found for row in part.rows)),
        figures=_figures(found[0], before, on, lab),
        caveats=_caveats(found[0]),
    )


def _reference(cells: Board, on: str, reference: str | None) -> str:
    if reference is not None:
        return cells.condition(reference)
    owner = cells.conditions[on].base
    return owner if owner in cells.conditions else ""


def _row(part: Slice, row: Beside, before: Mapping[str, Estimate]) -> tuple[Value, ...]:
    return (
        part.title,
        row.subject,
        row.family,
        row.person,
        before.get(row.subject),
        row.accuracy,
        row.difference,
        told(row.p),
        row.verdict,
        None if row.person else row.better,
        None if row.person else row.worse,
        row.kappa,
    )


def _statement(found: Sequence[Slice], on: str) -> str:
    whole = found[0]
    return sentence(
        f"On {on} ({many(whole.n, 'labelled example')}), {people_words(len(whole.persons))} "
        f"{'is' if len(whole.persons) == 1 else 'are'} right on {accuracy_of(whole.people)}"
        f"{'' if len(whole.persons) == 1 else ' on average'}.",
        _verdict_words(whole),
        _best_words(whole),
        _kappa_words(whole),
        *(_slice_words(part) for part in found[1:]),
    )


def _verdict_words(part: Slice) -> str:
    verdicts = [row.verdict for row in part.machines]
    counts = (
        (verdicts.count("more accurate than people"), "more accurate than people"),
        (verdicts.count("less accurate than people"), "less accurate"),
    )
    words = [
        f"{many(number, 'machine')} {'is' if number == 1 else 'are'} {what}"
        for number, what in counts
    ]
    unsure = verdicts.count("cannot be told")
    if unsure:
        words.append(f"for {many(unsure, 'machine')} it cannot be told")
    return f"{capital(listing(words))}, with 95 % confidence for all at once (Holm)."


def _best_words(part: Slice) -> str:
    best, person = part.machines[0], part.persons[0]
    words = (
        f"The most accurate machine, {best.subject}, is right on {accuracy_of(best.accuracy)}, "
        f"{points(best.difference)} beside people's mean"
    )
    several = len(part.persons) > 1
    if not several:
        return f"{words}."
    duels = [
        f"{verb} {people_words(number)}"
        for number, verb in ((best.better, "beats"), (best.worse, "loses to"))
        if number
    ]
    unsure = len(part.persons) - best.better - best.worse
    duels += [f"against {people_words(unsure)} it cannot be told"] if unsure else []
    return (
        f"{words}; one by one: {listing(duels)}. The most accurate person, {person.subject}, is "
        f"right on {accuracy_of(person.accuracy)}."
    )


def _kappa_words(part: Slice) -> str:
    with_people = [row for row in part.machines if row.kappa.defined]
    if not with_people:
        return ""
    closest = max(with_people, key=lambda row: row.kappa.value)
    words = f"{closest.subject} errs most like people (kappa {kappa_words(closest.kappa)})"
    if not part.among.defined:
        return f"{words}."
    return f"{words}; people err like each other with {kappa_words(part.among)}."


def _slice_words(part: Slice) -> str:
    best = part.machines[0]
    verdict = best.verdict or "undefined"
    return (
        f"On {part.title} ({many(part.n, 'example')}) people are right on "
        f"{accuracy_of(part.people)}, and the best machine, {best.subject}, on "
        f"{accuracy_of(best.accuracy)}: {verdict}."
    )


def _figures(part: Slice, before: Mapping[str, Estimate], on: str, lab: str) -> tuple[Figure, ...]:
    return (_forest(part, on), *((_scatter(part, before, on, lab),) if before else ()))


def _by_accuracy(part: Slice) -> list[Beside]:
    """One order for both figures, so that families have one colour in both."""
    return sorted(part.rows, key=lambda row: (-row.accuracy.value, row.subject))


def _forest(part: Slice, on: str) -> Forest:
    rows = [row for row in _by_accuracy(part) if row.difference.defined]
    return Forest(
        title=f"Accuracy on {on}, beside people",
        x_title="accuracy minus the mean of people, percentage points",
        bars=tuple(Bar(row.subject, row.family, row.difference, row.verdict) for row in rows),
        unit="points",
        caption=(
            "Paired differences on the same examples, 95 % intervals one at a time; a person is "
            "held against the other people. Right of the line: more accurate than people."
        ),
        mark=0.0,
    )


def _scatter(part: Slice, before: Mapping[str, Estimate], on: str, lab: str) -> Scatter:
    named = {part.machines[0].subject} | {row.subject for row in part.persons}
    return Scatter(
        title=f"Accuracy on {on} against {lab}, people and machines",
        x_title=f"accuracy on {lab}",
        y_title=f"accuracy on {on}",
        points=tuple(
            Point(
                name=row.subject,
                family=row.family,
                x=before[row.subject],
                y=row.accuracy,
                note=row.verdict or "a person",
                shown="named" if row.subject in named else "dot",
            )
            for row in _by_accuracy(part)
            if row.subject in before
        ),
        trend=None,
        axis="linear",
        caption=(
            "Each subject with its 95 % intervals; on the dashed line nothing is lost. People and "
            "the most accurate machine are named."
        ),
    )


def _caveats(part: Slice) -> tuple[str, ...]:
    people = len(part.persons)
    lines = [
        f"{capital(people_words(people))} {'is' if people == 1 else 'are'} not all people: "
        "intervals are about the examples. How much they had practised, and how long they "
        "looked, decides their accuracy.",
        '"More accurate than people" is said of their mean, and only where both the interval and '
        "the adjusted test clear it; the best person may still be better.",
    ]
    if people >= FEWEST_PEOPLE:
        lines.append("The intervals of error consistency are about other people too.")
    return tuple(lines)
