"""Belonging together: values that are about the same examples, and shares that are shares."""

import numpy as np

from fieldmark.records import DataError

_ROUNDING = 1e-9


def insist_on_one_each(what: str, *arrays: np.ndarray) -> None:
    """Are there as many of each, along the last axis?

    Arrays of one value would otherwise be stretched over all examples, and nobody would know.

    Args:
        what: What they are, such as "answers and labels".
        arrays: Any number of them, of any shapes.

    Raises:
        DataError: They differ in length.

    Example:
        >>> insist_on_one_each("answers", np.zeros((2, 3)), np.zeros(3))
    """
    sizes = [array.shape[-1] for array in arrays]
    if len(set(sizes)) > 1:
        told = " and ".join(map(str, sizes))
        raise DataError(f"{what} of {told} examples: one of each per example is needed")


def insist_on_shares(what: str, values: np.ndarray) -> None:
    """Do they lie in [0, 1], up to rounding? NaN passes.

    Raises:
        DataError: One does not.

    Example:
        >>> insist_on_shares("accuracies", np.array([0.3, np.nan, 1.0]))
    """
    outside = (values < -_ROUNDING) | (values > 1 + _ROUNDING)
    if outside.any():
        wrong = values[outside].ravel()[0]
        raise DataError(f"{what} lie in [0, 1], got {wrong:g}; divide percentages by 100")


def insist_on_counts(what: str, *numbers: int) -> None:
    """Are they 0 or more?

    Raises:
        DataError: One is negative.

    Example:
        >>> insist_on_counts("missing examples", 0, 3)
    """
    if min(numbers) < 0:
        raise DataError(f"a number of {what} is not negative, got {min(numbers)}")
