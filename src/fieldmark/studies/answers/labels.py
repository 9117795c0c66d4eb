"""Labels of examples that may have several, or none."""

import numpy as np
from jaxtyping import Int64

from fieldmark.records import LabelSets


def first_labels(labels: LabelSets) -> Int64[np.ndarray, " n"]:
    """The first label of each example, wherever its padding stands; -1 where it has none.

    Args:
        labels: Label sets, int64 (n, m), padded with -1.

    Example:
        >>> first_labels(np.array([[3, 5], [-1, 4], [-1, -1]])).tolist()
        [3, 4, -1]
    """
    if not labels.shape[1]:
        return np.full(len(labels), -1, np.int64)
    places = (labels >= 0).argmax(axis=1)
    return np.asarray(labels[np.arange(len(labels)), places], np.int64)
