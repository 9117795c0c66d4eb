"""What shifts cost, natural and synthetic: the sentences of the headline with their numbers."""

from dataclasses import dataclass

from fieldmark.records import Estimate, Value
from fieldmark.statistics import mean_difference
from fieldmark.studies.answers.board import Board, changes
from fieldmark.studies.answers.words import averaged, direction, listing, many, points, sentence
from fieldmark.studies.shifts.curves import Fall, falls_of
from fieldmark.studies.trends.held import VERDICTS, beside_the_line
from fieldmark.studies.trends.measured import Measured

SHARE, DIFFERENCE, SLOPE = "share", "difference", "slope"
"""What a number of the headline is."""


@dataclass(frozen=True)
class Part:
    """One sentence or two of the headline, and the numbers that it says.

    Args:
        words: The sentences; "" where there is nothing to say.
        rows: Condition, quantity, unit, whom it is about, estimate.
    """

    words: str
    rows: tuple[tuple[Value, ...], ...] = ()


def natural_shift(found: Measured) -> Part:
    """How much is lost on a natural shift, and whether anybody loses less than expected."""
    here, there, able = found.other.title, found.reference.title, found.above_chance
    if not found.other.ids or not found.reference.ids or not found.subjects:
        return Part(
            f"What {here} costs is undefined: it takes labelled examples and answers to "
            f"both it and {there}."
        )
    if not able:
        return Part(f"No subject is above chance on {there}, so what {here} costs is undefined.")
    change = _change(found, able)
    about = able[0] if len(able) == 1 else averaged(len(able), len(found.at_chance))
    rows: list[tuple[Value, ...]] = [
        (here, f"mean change from {there}", DIFFERENCE, about, change),
    ]
    line = found.robustness.line
    if line.defined:
        whom = many(line.n, "fitted subject")
        rows.append((here, "slope of the line (logit axis)", SLOPE, whom, found.robustness.slope))
        rows += [
            (here, f"effective robustness, {words}", DIFFERENCE, name, _effective(found, name))
            for words in (VERDICTS[1], VERDICTS[-1])
            for name in _beside(found, words)
        ]
    return Part(sentence(_loss_words(found, change), _line_words(found)), tuple(rows))


def shifts(cells: Board) -> Part:
    """Which shift costs most at its strongest, and which least."""
    falls = falls_of(cells, changes(cells, ("shift",)).values())
    rows = tuple(
        (
            fall.condition,
            "mean change at the strongest level",
            DIFFERENCE,
            averaged(fall.subjects, fall.left_out),
            fall.change,
        )
        for fall in falls
    )
    return Part(_shift_words(cells, falls), rows)


def brief(cells: Board, condition: str) -> str:
    """A changed condition without its examples, where only one set of examples was changed.

    So the headline of a store that changes nothing but mnist-test says "fog@5".
    """
    changed = {one.base for one in cells.conditions.values() if one.change}
    return (condition.partition("+")[2] or condition) if len(changed) == 1 else condition


def _change(found: Measured, subjects: tuple[str, ...]) -> Estimate:
    """The change in the mean accuracy of ``subjects``, from the reference to the other side."""
    before, after = (side.of(subjects) for side in (found.reference, found.other))
    return mean_difference(
        before.shares.mean(axis=0), after.shares.mean(axis=0), paired=found.paired
    )


def _loss_words(found: Measured, change: Estimate) -> str:
    here, there, able = found.other.title, found.reference.title, found.above_chance
    n, sign = len(able), direction(change)
    who = able[0] if n == 1 else averaged(n, len(found.at_chance))
    if not sign:
        whose = f"of {who}" if n == 1 else f"of {who}, on average,"
        return (
            f"Whether the accuracy {whose} changes from {there} to {here} cannot be told: "
            f"the change is {points(change)}."
        )
    less = "less" if sign < 0 else "more"
    size = points(change, signed=False)
    if n == 1:
        return f"On {here} {who} is {size} {less} accurate than on {there}."
    if all(direction(_change(found, (name,))) == sign for name in able):
        return f"On {here} all {who} are {less} accurate than on {there}: by {size} on average."
    return f"On {here} the {who} are on average {size} {less} accurate than on {there}."


def _line_words(found: Measured) -> str:
    able = found.above_chance
    measured = [name for name in able if _effective(found, name).defined]
    if not measured:
        reason = found.robustness.line.reason or "it takes four standard subjects"
        return f"Whether any does better than its accuracy predicts is undefined: {reason}."
    better, worse = (_beside(found, VERDICTS[sign]) for sign in (1, -1))
    how = "better than expected"
    told = [_does(found, better, how) if better else f"none does {how}"]
    if worse:
        told.append(_does(found, worse, "worse"))
    if unsure := len(measured) - len(better) - len(worse):
        told.append(f"for {unsure} it cannot be told")
    return f"Held against the line through the standard subjects, {listing(told)}."


def _does(found: Measured, names: tuple[str, ...], how: str) -> str:
    """Who lies beside the line; of several, the one that is farthest from it is named."""
    size = points(_effective(found, names[0]), signed=False)
    if len(names) == 1:
        return f"{names[0]} does {how} by {size}"
    return f"{len(names)} do {how} (most of all {names[0]} by {size})"


def _beside(found: Measured, words: str) -> tuple[str, ...]:
    """The subjects above chance of one verdict, the farthest from the line first."""
    return tuple(name for name in beside_the_line(found.held, words) if name in found.above_chance)


def _effective(found: Measured, name: str) -> Estimate:
    return found.robustness.effective[found.subjects.index(name)]


def _shift_words(cells: Board, falls: list[Fall]) -> str:
    if not falls:
        return ""
    most, least = falls[0], falls[-1]
    counted = "the one shift" if len(falls) == 1 else f"any of {len(falls)} shifts"
    if direction(most.change) > 0:
        return f"There is no sign that {counted} lowers the mean accuracy at its strongest."
    if direction(most.change) == 0:
        return f"Whether {counted} lowers the mean accuracy at its strongest cannot be told."
    if len(falls) == 1:
        return f"At its strongest, {brief(cells, most.condition)} costs {_cost(most)}."
    return (
        f"Of {len(falls)} shifts at their strongest, {brief(cells, most.condition)} costs most, "
        f"{_cost(most)}, and {_least(brief(cells, least.condition), least)}."
    )


def _cost(fall: Fall) -> str:
    size = points(fall.change, signed=False)
    if fall.subjects == 1 and not fall.left_out:
        return size
    return f"{size} on average over {averaged(fall.subjects, fall.left_out)}"


def _least(name: str, fall: Fall) -> str:
    size = points(fall.change, signed=False)
    if direction(fall.change) < 0:
        return f"{name} least, {size}"
    if direction(fall.change) > 0:
        return f"{name} costs nothing: accuracy rises by {size}"
    return f"for {name} it cannot be told whether it costs anything ({points(fall.change)})"
