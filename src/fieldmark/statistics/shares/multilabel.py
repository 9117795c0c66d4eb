"""Multi-label accuracy: one answer an example, right when it is among the labels that are right."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import DataError, Estimate
from fieldmark.statistics.shares.accuracy import accuracy
from fieldmark.statistics.shares.macro import class_counts, macro_accuracy

Hits = Bool[np.ndarray, " n"]
Places = Int64[np.ndarray, " n"]
Originals = Int64[np.ndarray, " o"]
Sets = Int64[np.ndarray, "s m"]
Further = Int64[np.ndarray, "f u"]


@dataclass(frozen=True)
class MultiLabel:
    """One subject's answers, counted in every way that has been published.

    Args:
        micro: Right answers / examples with a label (ReaL; and "MLA" of the human study).
        micro_unclear: The same, with classes that reviewers could not rule out counted as right;
            None when nobody noted any.
        macro: Mean over original classes of each class's share (TensorFlow Datasets' version, used
            by "dough"), with unclear classes counted as right where there are any.
        first: Right only when the answer is the first label of the set.
        original: Right only when it is the original label, on the same examples; None without.
    """

    micro: Estimate
    micro_unclear: Estimate | None
    macro: Estimate | None
    first: Estimate
    original: Estimate | None


def among(answers: Places, labels: Sets) -> Hits:
    """Is each answer one of the example's labels? False where there is no label or no answer.

    Args:
        answers: Classes, int64 (n,); negative for no answer.
        labels: Label sets, int64 (n, m), padded with -1.

    Raises:
        DataError: Their lengths differ.

    Example:
        >>> sets = np.array([[3, 5], [2, -1], [-1, -1]])
        >>> among(np.array([5, 5, -1]), sets).tolist()
        [True, False, False]
    """
    if len(answers) != len(labels):
        raise DataError(f"{len(answers)} answers to {len(labels)} examples")
    return ((answers[:, None] == labels) & (labels >= 0)).any(axis=1)


def multi_label(
    answers: Places,
    labels: Sets,
    *,
    original: Originals | None = None,
    unclear: Further | None = None,
    level: float = 0.95,
) -> MultiLabel:
    """Multi-label accuracy in all published variants, side by side.

    Two official definitions differ: the human study averages over pictures and may count unclear
    labels or not; the version of TensorFlow Datasets counts them and averages over the original
    classes first. ReaL is the first of these on its own labels. Examples without any label are
    left out by all, and counted as missing.

    Args:
        answers: The best class of each example, int64 (n,); negative for no answer, never right.
        labels: The classes that are right, int64 (n, m), padded with -1.
        original: The one label that each example had, for ``macro`` and ``original``; -1 for none.
        unclear: Further classes that cannot be ruled out, int64 (n, m), padded with -1.
        level: Confidence level in (0, 1).

    Returns:
        The variants; undefined where nothing is labelled.

    Raises:
        DataError: Lengths differ.

    Source:
        Beyer et al. 2020, arXiv:2006.07159 (ReaL); Shankar et al. 2020, "Evaluating machine
        accuracy on ImageNet", ICML (micro); Vasudevan et al. 2022, arXiv:2205.04596 (macro).

    Example:
        >>> sets = np.array([[3, 5], [2, -1], [-1, -1]])
        >>> found = multi_label(np.array([5, 2, 1]), sets, original=np.array([3, 2, 1]))
        >>> found.micro.value, found.first.value, found.original.value, found.micro.missing
        (1.0, 0.5, 0.5, 1)
    """
    for name, some in (("original labels", original), ("unclear label sets", unclear)):
        if some is not None and len(some) != len(answers):
            raise DataError(f"{len(some)} {name} for {len(answers)} answers")
    hit, labelled = among(answers, labels), np.asarray((labels >= 0).any(axis=1))
    lenient = hit if unclear is None else hit | (among(answers, unclear) & labelled)
    first = among(answers, labels[:, :1])
    return MultiLabel(
        micro=accuracy(hit, labelled=labelled, level=level),
        micro_unclear=(
            None if unclear is None else accuracy(lenient, labelled=labelled, level=level)
        ),
        macro=None if original is None else _macro(lenient, labelled, original, level),
        first=accuracy(first, labelled=labelled, level=level),
        original=(
            None
            if original is None
            else accuracy(
                (answers == original) & (original >= 0),
                labelled=labelled & (original >= 0),
                level=level,
            )
        ),
    )


def _macro(hits: Hits, labelled: Hits, original: Places, level: float) -> Estimate:
    places = np.where(labelled, original, -1)
    there = np.unique(places[places >= 0])  # classes nobody has are not missing classes
    renamed = np.where(places >= 0, np.searchsorted(there, places), -1)
    right, n = class_counts(hits, renamed, classes=len(there))
    return macro_accuracy(right, n, level=level)
