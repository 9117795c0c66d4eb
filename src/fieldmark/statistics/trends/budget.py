"""The budget: how much of the uncertainty of effective robustness comes from which source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import Axis, DataError
from fieldmark.statistics.trends.beside import Table, beyond_the_others
from fieldmark.statistics.trends.lines import FEWEST

AXES: tuple[Axis, ...] = ("logit", "probit", "linear")
SOURCES = ("images", "models", "axis")

Accuracies = Float64[np.ndarray, " m"]


@dataclass(frozen=True, eq=False)
class Budget:
    """Variances of each model's effective robustness, one source at a time.

    Args:
        images: From drawing other examples, with the same fitted models; (m,), NaN when undefined.
        models: From drawing other fitted models, with the same examples.
        axis: From the choice among the logit, probit and linear axes, each as likely.
    """

    images: Accuracies
    models: Accuracies
    axis: Accuracies

    @property
    def total(self) -> Accuracies:
        """The three added up, (m,)."""
        return self.images + self.models + self.axis

    @property
    def shares(self) -> Float64[np.ndarray, "3 m"]:
        """Each source's share of the total, in the order of ``SOURCES``; NaN where that is 0."""
        total = self.total
        parts = np.stack([self.images, self.models, self.axis])
        return np.asarray(parts / np.where(total > 0, total, np.nan))


def uncertainty_budget(
    observed: tuple[Accuracies, Accuracies],
    drawn: tuple[Table, Table],
    fitted: Bool[np.ndarray, " m"],
    weights: Table,
    *,
    axis: Axis,
    counted: tuple[int, int],
) -> Budget:
    """The budget of each model's effective robustness.

    One source varies while the others stay as they were observed. What the sources do together
    (an interaction) is in the interval of effective robustness, and in none of the three.

    Args:
        observed: Accuracies on the reference and on the condition in question, (m,) each.
        drawn: The same in every draw of the examples, (draws, m) each.
        fitted: Which models the line is fitted to.
        weights: How often each model counts in every draw of the models, (draws, m).
        axis: The axis that the line is fitted on.
        counted: How many answers each accuracy is a share of, on each side.

    Returns:
        Variances; NaN for a model that cannot be held against a line.

    Source:
        Ours: the law of total variance, one factor at a time.
    """
    x, y = (side[None] for side in observed)
    whole = fitted[None].astype(np.float64)
    images = beyond_the_others(*drawn, whole, axis, counted)
    models = beyond_the_others(x, y, weights, axis, counted)
    axes = np.concatenate([beyond_the_others(x, y, whole, one, counted) for one in AXES])
    alone = fitted.sum() - fitted < FEWEST
    return Budget(
        *(
            np.where(alone, np.nan, part)
            for part in (_variance(images), _variance(models), axes.var(axis=0))
        )
    )


def without_each_family(
    x: Accuracies,
    y: Accuracies,
    fitted: Bool[np.ndarray, " m"],
    families: Sequence[str],
    *,
    axis: Axis,
    counted: tuple[int, int],
) -> Mapping[str, Accuracies]:
    """Effective robustness of every model when one family is left out of the fit.

    Args:
        x: Accuracies on the reference.
        y: Accuracies on the condition in question.
        fitted: Which models the line is fitted to.
        families: The family of each model.
        axis: "linear", "logit" or "probit".
        counted: How many answers each x and each y is a share of.

    Returns:
        From each family with a fitted model to (m,) values; NaN where too few models are left.

    Raises:
        DataError: There is not one family per model.

    Example:
        >>> x = np.array([0.6, 0.7, 0.8, 0.85, 0.9])
        >>> found = without_each_family(x, x - 0.1, x > 0, list("aabbc"), axis="linear",
        ...                             counted=(100, 100))
        >>> sorted(found), bool(np.allclose(found["c"], 0.0))
        (['a', 'b', 'c'], True)
    """
    if not len(families) == len(fitted) == len(x) == len(y):
        raise DataError(f"{len(families)} families for {len(x)} models")
    names = np.array(families, dtype=object)
    kinds = tuple(dict.fromkeys(names[fitted]))
    if not kinds:
        return {}
    kept = np.stack([fitted & (names != kind) for kind in kinds])
    beyond = beyond_the_others(x[None], y[None], kept.astype(np.float64), axis, counted)
    enough = kept.sum(axis=1)[:, None] - kept >= FEWEST
    return dict(zip(kinds, np.where(enough, beyond, np.nan), strict=True))


def _variance(draws: Table) -> Accuracies:
    """Over the draws that have a line; NaN where fewer than two have."""
    there = ~np.isnan(draws)
    n = there.sum(axis=0)
    mean = np.where(there, draws, 0.0).sum(axis=0) / np.maximum(n, 1)
    squares = (np.where(there, draws - mean, 0.0) ** 2).sum(axis=0)
    return np.asarray(np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan))
