"""Corruption errors: a subject's errors under corruptions, divided by a baseline's, and their mean.

A mean of ratios, so that an easy corruption counts as much as a hard one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.ground.belonging import insist_on_shares
from fieldmark.statistics.ground.distributions import checked_level, normal_quantile, percent_sure
from fieldmark.statistics.ground.resampling import middle_of, resampled_means

Errors = Float64[np.ndarray, "c n"]
Mistakes = Float64[np.ndarray, " k"]


@dataclass(frozen=True)
class CorruptionErrors:
    """The corruption errors of one subject.

    Args:
        each: CE of every corruption: mean error over severities, over the baseline's.
        mean: mCE, the mean of them.
        relative_each: The same of what the errors exceed the error on unchanged examples by.
        relative: The mean of these.
    """

    each: tuple[Estimate, ...]
    mean: Estimate
    relative_each: tuple[Estimate, ...]
    relative: Estimate


def corruption_ratios(
    errors: Float64[np.ndarray, "*draws c"],
    baseline: Float64[np.ndarray, "*draws c"],
    clean: Float64[np.ndarray, "*draws 1"] | float = 0.0,
    baseline_clean: Float64[np.ndarray, "*draws 1"] | float = 0.0,
) -> Float64[np.ndarray, "*draws c"]:
    """Each corruption's mean error over the baseline's, both less what is wrong anyway.

    Args:
        errors: Mean error over the severities of each corruption, in [0, 1].
        baseline: The same of the baseline.
        clean: Error on the unchanged examples, for relative corruption errors; 0 for plain ones.
        baseline_clean: The same of the baseline.

    Returns:
        The ratios; NaN where an error is NaN, and where the baseline's is not above its own error
        on the unchanged examples: then there is nothing to divide by.

    Raises:
        DataError: An error outside [0, 1].

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, section 4.

    Example:
        >>> corruption_ratios(np.array([0.4, 0.3]), np.array([0.8, 0.5])).tolist()
        [0.5, 0.6]
    """
    for some in (errors, baseline, np.asarray(clean), np.asarray(baseline_clean)):
        insist_on_shares("errors", some)
    lost, base = errors - clean, baseline - baseline_clean
    return np.asarray(np.divide(lost, base, out=np.full(base.shape, np.nan), where=base > 1e-12))


def corruption_errors(
    errors: Errors,
    clean: Mistakes,
    baseline: Float64[np.ndarray, "b m"],
    baseline_clean: Float64[np.ndarray, " j"],
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> CorruptionErrors:
    """Corruption errors against a baseline that answered the same examples.

    The intervals are percentiles of a bootstrap over examples. Each is drawn with all that is
    known of it, under every corruption and severity, by subject and baseline: their errors go
    together, and ratios are surer than they would be otherwise.

    Args:
        errors: Share of the severities of corruption c at which the subject is wrong on example
            n, in [0, 1]; a row with a NaN is incomplete, and what needs it is undefined.
        clean: Is it wrong on the unchanged example? 0 or 1; NaN where nobody asked.
        baseline: As ``errors``, of the baseline.
        baseline_clean: As ``clean``, of the baseline.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        The errors, ``n`` counting examples; undefined without examples, without corruptions, and
        where the baseline makes no errors.

    Raises:
        DataError: Shapes that differ, errors outside [0, 1], no draws, an impossible level.

    Source:
        See ``corruption_ratios``; clean errors count once per severity, so means are compared.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> errors, clean = np.array([[0.2, 0.4, 0.0, 1.0]]), np.array([0.0, 0.0, 0.0, 1.0])
        >>> baseline, its = np.array([[0.8, 0.8, 0.4, 1.0]]), np.array([0.0, 1.0, 0.0, 1.0])
        >>> found = corruption_errors(errors, clean, baseline, its, rng=rng)
        >>> round(found.mean.value, 4), round(found.relative.value, 4)
        (0.5333, 0.6)
    """
    if baseline.shape != errors.shape or len(baseline_clean) != len(clean):
        raise DataError(
            f"errors of shape {errors.shape} cannot be held against a baseline of {baseline.shape}"
        )
    _check_width(errors, clean)
    rows = np.concatenate([errors, clean[None], baseline, baseline_clean[None]])
    method = f"bootstrap {percent_sure(checked_level(level))} over examples, joint with baseline"
    means = _drawn(rows, draws, rng)
    c = len(errors)
    return of_draws(
        means[:, :c],
        means[:, c : c + 1],
        means[:, c + 1 : 2 * c + 1],
        means[:, 2 * c + 1 :],
        (len(clean), method, level),
    )


def corruption_errors_to_constants(
    errors: Errors,
    clean: Mistakes,
    constants: Float64[np.ndarray, " b"],
    clean_constant: float,
    *,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> CorruptionErrors:
    """Corruption errors against published errors, which are taken as they are, without chance.

    Args:
        errors: See ``corruption_errors``.
        clean: See ``corruption_errors``.
        constants: The baseline's mean error on each corruption, in [0, 1].
        clean_constant: Its error on unchanged examples.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        See ``corruption_errors``.

    Raises:
        DataError: See ``corruption_errors``.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> errors, clean = np.array([[0.2, 0.4, 0.0, 1.0]]), np.array([0.0, 0.0, 0.0, 1.0])
        >>> found = corruption_errors_to_constants(errors, clean, np.array([0.8]), 0.5, rng=rng)
        >>> round(found.mean.value, 4), round(found.relative.value, 4)
        (0.5, 0.5)
    """
    if len(constants) != len(errors):
        raise DataError(f"{len(errors)} corruptions and {len(constants)} published errors")
    _check_shares(np.append(constants, clean_constant))
    _check_width(errors, clean)
    rows = np.concatenate([errors, clean[None]])
    method = f"bootstrap {percent_sure(checked_level(level))} over examples, fixed baseline"
    means = _drawn(rows, draws, rng)
    fixed = np.broadcast_to(constants, (len(means), len(constants)))
    still = np.full((len(means), 1), clean_constant)
    about = (len(clean), method, level)
    return of_draws(means[:, :-1], means[:, -1:], fixed, still, about)


def corruption_errors_of_shares(
    errors: Float64[np.ndarray, "c s"],
    counted: Int64[np.ndarray, "d t"],
    clean: float,
    baseline: Float64[np.ndarray, " b"],
    baseline_clean: float,
    *,
    level: float = 0.95,
) -> CorruptionErrors:
    """Corruption errors from a table of error rates, without the answers behind them.

    Nobody can tell from a table how far errors on the same images go together. The intervals
    (delta method) take them as going together entirely, which is the widest that it can be, and
    the baseline and the clean error as known.

    Args:
        errors: Error rate on corruption c at severity s, in [0, 1]; NaN where there is none.
        counted: How many images each is a share of; 0 where nobody says.
        clean: Error rate on unchanged images; NaN where there is none.
        baseline: The baseline's mean error on each corruption.
        baseline_clean: Its error on unchanged images.
        level: Confidence level in (0, 1).

    Returns:
        The errors, ``n`` the smallest count; an error is undefined where a severity is missing,
        and its interval NaN where nobody says how many images were counted.

    Raises:
        DataError: Shapes that differ, negative counts, errors outside [0, 1], an impossible level.

    Example:
        >>> errors, counted = np.array([[0.2, 0.4], [0.5, 0.7]]), np.full((2, 2), 100)
        >>> baseline = np.array([0.6, 0.8])
        >>> found = corruption_errors_of_shares(errors, counted, 0.1, baseline, 0.2)
        >>> str(found.mean)
        '0.625 [0.494, 0.756] (n=100)'
    """
    if counted.shape != errors.shape or len(baseline) != len(errors):
        raise DataError(
            f"errors of shape {errors.shape}, counts of {counted.shape} and "
            f"{len(baseline)} baseline errors"
        )
    if (counted < 0).any():
        raise DataError(f"a number of images is not negative, got {counted.min()}")
    for some in (errors, np.append(baseline, [clean, baseline_clean])):
        _check_shares(some)
    n = int(counted.min()) if counted.size else 0
    method = f"delta method {percent_sure(checked_level(level))}, at its widest"
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.where(counted > 0, counted, np.nan)
        # No error at all, or nothing else, is not without chance: Jeffreys' prior says how much.
        shares = np.where((errors > 0) & (errors < 1), errors, (errors * known + 0.5) / (known + 1))
        spread = np.sqrt(shares * (1 - shares) / known)
    half = normal_quantile((1 + level) / 2) * _mean(spread)
    means = _mean(errors)
    plain = corruption_ratios(means, baseline)
    relative = corruption_ratios(means, baseline, clean, baseline_clean)
    each = _with_halves(plain, _over(half, baseline), n, method)
    relative_each = _with_halves(relative, _over(half, baseline - baseline_clean), n, method)
    return CorruptionErrors(
        each, _mean_of(each, n, method), relative_each, _mean_of(relative_each, n, method)
    )


def _drawn(
    rows: Float64[np.ndarray, "m n"], draws: int, rng: np.random.Generator
) -> Float64[np.ndarray, "d m"]:
    """The means of the rows: as observed in the first line, then as drawn."""
    _check_shares(rows)
    if draws < 1:
        raise DataError(f"a bootstrap needs at least one draw, got {draws}")
    if not rows.shape[1]:
        return np.full((1, len(rows)), np.nan)
    observed = rows.mean(axis=1)[None]
    return np.concatenate([observed, resampled_means(rows, draws=draws, rng=rng)])


def _check_width(errors: np.ndarray, clean: np.ndarray) -> None:
    if errors.shape[1] != len(clean):
        raise DataError(f"errors on {errors.shape[1]} examples and clean errors on {len(clean)}")


def _check_shares(errors: np.ndarray) -> None:
    outside = (errors < 0) | (errors > 1)
    if outside.any():
        raise DataError(f"an error lies in [0, 1], got {errors[outside][0]:g}")


def of_draws(
    errors: Float64[np.ndarray, "d c"],
    clean: Float64[np.ndarray, "d 1"],
    baseline: Float64[np.ndarray, "d b"],
    baseline_clean: Float64[np.ndarray, "d 1"],
    about: tuple[int, str, float],
) -> CorruptionErrors:
    """Corruption errors from mean errors: as observed in the first line, then as drawn.

    Args:
        errors: Of the subject, on each corruption.
        clean: Of the subject, on unchanged examples.
        baseline: See ``errors``.
        baseline_clean: See ``clean``.
        about: How many examples, the method in words, the level of the intervals.
    """
    plain = corruption_ratios(errors, baseline)
    relative = corruption_ratios(errors, baseline, clean, baseline_clean)
    return CorruptionErrors(
        tuple(_estimate(column, about) for column in plain.T),
        _estimate(_mean(plain), about),
        tuple(_estimate(column, about) for column in relative.T),
        _estimate(_mean(relative), about),
    )


def _mean(ratios: np.ndarray) -> np.ndarray:
    return ratios.mean(axis=1) if ratios.shape[1] else np.full(len(ratios), np.nan)


def _estimate(values: np.ndarray, about: tuple[int, str, float]) -> Estimate:
    """The first value with the middle of the others; no interval where a draw has none."""
    n, method, level = about
    if np.isnan(values[0]):
        return undefined(method, n=n)
    return Estimate(float(values[0]), *middle_of(values[1:], level), n=n, method=method)


def _over(half: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.divide(half, base, out=np.full(base.shape, np.nan), where=base > 1e-12)


def _with_halves(
    values: np.ndarray, halves: np.ndarray, n: int, method: str
) -> tuple[Estimate, ...]:
    return tuple(
        undefined(method, n=n)
        if np.isnan(value)
        else Estimate(float(value), float(value - half), float(value + half), n=n, method=method)
        for value, half in zip(values, halves, strict=True)
    )


def _mean_of(each: tuple[Estimate, ...], n: int, method: str) -> Estimate:
    values = np.array([(one.value, one.low, one.high) for one in each]).reshape(-1, 3)
    if not len(values) or np.isnan(values[:, 0]).any():
        return undefined(method, n=n)
    value, low, high = (float(one) for one in values.mean(axis=0))
    return Estimate(value, low, high, n=n, method=method)
