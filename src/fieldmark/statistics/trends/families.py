"""Families of models: what was built alike is drawn together, as it would come again together."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from fieldmark.records import DataError
from fieldmark.statistics.ground.resampling import resampled_counts

FEWEST_FAMILIES = 5
"""With fewer, drawing whole families says little about the families that might have been."""


def clusters(families: Sequence[str] | None, fitted: Bool[np.ndarray, " m"]) -> bool:
    """Are there enough families among the fitted models to draw whole families?

    Raises:
        DataError: There is not one family per model.

    Example:
        >>> clusters(list("aabbc"), np.ones(5, np.bool_)), clusters(None, np.ones(5, np.bool_))
        (False, False)
        >>> clusters(list("aabcde"), np.ones(6, np.bool_))
        True
    """
    if families is None:
        return False
    if len(families) != len(fitted):
        raise DataError(f"{len(families)} families for {len(fitted)} models")
    return len(set(_fitted_families(families, fitted))) >= FEWEST_FAMILIES


def model_weights(
    fitted: Bool[np.ndarray, " m"],
    families: Sequence[str] | None,
    *,
    draws: int,
    rng: np.random.Generator,
) -> Float64[np.ndarray, "draws m"]:
    """How often each model counts in each draw of the fitted models; 0 for those not fitted.

    Args:
        fitted: Which models a line is fitted to; at least one.
        families: The family of each model: whole families are drawn, where ``clusters`` says that
            there are enough of them. None: models are drawn one by one.
        draws: Number of draws.
        rng: Source of chance.

    Raises:
        DataError: Nothing to draw from, or not one family per model.

    Source:
        Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414, section 3: pairs cluster
        bootstrap.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> model_weights(np.array([True, False, True]), None, draws=2, rng=rng)[:, 1].tolist()
        [0.0, 0.0]
    """
    weights = np.zeros((draws, len(fitted)))
    if clusters(families, fitted) and families is not None:
        names = _fitted_families(families, fitted)
        kinds, member = np.unique(names, return_inverse=True)
        weights[:, fitted] = resampled_counts(len(kinds), draws=draws, rng=rng)[:, member]
    else:
        weights[:, fitted] = resampled_counts(int(fitted.sum()), draws=draws, rng=rng)
    return weights


def _fitted_families(families: Sequence[str], fitted: np.ndarray) -> list[str]:
    return [name for name, there in zip(families, fitted, strict=True) if there]
