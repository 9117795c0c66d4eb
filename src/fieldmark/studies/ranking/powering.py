"""Power from numbers alone: what a test set of a size tells, before anybody has answered it."""

from math import isnan, log10

import numpy as np

from fieldmark.records import Column, ConfigError, Finding, Lines, Table, Track, Value
from fieldmark.statistics import (
    half_width,
    interval_size,
    minimum_difference,
    paired_power,
    paired_size,
    unpaired_power,
    unpaired_size,
)
from fieldmark.studies.answers.words import percent, sentence

COLUMNS = (
    Column("what", "What", "What is asked."),
    Column("value", "Answer", "A share, or a number of examples; empty where there is none."),
    Column("unit", "Unit", "share, or examples."),
    Column("assuming", "Assuming", "What it rests on."),
)

POINT = 0.01
"""One percentage point."""
_DIFFERENCES = (0.005, 0.01, 0.02, 0.05)
_MARKS = 31


def power(
    *,
    n: int = 1000,
    difference: float = POINT,
    accuracy: float = 0.9,
    discordance: float | None = None,
    power: float = 0.8,
) -> Finding:
    """What n examples tell about two subjects, and how many a wanted difference takes.

    Args:
        n: Labelled examples of the test set.
        difference: Accuracy of the one minus accuracy of the other that is to be told.
        accuracy: Accuracy of the better one, about.
        discordance: Share of examples on which exactly one of the two is right; None takes what
            it would be if they erred independently, which is more than it usually is.
        power: Wanted chance of telling a difference that is there, in (0, 1).

    Raises:
        ConfigError: Numbers that cannot be: a difference larger than the discordance, say.

    Example:
        >>> found = power(n=10_000, difference=0.01, discordance=0.1)
        >>> found.statement.partition(", ")[2].partition(" (")[0]
        'a difference of 1 point is told with 88.0 % power'
    """
    other = _checked(accuracy, difference)
    independent = accuracy * (1 - other) + other * (1 - accuracy)
    given = independent if discordance is None else discordance
    rows = _rows(n, abs(difference), accuracy, other, given, power)
    return Finding(
        study="power",
        title=f"What {n:,} examples can tell",
        statement=_statement(rows, n, abs(difference), given, discordance is None, power),
        table=Table(COLUMNS, tuple(rows.values())),
        figures=(power_lines(given, accuracy, n, title="Power", wanted=abs(difference)),),
        caveats=(
            "Power is about a comparison that was chosen beforehand. To rank many subjects, or to "
            "pick the best of them, takes more examples.",
            "Examples are taken as independent: frames of one video count for less.",
            "The 67 published models of ImageNetV2 disagree on 18 % of ImageNet's validation "
            "images (mean over pairs), where independent errors would make it 39 %.",
        ),
    )


def power_lines(
    discordance: float, accuracy: float, n: int, *, title: str, wanted: float = POINT
) -> Lines:
    """Power against the number of examples, a line per difference; a dashed one for unpaired.

    Args:
        discordance: Share of examples on which exactly one of the two is right.
        accuracy: Accuracy of the better one.
        n: The test set's examples, where an upright line stands.
        title: What to call it.
        wanted: The difference that is to be told; others are drawn for comparison.
    """
    ends = log10(max(10, min(100, n / 10))), log10(max(150_000, 10 * n))
    sizes = np.unique(np.rint(np.logspace(*ends, _MARKS)).astype(np.int64)).tolist()
    drawn = sorted({*_DIFFERENCES, wanted})
    along = tuple(float(size) for size in sizes)
    tracks = [
        Track(
            share_points(one), along, tuple(paired_power(size, discordance, one) for size in sizes)
        )
        for one in drawn
        if one <= discordance
    ]
    other = accuracy - wanted if accuracy >= wanted else accuracy + wanted
    alone = tuple(unpaired_power(size, accuracy, other) for size in sizes)
    tracks += [
        Track(f"{share_points(wanted)}, unpaired", along, alone, style="dashed"),
        Track(f"{n:,} examples", (float(n), float(n)), (0.0, 1.0), style="dashed"),
    ]
    return Lines(
        title=title,
        x_title="examples",
        y_title="chance of telling a difference that is there",
        tracks=tuple(tracks),
        unit="share",
        caption=(
            f"Two subjects on the same examples, of which {percent(discordance)} are answered "
            "correctly by exactly one of them (McNemar's exact test, 5 %). Dashed: the same "
            f"difference when each has examples of its own, near {percent(accuracy)} accuracy; "
            "upright: this test set."
        ),
        x_log=True,
    )


def share_points(difference: float) -> str:
    """A difference of shares in words, small ones with more digits.

    Example:
        >>> share_points(0.0312), share_points(0.01), share_points(0.0005)
        ('3.1 points', '1 point', '0.05 points')
    """
    number = f"{round(100 * difference, 1 if difference >= 0.001 else 4):g}"
    return f"{number} point{'' if number == '1' else 's'}"


def examples(number: int) -> str:
    """A number of examples in words, as precise as it deserves.

    Example:
        >>> examples(8032), examples(786867)
        ('8,032 examples', 'about 787,000 examples')
    """
    if number < 100_000:
        return f"{number:,} examples"
    scale = 10 ** (len(str(number)) - 3)
    return f"about {round(number / scale) * scale:,} examples"


def whole_percent(share: float) -> str:
    """A share that somebody asked for, with no more digits than it was given.

    Example:
        >>> whole_percent(0.8), whole_percent(0.995)
        ('80 %', '99.5 %')
    """
    return f"{round(100 * share, 6):g} %"


def _rows(
    n: int, difference: float, accuracy: float, other: float, discordance: float, wanted: float
) -> dict[str, tuple[Value, ...]]:
    paired = f"same examples, discordance {percent(discordance)}, McNemar's exact test at 5 %"
    apart = f"examples of their own, accuracies {percent(accuracy)} and {percent(other)}"
    sure, size = f"{whole_percent(wanted)} power", share_points(difference)
    smallest = minimum_difference(n, discordance, power=wanted)
    return {
        "power": (
            f"chance to tell {size} with {n:,} examples",
            paired_power(n, discordance, difference),
            "share",
            paired,
        ),
        "smallest": (
            f"smallest difference that {n:,} examples tell",
            None if isnan(smallest) else smallest,
            "share",
            f"{paired}, {sure}",
        ),
        "size": (
            f"examples to tell {size}",
            paired_size(discordance, difference, power=wanted),
            "examples",
            f"{paired}, {sure}",
        ),
        "each": (
            f"examples of each to tell {size}",
            unpaired_size(accuracy, other, power=wanted),
            "examples",
            f"{apart}, z test at 5 %, {sure}",
        ),
        "apart": (
            f"chance to tell {size} with {n:,} examples each",
            unpaired_power(n, accuracy, other),
            "share",
            f"{apart}, z test at 5 %",
        ),
        "width": (
            f"half the width of the interval that {n:,} examples give",
            half_width(n, accuracy),
            "share",
            f"accuracy {percent(accuracy)}, Clopper-Pearson 95 %",
        ),
        "within": (
            f"examples to know an accuracy to ± {size}",
            interval_size(accuracy, min(difference, 0.499)),
            "examples",
            f"accuracy {percent(accuracy)}, Clopper-Pearson 95 %",
        ),
    }


def _statement(
    rows: dict[str, tuple[Value, ...]],
    n: int,
    difference: float,
    discordance: float,
    guessed: bool,
    wanted: float,
) -> str:
    chance, smallest, size, each = (rows[key][1] for key in ("power", "smallest", "size", "each"))
    told = "none" if smallest is None else f"{share_points(_number(smallest))} and more"
    guess = (
        " The discordance was not given, so errors are taken as independent, which asks for more "
        "examples than subjects of the same kind need."
        if guessed
        else ""
    )
    return sentence(
        f"With {n:,} examples, a difference of {share_points(difference)} is told with "
        f"{percent(_number(chance))} power (McNemar's exact test, 5 %), where exactly one of two "
        f"subjects is right on {percent(discordance)} of them.{guess}",
        f"With {whole_percent(wanted)} power these examples tell {told}.",
        f"To tell {share_points(difference)} takes {examples(int(_number(size)))}, on examples of "
        f"their own {examples(int(_number(each)))} each.",
    )


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _checked(accuracy: float, difference: float) -> float:
    """The accuracy of the worse one.

    Raises:
        ConfigError: The two cannot be.
    """
    if not 0 <= accuracy <= 1:
        raise ConfigError(f"an accuracy lies between 0 and 1, got {accuracy:g}; write 0.9 for 90 %")
    if not 0 < abs(difference) <= accuracy:
        raise ConfigError(
            f"with an accuracy of {accuracy:g}, a difference lies between 0 and that, "
            f"got {difference:g}; write 0.01 for one point"
        )
    return accuracy - abs(difference)
