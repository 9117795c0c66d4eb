"""Searching: candidates from afar, then compared closely in several views; the near ones stay."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from fieldmark.datasets.duplicates.candidates import descriptors, nearest
from fieldmark.datasets.duplicates.likeness import Greys, distances
from fieldmark.datasets.duplicates.thumbnails import Thumbnails, Watch, side_of, thumbnails
from fieldmark.records import ConfigError, Examples

Others = UInt8[np.ndarray, "m s s"]
Verdict = Literal["exact", "near", "similar"]

VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "as it is": "both whole",
        "mirrored": "the second one mirrored, left and right",
        "first cropped": "the middle 90 % of the first one",
        "second cropped": "the middle 90 % of the second one",
        "mirrored, first cropped": "both of these",
        "mirrored, second cropped": "both of these",
    }
)
"""How two pictures are laid upon each other."""

NEAR, SIMILAR = 0.15, 0.3
_KEPT = 0.9
_FLOOR = 0.5  # of correlations at 16 × 16: copies of any kind that is found lie far above


@dataclass(frozen=True)
class Pair:
    """A picture of the first set and one of the second that look alike.

    Args:
        first: Row of the first set.
        second: Row of the second set.
        verdict: "exact": the same grey levels in the frame that was compared; "near": at most 0.15
            apart; "similar": at most 0.3, for people to look at.
        view: How they are laid upon each other, a name of ``VIEWS``.
        apart: How far they are apart, 0 for the same structure: see ``distances``.
        l2: Root mean square difference, in grey levels of the thumbnails.
        colour: Root mean square difference of the mean colours of 4 × 4 fields, in grey levels.
    """

    first: int
    second: int
    verdict: Verdict
    view: str
    apart: float
    l2: float
    colour: float


@dataclass(frozen=True)
class Duplicates:
    """What a search found.

    Args:
        first: The set that was searched, such as one that models were trained on.
        second: The set that was looked for, such as a test set; the same one where it was searched
            for copies within itself.
        pairs: The nearest first.
        side: The height and width that pictures were compared at.
        neighbours: How many candidates each picture of the second set had in each view.
        near: The largest distance that is "near".
        similar: The largest that is "similar".
    """

    first: Examples
    second: Examples
    pairs: tuple[Pair, ...]
    side: int
    neighbours: int
    near: float
    similar: float

    @property
    def within(self) -> bool:
        """Was a set searched for copies within itself?"""
        return self.first is self.second

    def found(self, *verdicts: Verdict) -> tuple[int, ...]:
        """The rows of the second set that have a pair of one of these verdicts, in their order."""
        return tuple(sorted({one.second for one in self.pairs if one.verdict in verdicts}))


def duplicates(
    first: Examples,
    second: Examples | None = None,
    *,
    neighbours: int = 5,
    near: float = NEAR,
    similar: float = SIMILAR,
    watch: Watch | None = None,
) -> Duplicates:
    """The pictures of ``second`` that ``first`` has too, copied, re-encoded, cropped or mirrored.

    Every pair is compared by 16 × 16 grey levels; the ``neighbours`` most alike of each picture of
    the second set are compared again at 64 × 64 (or at their own size, where that is less). What
    is decoded is a square of the whole picture where the set can be framed otherwise.

    Args:
        first: The set that is searched.
        second: The set that is looked for; None searches ``first`` within itself.
        neighbours: How many candidates each picture has in each view.
        near: The largest distance that is called near.
        similar: The largest that is called similar.
        watch: Told (name of the set, pictures read, pictures in all).

    Raises:
        ConfigError: No neighbour at all, or limits out of order.
        DataError: A picture cannot be decoded.
    """
    if neighbours < 1 or not 0 <= near <= similar <= 1:
        raise ConfigError(
            f"at least 1 neighbour, and 0 ≤ near ≤ similar ≤ 1: got {neighbours}, {near}, {similar}"
        )
    within = second is None or second is first
    other = first if second is None else second
    side = side_of(first, other)
    here = thumbnails(first, side, watch)
    there = here if within else thumbnails(other, side, watch)
    exact = _exact(here, there, within)
    best: dict[tuple[int, int], tuple[float, float, str]] = {}
    for view, a, b in _views(here.greys, there.greys):
        for pair, apart, l2 in _close(a, b, neighbours, within, similar):
            if pair not in best or apart < best[pair][0]:
                best[pair] = (apart, l2, view)
    pairs = [
        Pair(row, column, "exact", "as it is", 0.0, 0.0, _colour(here, there, row, column))
        for row, column in exact
    ]
    pairs += [
        Pair(
            row,
            column,
            "near" if apart <= near else "similar",
            view,
            apart,
            l2,
            _colour(here, there, row, column, mirrored="mirrored" in view),
        )
        for (row, column), (apart, l2, view) in best.items()
        if (row, column) not in exact
    ]
    pairs.sort(key=lambda one: (one.verdict != "exact", one.apart, one.l2, one.second, one.first))
    return Duplicates(first, other, tuple(pairs), side, neighbours, near, similar)


def _exact(here: Thumbnails, there: Thumbnails, within: bool) -> set[tuple[int, int]]:
    rows: dict[bytes, list[int]] = {}
    for row, digest in enumerate(here.digests):
        rows.setdefault(digest, []).append(row)
    return {
        (row, column)
        for column, digest in enumerate(there.digests)
        for row in rows.get(digest, ())
        if not within or row < column
    }


def _views(first: Greys, second: Others) -> Iterator[tuple[str, Greys, Others]]:
    mirrored = np.ascontiguousarray(second[:, :, ::-1])
    yield "as it is", first, second
    yield "mirrored", first, mirrored
    middle = _middle(first)
    yield "first cropped", middle, second
    yield "mirrored, first cropped", middle, mirrored
    middle = _middle(second)
    yield "second cropped", first, middle
    yield "mirrored, second cropped", first, np.ascontiguousarray(middle[:, :, ::-1])


def _middle(greys: Greys) -> Greys:
    import cv2

    side = greys.shape[1]
    # A crop need not begin on a pixel: the middle of a small picture would shift by half of one.
    scale = np.float32(_KEPT)
    away = np.float32((1 - _KEPT) / 2 * side + (_KEPT - 1) / 2)
    move = np.array([[scale, 0, away], [0, scale, away]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [
            cv2.warpAffine(one, move, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for one in greys
        ]
    )


def _close(
    first: Greys, second: Others, neighbours: int, within: bool, similar: float
) -> Iterator[tuple[tuple[int, int], float, float]]:
    """((row, column), apart, l2) of the candidates of one view that are at least similar."""
    found = nearest(descriptors(first), descriptors(second), neighbours, itself=within)
    columns, places = np.nonzero(found.likeness > _FLOOR)
    rows = found.rows[columns, places]
    if within:
        ahead = rows < columns
        rows, columns = rows[ahead], columns[ahead]
    far = distances(first[rows], second[columns], limit=similar)
    for place in np.flatnonzero(far.apart <= similar):
        pair = int(rows[place]), int(columns[place])
        yield pair, float(far.apart[place]), float(far.l2[place])


def _colour(
    here: Thumbnails, there: Thumbnails, row: int, column: int, *, mirrored: bool = False
) -> float:
    fields = here.colours[row].reshape(4, 4, 3)
    if mirrored:
        fields = fields[:, ::-1]
    difference = fields.ravel() - there.colours[column]
    return float(np.sqrt((difference**2).mean()))
