"""Shape bias: of answers that follow one of two conflicting cues, the share that follow shape."""

import numpy as np
from jaxtyping import Bool

from fieldmark.records import Correct, DataError, Estimate, undefined
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.shares.intervals import clopper_pearson, clopper_pearson_bounds

Hits = Bool[np.ndarray, " n"]
OtherHits = Bool[np.ndarray, " m"]


def shape_bias(shape: Hits, texture: OtherHits, *, level: float = 0.95) -> Estimate:
    """One subject's shape bias: shape decisions / (shape + texture decisions).

    Args:
        shape: Was the answer the class of the shape? One value per picture whose cues conflict.
        texture: Was it the class of the texture?
        level: Confidence level in (0, 1) of the exact interval.

    Returns:
        The share; ``n`` counts the answers that followed a cue, ``missing`` those that followed
        neither. Undefined when all followed neither.

    Raises:
        DataError: Shapes differ, or an answer followed both: then the cues do not conflict.

    Source:
        Geirhos et al. 2019, arXiv:1811.12231, section 2 and figure 4.

    Example:
        >>> shape = np.array([True, True, True, False, False])
        >>> texture = np.array([False, False, False, True, False])
        >>> str(shape_bias(shape, texture))
        '0.750 [0.194, 0.994] (n=4, 1 missing)'
    """
    _check(shape, texture)
    followed = int(shape.sum()) + int(texture.sum())
    return clopper_pearson(int(shape.sum()), followed, missing=len(shape) - followed, level=level)


def clustered_shape_bias(
    shape: Correct, texture: Bool[np.ndarray, "t m"], *, level: float = 0.95
) -> Estimate:
    """The shape bias of several subjects together who saw the same pictures.

    Decisions are pooled. Answers to one picture resemble each other, so the exact interval is
    taken at the number of independent decisions that would vary as much as these do between
    pictures.

    Args:
        shape: Was the answer the class of the shape? bool (subjects, pictures).
        texture: Was it the class of the texture? The same subjects and pictures.
        level: Confidence level in (0, 1).

    Returns:
        The pooled share; ``n`` counts decisions that followed a cue, ``missing`` the others.
        Undefined when all followed neither; on a single picture the interval is [0, 1].

    Raises:
        DataError: Shapes differ, or an answer followed both cues.

    Source:
        Geirhos et al. 2019, arXiv:1811.12231 (pooled share); variance of a ratio between clusters:
        Cochran 1977, Sampling Techniques, section 6.3; interval: Korn & Graubard 1998, Survey
        Methodology 24:193-201.

    Example:
        >>> shape = np.array([[True, True, False, True], [True, True, False, False]])
        >>> texture = np.array([[False, False, True, False], [False, False, True, False]])
        >>> str(clustered_shape_bias(shape, texture))
        '0.714 [0.028, 1.000] (n=7, 1 missing)'
    """
    _check(shape, texture)
    method = f"Korn-Graubard {percent_sure(checked_level(level))}, clustered by picture"
    per_picture = shape.sum(axis=0).astype(np.float64)
    followed = per_picture + texture.sum(axis=0)
    n = int(followed.sum())
    missing = shape.size - n
    if n == 0:
        return undefined(method, missing=missing)
    value = float(per_picture.sum() / n)
    pictures = int((followed > 0).sum())
    if pictures == 1:
        return Estimate(value, 0.0, 1.0, n=n, method=method, missing=missing)
    trials = np.array([_independent(per_picture, followed, value, pictures, level)])
    low, high = clopper_pearson_bounds(trials * value, trials, level=level)
    return Estimate(value, float(low[0]), float(high[0]), n=n, method=method, missing=missing)


def _independent(
    shape: np.ndarray, followed: np.ndarray, value: float, pictures: int, level: float
) -> float:
    """How many independent decisions are worth as much as these."""
    total = float(followed.sum())
    if value in (0.0, 1.0):
        return float(pictures)  # no spread to learn from: take decisions on a picture as copies
    rest = shape - value * followed
    variance = pictures / (pictures - 1) * float((rest**2).sum()) / total**2
    if variance == 0:
        return total
    share = (1 + level) / 2
    few_clusters = (t_quantile(share, total - 1) / t_quantile(share, pictures - 1.0)) ** 2
    return float(np.clip(value * (1 - value) / variance * few_clusters, 1.0, total))


def _check(shape: np.ndarray, texture: np.ndarray) -> None:
    if shape.shape != texture.shape:
        raise DataError(
            f"answers by shape {shape.shape} and by texture {texture.shape}: "
            "both must be of the same subjects and pictures"
        )
    both = int((shape & texture).sum())
    if both:
        raise DataError(
            f"{both} answers are right by shape and by texture: leave out the pictures whose two "
            "cues are of one class"
        )
