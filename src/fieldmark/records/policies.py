"""Policies: how scores of many classes become scores of a few that stand for them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import Float32, Float64

Policy = Literal["restrict", "merge-mean", "merge-sum", "merge-max", "map-answer"]
"""The largest score of any member; the mean, sum or maximum of the members' probabilities; or
whatever the model answers among all its classes. ``restrict`` and ``merge-max`` give the same."""

POLICIES: Mapping[Policy, str] = MappingProxyType(
    {
        "restrict": "the largest score of any class that is asked for, or of its members",
        "merge-mean": "the mean probability of a class's members",
        "merge-sum": "the sum of the members' probabilities",
        "merge-max": "the largest probability of a member: the same answers as restrict",
        "map-answer": "the answer among all of the model's classes; outside it is never right",
    }
)
"""What each does, in words."""

Groups = Sequence[tuple[int, ...]]
"""For each class, the columns of its members."""


def merged(
    scores: Float32[np.ndarray, "n k"], groups: Groups, policy: Policy
) -> Float32[np.ndarray, "n j"]:
    """One score before softmax per group: by its softmax the group has the probability meant.

    Computed in float64 with the largest score of each group taken out first, so that nothing
    overflows and no probability that float32 cannot hold is lost. A group without columns gets
    -inf.

    Args:
        scores: Scores before softmax.
        groups: Columns of each class.
        policy: What is done within a group.

    Example:
        >>> scores = np.log(np.float32([[0.3, 0.3, 0.4]]))
        >>> np.exp(merged(scores, [(0, 1), (2,)], "merge-sum")).round(2).tolist()
        [[0.6000000238418579, 0.4000000059604645]]
    """
    sizes = np.array([len(group) for group in groups])
    found = np.full((len(scores), len(groups)), -np.inf, dtype=np.float32)
    if len(scores):
        columns = np.array([column for group in groups for column in group])
        starts = np.concatenate([[0], np.cumsum(sizes[sizes > 0])[:-1]])
        found[:, sizes > 0] = _each(scores[:, columns], starts, sizes[sizes > 0], policy)
    return found


def elsewhere(
    scores: Float32[np.ndarray, "n k"], inside: Sequence[int]
) -> Float32[np.ndarray, "n 1"]:
    """The largest score outside some columns, float32 (n, 1); some are outside."""
    outside = np.ones(scores.shape[1], np.bool_)
    outside[list(inside)] = False
    return np.asarray(scores[:, outside].max(axis=1, keepdims=True))


def _each(
    scores: Float32[np.ndarray, "n m"], starts: np.ndarray, sizes: np.ndarray, policy: Policy
) -> Float32[np.ndarray, "n g"] | Float64[np.ndarray, "n g"]:
    """The groups, which stand side by side and have columns, as one column each."""
    largest = np.maximum.reduceat(scores, starts, axis=1)
    if policy not in ("merge-mean", "merge-sum"):
        return largest
    top = largest.astype(np.float64)
    shares = np.exp(scores.astype(np.float64) - np.repeat(top, sizes, axis=1))
    summed = top + np.log(np.add.reduceat(shares, starts, axis=1))
    return summed - np.log(sizes) if policy == "merge-mean" else summed
