"""Corruption errors of many subjects, all judged on the same draws of examples."""

import numpy as np
from jaxtyping import Float64, UInt8

from fieldmark.records import DataError
from fieldmark.statistics.ground.distributions import checked_level, percent_sure
from fieldmark.statistics.ground.shared_draws import resampled_sums
from fieldmark.statistics.shifts.corruption_errors import CorruptionErrors, of_draws

NOT_ASKED = 255
"""In a row of counted errors: the subject was not asked all of it, so its errors are not known."""

Wrong = UInt8[np.ndarray, "s c n"]
Mistakes = UInt8[np.ndarray, "t m"]  # said in our own words where it does not match


def joint_corruption_errors(
    wrong: Wrong,
    clean: Mistakes,
    *,
    severities: int,
    baseline: int,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[CorruptionErrors, ...]:
    """``corruption_errors`` of every subject against one of them, from counted errors.

    One resampling serves all: each example is drawn with all that is known of it, under every
    corruption and severity and by every subject. Memory grows with the answers, not with draws
    times examples.

    Args:
        wrong: At how many severities of corruption c subject s is wrong on example n;
            ``NOT_ASKED`` in the whole row where some severity was not asked.
        clean: Is it wrong on the unchanged example? 0 or 1; ``NOT_ASKED`` where nobody asked.
        severities: How many severities every corruption has, 1 to 254.
        baseline: Which subject's errors are divided by, a position.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        One for each subject; what is undefined is so for the reasons of ``corruption_errors``.

    Raises:
        DataError: Shapes that differ, counts beyond the severities, a baseline that is not there,
            no draws, an impossible level.

    Source:
        See ``corruption_ratios``.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> wrong = np.array([[[1, 2, 0, 5]], [[4, 4, 2, 5]]], np.uint8)
        >>> clean = np.array([[0, 0, 0, 1], [0, 1, 0, 1]], np.uint8)
        >>> found = joint_corruption_errors(wrong, clean, severities=5, baseline=1, rng=rng)
        >>> round(found[0].mean.value, 4), round(found[0].relative.value, 4), found[1].mean.value
        (0.5333, 0.6, 1.0)
    """
    if not 0 <= baseline < len(wrong):
        raise DataError(f"subject {baseline} of {len(wrong)} cannot be the baseline")
    errors, still = _drawn(wrong, clean, severities, draws, rng)
    method = f"bootstrap {percent_sure(checked_level(level))} over examples, joint with baseline"
    about = (wrong.shape[2], method, level)
    base, base_still = errors[:, baseline], still[:, baseline]
    return tuple(
        of_draws(errors[:, row], still[:, row], base, base_still, about)
        for row in range(len(wrong))
    )


def joint_corruption_errors_to_constants(
    wrong: Wrong,
    clean: Mistakes,
    constants: Float64[np.ndarray, " b"],
    clean_constant: float,
    *,
    severities: int,
    rng: np.random.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[CorruptionErrors, ...]:
    """``corruption_errors_to_constants`` of every subject, from counted errors.

    Args:
        wrong: See ``joint_corruption_errors``.
        clean: See ``joint_corruption_errors``.
        constants: The baseline's mean error on each corruption, in [0, 1].
        clean_constant: Its error on unchanged examples.
        severities: See ``joint_corruption_errors``.
        rng: Source of chance.
        draws: Number of bootstrap samples.
        level: Share of the draws between low and high.

    Returns:
        See ``joint_corruption_errors``.

    Raises:
        DataError: See ``joint_corruption_errors``.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> wrong, clean = np.array([[[1, 2, 0, 5]]], np.uint8), np.array([[0, 0, 0, 1]], np.uint8)
        >>> (found,) = joint_corruption_errors_to_constants(
        ...     wrong, clean, np.array([0.8]), 0.5, severities=5, rng=rng
        ... )
        >>> round(found.mean.value, 4), round(found.relative.value, 4)
        (0.5, 0.5)
    """
    if len(constants) != wrong.shape[1]:
        raise DataError(f"{wrong.shape[1]} corruptions and {len(constants)} published errors")
    errors, still = _drawn(wrong, clean, severities, draws, rng)
    method = f"bootstrap {percent_sure(checked_level(level))} over examples, fixed baseline"
    about = (wrong.shape[2], method, level)
    base = np.broadcast_to(constants, errors[:, 0].shape if len(wrong) else (1, len(constants)))
    base_still = np.full((len(base), 1), clean_constant)
    return tuple(
        of_draws(errors[:, row], still[:, row], base, base_still, about)
        for row in range(len(wrong))
    )


def _drawn(
    wrong: Wrong, clean: Mistakes, severities: int, draws: int, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "d s c"], Float64[np.ndarray, "d s 1"]]:
    """Mean errors under each corruption and on unchanged examples: as observed, then as drawn."""
    s, c, n = wrong.shape
    _check(wrong, clean, severities, draws)
    if not n:
        return np.full((1, s, c), np.nan), np.full((1, s, 1), np.nan)
    rows = np.concatenate([wrong.reshape(s * c, n), clean])
    sums = np.concatenate(
        [rows.sum(axis=1, dtype=np.int64)[None], resampled_sums(rows, draws=draws, rng=rng)]
    )
    means = sums / (n * np.repeat([float(severities), 1.0], [s * c, s]))
    means[:, rows[:, 0] == NOT_ASKED] = np.nan
    here, still = np.split(means, [s * c], axis=1)
    return here.reshape(draws + 1, s, c), still.reshape(draws + 1, s, 1)


def _check(wrong: Wrong, clean: Mistakes, severities: int, draws: int) -> None:
    if clean.shape != (len(wrong), wrong.shape[2]):
        raise DataError(f"errors of shape {wrong.shape} and clean errors of {clean.shape}")
    if draws < 1:
        raise DataError(f"a bootstrap needs at least one draw, got {draws}")
    if not 1 <= severities < NOT_ASKED:
        raise DataError(f"a corruption has 1 to 254 severities, not {severities}")
    for counts, most in ((wrong, severities), (clean, 1)):
        asked = counts[(counts != NOT_ASKED).any(axis=-1)]
        if asked.size and asked.max() > most:
            raise DataError(f"a subject errs at most {most} times on an example, got more")
