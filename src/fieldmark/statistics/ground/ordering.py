"""An order of subjects in which those that are alike stand beside each other."""

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import DataError


def similar_order(likeness: Float64[np.ndarray, "s s"]) -> Int64[np.ndarray, " s"]:
    """Rows in the order of a clustering tree, neighbours as alike as the tree allows.

    Args:
        likeness: How alike two subjects are, symmetric, at most 1; NaN counts as not alike (0).

    Raises:
        DataError: It is not symmetric.

    Source:
        Average linkage; order of the leaves: Bar-Joseph, Gifford & Jaakkola 2001,
        doi:10.1093/bioinformatics/17.suppl_1.S22.

    Example:
        >>> near = np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]])
        >>> similar_order(near).tolist() in ([0, 2, 1], [1, 2, 0])
        True
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    known = np.nan_to_num(likeness, nan=0.0)
    if not np.allclose(known, known.T):
        raise DataError("likeness must be the same both ways")
    if len(known) < 3:
        return np.arange(len(known), dtype=np.int64)
    apart = 1 - (known + known.T) / 2
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(np.maximum(apart, 0.0)), "average", optimal_ordering=True)
    return leaves_list(tree).astype(np.int64)
