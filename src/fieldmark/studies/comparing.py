"""Two subjects on the same examples: who is better, and can it be told?"""

from fieldmark.records import Cell, Column, ConfigError, Finding, NotKeptError, Table, Value
from fieldmark.statistics import Paired, mcnemar
from fieldmark.studies.accuracy import UPPER_BOUND
from fieldmark.studies.board import Board, board
from fieldmark.studies.kept import Kept
from fieldmark.studies.words import accuracy_of, direction, many, p_value, points, sentence

COLUMNS = (
    Column("condition", "Condition", "What both were asked."),
    Column("first", "First", "The one subject."),
    Column("second", "Second", "The other."),
    Column("first_accuracy", "Accuracy of the first", "Share of labelled examples."),
    Column("second_accuracy", "Accuracy of the second", "Share of labelled examples."),
    Column("only_first", "Only the first", "Examples that only the first answered correctly."),
    Column("only_second", "Only the second", "Examples that only the second answered correctly."),
    Column("difference", "Difference", "Accuracy of the first minus that of the second."),
    Column("p_exact", "p (exact)", "Two-sided exact McNemar test of no difference."),
    Column("p_mid", "p (mid-p)", "The same test, less timid."),
)


def compare(store: Kept, first: str, second: str, *, condition: str) -> Finding:
    """Which of two subjects is more accurate on a condition, judged on the same examples.

    Args:
        store: Where answers are kept.
        first: One subject.
        second: Another.
        condition: What both were asked.

    Raises:
        ConfigError: The two are the same.
        UnknownNameError: The store has no such subject or condition.
        NotKeptError: One of the two has no answers to it.
    """
    cells = board(store)
    if first == second:
        raise ConfigError(f"{first} cannot be compared with itself: name two subjects")
    for name in (first, second):
        _insist(cells, Cell(cells.subject(name), cells.condition(condition)))
    answered = cells.answered(condition)
    rows = [answered.correct[answered.subjects.index(name)] for name in (first, second)]
    paired = mcnemar(rows[0], rows[1])
    own, other = (answered.accuracy(name) for name in (first, second))
    row: tuple[Value, ...] = (
        condition,
        first,
        second,
        own,
        other,
        paired.only_a,
        paired.only_b,
        paired.difference,
        paired.p_exact,
        paired.p_mid,
    )
    return Finding(
        study="compare",
        title=f"{first} and {second} on {condition}",
        statement=sentence(
            f"On {condition} ({many(len(answered.ids), 'labelled example')}), {first} is right on "
            f"{accuracy_of(own)} and {second} on {accuracy_of(other)}.",
            _verdict(first, second, paired),
        ),
        table=Table(COLUMNS, (row,)),
        caveats=_caveats(cells, condition),
    )


def _insist(cells: Board, cell: Cell) -> None:
    if not cells.done(cell):
        header = cells.headers.get(cell)
        why = f"{header.status}: {header.reason}" if header else "it has not been run"
        raise NotKeptError(f"there are no answers of {cell} ({why})")


def _verdict(first: str, second: str, paired: Paired) -> str:
    if not paired.difference.defined:
        return "Without labelled examples, which of the two is better is undefined."
    sign = direction(paired.difference)
    better, worse = (first, second) if sign > 0 else (second, first)
    alone = (
        f"Only {first} is right on {many(paired.only_a, 'example')}, only {second} on "
        f"{many(paired.only_b, 'example')}"
    )
    size = points(paired.difference, signed=sign == 0)
    told = (
        f"{better} is {size} more accurate than {worse}"
        if sign
        else f"which of the two is more accurate cannot be told (difference {size})"
    )
    tests = f"exact McNemar p {p_value(paired.p_exact)}, mid-p {p_value(paired.p_mid)}"
    return f"{alone}; {told}; {tests}."


def _caveats(cells: Board, condition: str) -> tuple[str, ...]:
    record = cells.conditions[condition]
    lines = [
        "The comparison holds for these two subjects as they were trained, not for their kinds; "
        "of many comparisons, some will differ by chance."
    ]
    if record.kind == "attack":
        lines += [UPPER_BOUND, "Each subject was shown pictures made against itself."]
    return tuple(lines)
