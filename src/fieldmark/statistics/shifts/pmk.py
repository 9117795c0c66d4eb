"""pm-k: is a subject right on a frame, and on all its neighbours up to k frames away?"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fieldmark.records import DataError, Estimate
from fieldmark.statistics.differences.paired import paired_difference
from fieldmark.statistics.ground.distributions import checked_level
from fieldmark.statistics.shares.accuracy import accuracy

Hits = Bool[np.ndarray, " n"]
Groups = Int64[np.ndarray, " n"]
Offsets = Int64[np.ndarray, " n"]


@dataclass(frozen=True)
class Neighbourhood:
    """The anchors of videos and the frames around them.

    Args:
        rows: Rows of the frames within k of their anchor, the anchor included.
        anchors: Which anchor each of these frames belongs to, 0 to the number of anchors - 1.
        centres: The row of each anchor.
        frames: How many frames there are, near an anchor or not.
    """

    rows: Int64[np.ndarray, " f"]
    anchors: Int64[np.ndarray, " f"]
    centres: Int64[np.ndarray, " a"]
    frames: int

    def __len__(self) -> int:
        return len(self.centres)


@dataclass(frozen=True)
class Consistent:
    """How well answers hold up among neighbouring frames.

    Args:
        anchors: pm-0, the share of anchors answered correctly.
        neighbours: pm-k, the share answered correctly with all neighbours.
        drop: pm-k minus pm-0, never above 0.
    """

    anchors: Estimate
    neighbours: Estimate
    drop: Estimate


def neighbourhood(groups: Groups, k: int, *, offsets: Offsets | None = None) -> Neighbourhood:
    """The anchor of each group, and the frames at most ``k`` away from it.

    Args:
        groups: Which video each row belongs to; the rows of one are in their order in time.
        k: How many frames on each side, at least 0.
        offsets: How many frames each row is away from its anchor, whose own offset is 0; gaps are
            frames that nobody found similar. None takes the middle frame as the anchor, of an even
            number the later one of the two in the middle, and rows as following each other.

    Raises:
        DataError: A negative ``k``, or a group that has not one anchor.

    Source:
        Shankar et al. 2019, arXiv:1906.02168, section 2: their anchors are frames in the middle
        of twenty neighbours.

    Example:
        >>> gaps = np.array([-3, -1, 0, 1])
        >>> neighbourhood(np.zeros(4, np.int64), 2, offsets=gaps).rows.tolist()
        [1, 2, 3]
        >>> found = neighbourhood(np.array([5, 5, 5, 5, 5, 6]), 1)
        >>> found.rows.tolist(), found.anchors.tolist(), found.centres.tolist()
        ([1, 2, 3, 5], [0, 0, 0, 1], [2, 5])
    """
    if k < 0:
        raise DataError(f"neighbours are at least 0 frames away, got {k}")
    order = np.argsort(groups, kind="stable")
    _, starts, members, sizes = np.unique(
        groups[order], return_index=True, return_inverse=True, return_counts=True
    )
    places = np.arange(len(groups)) - starts[members]
    away = places - (sizes // 2)[members] if offsets is None else offsets[order]
    _insist_on_one_anchor(members[away == 0], len(sizes))
    near = np.abs(away) <= k
    return Neighbourhood(
        rows=order[near].astype(np.int64),
        anchors=members[near].astype(np.int64),
        centres=order[away == 0].astype(np.int64),
        frames=len(groups),
    )


def _insist_on_one_anchor(anchors: Groups, videos: int) -> None:
    counts = np.bincount(anchors, minlength=videos)
    if (counts != 1).any():
        odd = int(np.flatnonzero(counts != 1)[0])
        raise DataError(
            f"video {odd + 1} of {videos} has {counts[odd]} frames of offset 0; each has one anchor"
        )


def pm_k(
    correct: Hits, around: Neighbourhood, *, labelled: Hits | None = None, level: float = 0.95
) -> Consistent:
    """pm-0 and pm-k: an anchor counts only if no neighbour is answered wrongly.

    Anchors are taken as independent, so intervals are those of shares of anchors (exact for the
    two shares, Tango's for the drop); the frames around them only decide.

    Args:
        correct: Was the answer to each frame right, by its own labels or by its anchor's?
        around: See ``neighbourhood``.
        labelled: Has the frame a label, and did somebody find it similar to its anchor? None when
            all have. Neighbours without one are passed over; anchors without one are missing.
        level: Confidence level in (0, 1).

    Returns:
        The shares; undefined without labelled anchors.

    Raises:
        DataError: Not one answer per frame, or an impossible level.

    Source:
        Shankar et al. 2019, arXiv:1906.02168, equation 1.

    Example:
        >>> around = neighbourhood(np.repeat([0, 1], 3), 1)
        >>> found = pm_k(np.array([True, True, True, False, True, True]), around)
        >>> found.anchors.value, found.neighbours.value, found.drop.value
        (1.0, 0.5, -0.5)
    """
    checked_level(level)
    known = np.ones_like(correct) if labelled is None else labelled
    if not len(known) == len(correct) == around.frames:
        raise DataError(
            f"{len(correct)} answers and {len(known)} labels for {around.frames} frames"
        )
    wrong = known[around.rows] & ~correct[around.rows]
    clean = np.bincount(around.anchors[wrong], minlength=len(around)) == 0
    counted = known[around.centres]
    alone = correct[around.centres] & counted
    together = alone & clean
    lost, n = int((alone & ~together).sum()), int(counted.sum())
    return Consistent(
        accuracy(alone, labelled=counted, level=level),
        accuracy(together, labelled=counted, level=level),
        paired_difference(0, lost, n, missing=len(around) - n, level=level),
    )
