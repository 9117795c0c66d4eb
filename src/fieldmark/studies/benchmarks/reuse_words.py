"""The words of test-set re-use: the gap, what speaks for re-use, and what would have been seen."""

from math import isnan
from typing import Literal

from fieldmark.records import Estimate
from fieldmark.studies.answers.words import listing, many, points, sentence
from fieldmark.studies.benchmarks.reuse_evidence import Evidence


def reading(kind: Literal["slope", "beside"], estimate: Estimate) -> str:
    """What a slope (against 1) or a distance beside the line (against 0) says about re-use.

    Example:
        >>> reading("slope", Estimate(1.11, 1.08, 1.14, n=64, method=""))
        'speaks against re-use'
    """
    mark = 1.0 if kind == "slope" else 0.0
    if not estimate.defined or isnan(estimate.low):
        return "undefined"
    if estimate.high < mark:
        return "what re-use would do"
    return "speaks against re-use" if estimate.low > mark else "cannot be told from none"


def statement(found: Evidence) -> str:
    """The answer in one paragraph."""
    return sentence(_gap_words(found), _evidence_words(found), _power_words(found))


def _gap_words(found: Evidence) -> str:
    both, mean = found.both, found.mean
    fitted = many(len(both.rows), "standard subject")
    if not mean.defined:
        return (
            f"No standard subject above chance on {both.titles[0]} has answers to it and to "
            f"{both.titles[1]}, so whether anything was lost is undefined."
        )
    verb = "lose" if mean.value < 0 else "gain"
    each = "" if len(both.rows) == 1 else " on average"
    text = (
        f"From {both.titles[0]} to {both.titles[1]}, {fitted} "
        f"{verb}{'s' if len(both.rows) == 1 else ''} {points(mean, signed=False)}{each}."
    )
    gaps = [gap for gap in found.gaps if gap is not None]
    if not gaps:
        return text
    chance = max(max(gap.generalisation.high, -gap.generalisation.low) for gap in gaps)
    lost = sum(gap.total.low > 0 for gap in gaps)
    text += (
        f" Chance in drawing the new set moves no subject's accuracy by more than "
        f"{100 * chance:.1f} points (exact 95 %), and the gap of {lost or 'none'} of "
        f"{len(gaps):,} {'subject' if len(gaps) == 1 else 'subjects'} is larger than that."
    )
    if found.composition is not None and found.composition.defined:
        text += f" Other shares of the same classes account for {points(found.composition)} of it."
    return text


def _evidence_words(found: Evidence) -> str:
    slope, rank = found.slopes["linear"], found.ranks[0]
    if not slope.defined:
        few = "There are too few of them, or too much alike, for a line of new on old accuracy."
        return few if found.mean.defined else ""
    marks = [
        (
            "slope",
            slope,
            f"the slope of new on old accuracy is {_number(slope)} on the linear axis",
        ),
        ("beside", found.bend, f"the best third lie {points(found.bend)} beside the line"),
    ]
    if found.trend is not None:
        words = f"new accuracy changes by {points(found.trend)} per unit of time at equal old one"
        marks.append(("beside", found.trend, words))
    guilty = [
        words
        for kind, one, words in marks
        if reading(kind, one) == "what re-use would do"  # type: ignore[arg-type]
    ]
    told = [words for _, one, words in marks if one.defined]
    order = (
        f"the order of the subjects is {'kept' if rank.value > 0.9 else 'partly kept'}"
        if (rank.value > 0.5)
        else "the order of the subjects is not kept"
    )
    tail = f"{order} (Spearman {_number(rank)})" if rank.defined else ""
    head = (
        f"{'One sign' if len(guilty) == 1 else f'{len(guilty)} signs'} of re-use: "
        f"{listing(guilty)}; all told, "
        if guilty
        else "No sign of re-use: "
    )
    return f"{head}{listing([*told, tail] if tail else told)}."


def _power_words(found: Evidence) -> str:
    smallest = found.power.smallest
    if not all(one.defined for one in found.power.either):
        return ""
    third = "newest" if found.newest else "best"
    if isnan(smallest):
        most = 100 * found.power.gains[-1]
        return (
            f"This evidence is weak: it would have shown even {most:g} points that re-use gave the "
            f"{third} third less than four times in five."
        )
    return (
        f"Had re-use given the {third} third {100 * smallest:.1f} points or more, this evidence "
        "would have shown it at least four times in five."
    )


def _number(estimate: Estimate) -> str:
    ends = "" if isnan(estimate.low) else f" [{estimate.low:.2f}, {estimate.high:.2f}]"
    return f"{estimate.value:.2f}{ends}".replace("-", "−")
