"""The order in which alike subjects stand together."""

import numpy as np
import pytest

from fieldmark.records import DataError, generator
from fieldmark.statistics import similar_order


def test_families_stand_together():
    kind = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    noise = generator(0).random((9, 9)) / 10
    near = np.where(kind[:, None] == kind, 0.8, 0.2) + (noise + noise.T) / 2
    found = kind[similar_order(near)]
    assert (np.diff(found) != 0).sum() == 2


@pytest.mark.parametrize("s", [0, 1, 2])
def test_few_keep_their_order(s):
    assert similar_order(np.eye(s)).tolist() == list(range(s))


def test_the_unknown_counts_as_unlike_and_crooked_input_is_refused():
    near = np.array([[1.0, np.nan, 0.9], [np.nan, np.nan, np.nan], [0.9, np.nan, 1.0]])
    assert abs(similar_order(near).tolist().index(0) - similar_order(near).tolist().index(2)) == 1
    with pytest.raises(DataError, match="same both ways"):
        similar_order(np.array([[1.0, 0.2, 0], [0.3, 1.0, 0], [0, 0, 1.0]]))
