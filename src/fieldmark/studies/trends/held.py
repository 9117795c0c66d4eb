"""Subjects held against the line, wherever their accuracies come from: a store, or a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fieldmark.records import Axis, Column, Estimate, Value
from fieldmark.statistics import (
    SOURCES,
    BinomialLine,
    EffectiveRobustness,
    fit_binomial_line,
    without_each_family,
)
from fieldmark.studies.answers.words import direction
from fieldmark.studies.trends.pairs import Pairs

VERDICTS = {1: "above the line", -1: "below the line", 0: "cannot be told"}

LINE_COLUMNS = (
    Column("reference", "Reference accuracy", "On the in-distribution examples."),
    Column("accuracy", "Accuracy", "On the condition in question."),
    Column("predicted", "Predicted", "What the line (through the other subjects) expects."),
    Column("effective", "Effective robustness", "Accuracy minus predicted accuracy."),
    Column("verdict", "Verdict", "Where the interval of effective robustness lies."),
)
BUDGET_COLUMNS = (
    Column("from_images", "Images", "Share of the variance that comes from these examples."),
    Column("from_models", "Models", "Share that comes from these fitted subjects."),
    Column("from_axis", "Axis", "Share that comes from the choice of logit, probit or linear."),
    Column("swing", "Swing", "Most that it moves when one family is left out of the fit."),
    Column("swung_by", "Swung by", "The family whose absence moves it most."),
)


@dataclass(frozen=True)
class Held:
    """Every subject's place beside the line.

    Args:
        pairs: Accuracies on both conditions.
        robustness: The line, and how far each subject is from it.
        axis: Where the line is a line.
        seed: Where the bootstrap took its chance from.
    """

    pairs: Pairs
    robustness: EffectiveRobustness
    axis: Axis
    seed: int

    @property
    def subjects(self) -> tuple[str, ...]:
        """Who has an accuracy on both."""
        return self.pairs.subjects

    @cached_property
    def swings(self) -> tuple[tuple[float, str] | None, ...]:
        """(largest move, family) per subject when a family is left out; None where undefined."""
        if not self.robustness.line.defined:
            return (None,) * len(self.subjects)
        x, y = self.pairs.shares
        pairs = self.pairs
        moved = without_each_family(
            x, y, pairs.mask, pairs.families, axis=self.axis, counted=pairs.counted
        )
        return tuple(self._swing(row, moved) for row in range(len(self.subjects)))

    def _swing(self, row: int, moved: Mapping[str, np.ndarray]) -> tuple[float, str] | None:
        whole = self.robustness.effective[row].value
        found = [(float(values[row] - whole), kind) for kind, values in moved.items()]
        known = [one for one in found if not np.isnan(one[0])]
        return max(known, key=lambda one: abs(one[0])) if known else None

    @cached_property
    def binomial(self) -> BinomialLine | None:
        """The line fitted to counts; None on the linear axis, or where a size is not known."""
        sizes = self.pairs.sizes[1][self.pairs.mask]
        if self.axis == "linear" or not self.robustness.line.defined or (sizes < 1).any():
            return None
        x, y = (side[self.pairs.mask] for side in self.pairs.shares)
        hits = np.rint(y * sizes).astype(np.int64)
        return fit_binomial_line(x, hits, sizes, axis=self.axis, counted=self.pairs.counted[0])


def verdict(effective: Estimate) -> str:
    """Where the interval of an effective robustness lies."""
    return VERDICTS[direction(effective)] if effective.defined else "undefined"


def beside_the_line(found: Held, words: str) -> tuple[str, ...]:
    """The subjects of one verdict, the farthest from the line first."""
    far = sorted(
        zip(found.robustness.effective, found.subjects, strict=True),
        key=lambda pair: (-abs(pair[0].value) if pair[0].defined else 0.0, pair[1]),
    )
    return tuple(name for estimate, name in far if verdict(estimate) == words)


def line_cells(found: Held, row: int) -> tuple[Value, ...]:
    """What stands under ``LINE_COLUMNS``."""
    effective = found.robustness.effective[row]
    return (
        found.pairs.x[row],
        found.pairs.y[row],
        found.robustness.predicted[row],
        effective,
        verdict(effective),
    )


def budget_cells(found: Held, row: int) -> tuple[Value, ...]:
    """What stands under ``BUDGET_COLUMNS``; nothing where effective robustness is undefined."""
    shares = found.robustness.budget.shares[:, row]
    if not found.robustness.effective[row].defined or np.isnan(shares).any():
        return (None,) * len(BUDGET_COLUMNS)
    swing = found.swings[row]
    return (*(float(one) for one in shares), *(swing or (None, None)))


def budget_note(found: Held, row: int) -> str:
    """The budget of one subject in words, such as "images 91 %, models 5 %, axis 4 %"."""
    shares = found.robustness.budget.shares[:, row]
    if np.isnan(shares).any():
        return ""
    told = [f"{name} {100 * one:.0f} %" for name, one in zip(SOURCES, shares, strict=True)]
    return "variance from " + ", ".join(told)
