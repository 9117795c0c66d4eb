"""The sentences about a line and about those beside it, with their numbers."""

from math import isnan

import numpy as np

from fieldmark.records import Estimate
from fieldmark.statistics import SOURCES, Line
from fieldmark.studies.answers.words import listing, many, percent, points, sentence
from fieldmark.studies.trends.held import VERDICTS, Held, beside_the_line


def line_words(found: Held) -> str:
    """What the line is, how well it fits, and who lies beside it; only where it is defined."""
    line, slope = found.robustness.line, found.robustness.slope
    here, there = found.pairs.here, found.pairs.there
    return sentence(
        f"A line on the {found.axis} axis, fitted to {many(line.n, 'standard subject')}, predicts "
        f"accuracy on {here} from accuracy on {there}: {_fit_words(line)} its slope is "
        f"{number(slope)}.",
        _binomial_words(found),
        verdict_words(found),
        budget_words(found),
    )


def verdict_words(found: Held) -> str:
    """Who lies above and below the line, and for whom it cannot be told."""
    effective = dict(zip(found.subjects, found.robustness.effective, strict=True))
    told = []
    for words, verb, verbs in (
        (VERDICTS[1], "lies above it", "lie above it"),
        (VERDICTS[-1], "lies below it", "lie below it"),
    ):
        names = beside_the_line(found, words)
        which = listing([f"{name} by {points(effective[name], signed=False)}" for name in names], 3)
        told.append(
            f"{many(len(names), 'subject')} {verb if len(names) == 1 else verbs}"
            + (f" ({which})" if names else "")
        )
    measured = sum(one.defined for one in effective.values())
    if not measured:
        return "No subject can be held against a line through at least three others."
    if all(isnan(one.low) for one in effective.values()):
        return (
            "Who lies beside it cannot be told, for nobody says how many examples are behind "
            "these numbers."
        )
    if unsure := len(beside_the_line(found, VERDICTS[0])):
        told.append(f"for {many(unsure, 'subject')} it cannot be told")
    if lost := len(effective) - measured:
        told.append(f"for {many(lost, 'subject')} it is undefined, for want of three others")
    at_once = "with 95 % confidence" + (f" for all {measured} at once" if measured > 1 else "")
    return f"Held against it, {listing(told)}, {at_once}."


def budget_words(found: Held) -> str:
    """Where the uncertainty comes from, over all subjects, and what one family can do."""
    shares = found.robustness.budget.shares
    known = shares[:, ~np.isnan(shares).any(axis=0)]
    if not known.size:
        return ""
    told = [
        f"{percent(float(one))} {'comes ' if name == SOURCES[0] else ''}from the {name}"
        for name, one in zip(SOURCES, known.mean(axis=1), strict=True)
    ]
    return sentence(
        f"Of the variance of effective robustness, on average over subjects, {listing(told)}.",
        _swing_words(found),
    )


def sources_caveat(found: Held) -> str:
    """How the fitted subjects were drawn, and what the budget is."""
    drawn = (
        "Fitted subjects were drawn by whole families."
        if found.robustness.clustered
        else "Fitted subjects were drawn one by one, for there are too few families to draw whole "
        "ones: relatives among them make the intervals too narrow."
    )
    return (
        f"{drawn} The budget varies one source at a time: the examples, the fitted subjects, and "
        "the axis (logit, probit or linear, each as likely); the interval holds for the axis that "
        "was asked for."
    )


def number(estimate: Estimate) -> str:
    """A slope with its interval.

    Example:
        >>> number(Estimate(0.92, 0.89, 0.95, n=9, method=""))
        '0.92 [0.89, 0.95]'
    """
    if not estimate.defined:
        return "undefined"
    if isnan(estimate.low):
        return f"{estimate.value:.2f}".replace("-", "−")
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]".replace("-", "−")


def _fit_words(line: Line) -> str:
    if isnan(line.r2):  # every fitted subject is as accurate as the others there
        return "there is no variance to explain;"
    return f"it explains {percent(line.r2)} of the variance;"


def _binomial_words(found: Held) -> str:
    fit = found.binomial
    if fit is None:
        return ""
    if not fit.defined:
        return f"Fitted to counts of right answers, the line is undefined: {fit.reason}."
    return (
        f"Fitted to counts of right answers (binomial regression, nothing moved off 0 and 1), the "
        f"slope is {number(fit.slope)}, with {fit.dispersion:.1f} times the variance of "
        "independent answers about it."
    )


def _swing_words(found: Held) -> str:
    moves = [
        (abs(one[0]), name, one[1])
        for name, one in zip(found.subjects, found.swings, strict=True)
        if one is not None
    ]
    if not moves or len(set(found.pairs.families)) < 2:
        return ""
    size, name, family = max(moves)
    return (
        f"Leaving any one family out of the fit moves it by at most {100 * size:.1f} points "
        f"({name}, without {family})."
    )
