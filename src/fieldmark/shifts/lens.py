"""Lens: out of focus, every point becomes a disk.

The published kernel is a disk of whole pixels, softened by a small Gaussian to hide its steps.
Going down one row, a disk only gains its lower rim and loses its upper one, so sums over disks need
no more than two whole numbers for every column of the disk; the small Gaussian follows. What the
published code does differently at the rim of its array (it mirrors there, so that at severities 4
and 5 its kernels of 224 pixels sum to 1.013 and 1.011, and brighten) is added tap by tap.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Float64, Int16, Int64, UInt8

from fieldmark.records import Pixels, Seeds, compiled
from fieldmark.shifts.blur import NUDGE

EDGES = "mirrored at the middle of the outermost pixels"

SMALL = 8
"""The published array reaches this far, or as far as a larger disk."""


class Disk(NamedTuple):
    """A kernel: how far the disk reaches up and down by columns beside the middle, and the rest.

    Args:
        heights: By column, the middle one first.
        side: The Gaussian's middle and one side, over the root of the disk's area.
        places: Row and column of taps that are added in all four quarters.
        weights: Those of the taps.
    """

    heights: Int64[np.ndarray, " columns"]
    side: Float32[np.ndarray, " taps"]
    places: Int64[np.ndarray, "rest two"]
    weights: Float32[np.ndarray, " rest"]


def defocus_blur(images: Pixels, seeds: Seeds, *, strength: tuple[float, float]) -> Pixels:
    """Images whose points become disks of a radius, softened by a Gaussian, both in pixels.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261, "defocus blur".
    """
    disk = _disk(*strength)
    result = np.array(images, order="C")
    for image in result:
        _spread(image, disk)
    return result


@lru_cache(maxsize=32)
def _disk(radius: float, softness: float) -> Disk:
    columns = np.arange(int(radius) + 1)
    heights = np.floor(np.sqrt(radius**2 - columns**2)).astype(np.int64)
    reach, extent = _reach(radius), max(SMALL, int(radius))
    soft = np.exp(-0.5 * (np.arange(-reach, reach + 1) / softness) ** 2)
    soft /= soft.sum()
    away = np.arange(-extent, extent + 1)
    whole = (away[:, None] ** 2 + away**2 <= radius**2).astype(np.float64)
    plain = _softened(np.pad(whole, 2 * reach), soft)
    published = _softened(np.pad(whole, reach, mode="reflect"), soft)
    rest = (np.pad(published, reach) - plain)[extent + reach :, extent + reach :] / whole.sum()
    places = np.argwhere(np.abs(rest) > 1e-9)
    shares = 1.0 + (places == 0).sum(axis=1)  # taps on an axis are shared by two quarters
    side = soft[reach:] / np.sqrt(whole.sum())
    side = side[: max(1, np.count_nonzero(side > 1e-12))]
    return Disk(
        heights,
        side.astype(np.float32),
        places,
        (rest[places[:, 0], places[:, 1]] / shares).astype(np.float32),
    )


def kernel(radius: float, softness: float) -> Float64[np.ndarray, "side side"]:
    """The whole kernel of a published strength, as it would be written down.

    Example:
        >>> kernel(1.0, 0.1).round(2).tolist()
        [[0.0, 0.2, 0.0], [0.2, 0.2, 0.2], [0.0, 0.2, 0.0]]
        >>> round(float(kernel(8.0, 0.5).sum()), 3)
        1.013
    """
    disk = _disk(radius, softness)
    around = len(disk.side) - 1
    middle = len(disk.heights) - 1 + max(around, _reach(radius) if len(disk.weights) else 0)
    away = np.arange(-middle, middle + 1)
    tall = np.full(len(away), -1, np.int64)
    for column, height in enumerate(disk.heights):
        tall[[middle - column, middle + column]] = height
    whole = np.pad((np.abs(away)[:, None] <= tall).astype(np.float64), around)
    both_sides = np.concatenate([disk.side[:0:-1], disk.side]).astype(np.float64)
    result = _softened(whole, both_sides)
    for (row, column), weight in zip(disk.places, disk.weights, strict=True):
        for down, right in ((row, column), (row, -column), (-row, column), (-row, -column)):
            result[middle + down, middle + right] += weight
    return result


def _reach(radius: float) -> int:
    """How many pixels the published code softens to each side."""
    return 1 if radius <= SMALL else 2


def _softened(
    values: Float64[np.ndarray, "rows rows"], soft: Float64[np.ndarray, " taps"]
) -> Float64[np.ndarray, "fewer fewer"]:
    """Values with ``soft`` along both axes, where it fits."""
    for _ in range(2):
        fewer = len(values) - len(soft) + 1
        values = sum(weight * values[i : i + fewer] for i, weight in enumerate(soft)).T
    return values


def _spread(image: UInt8[np.ndarray, "h w c"], disk: Disk) -> None:
    from cv2 import BORDER_REFLECT_101, copyMakeBorder

    height, _, channels = image.shape
    margin = len(disk.heights) + 1  # one row more leaves the disk, and taps lie around it
    framed = copyMakeBorder(image, margin, margin, margin, margin, BORDER_REFLECT_101)
    rows = framed.astype(np.int16).reshape(height + 2 * margin, -1)  # differences have a sign
    picture = image.reshape(height, -1)
    sums = np.empty(picture.shape, np.float32)
    sums[0] = _first_sum(rows, disk.heights, picture.shape[1], channels)
    _sum_disks(sums, rows, disk.heights, channels)
    smooth = np.empty(picture.shape, np.float32)
    _soften(smooth, sums, disk.side, channels)
    _add_taps(picture, smooth, rows, disk.places, disk.weights, channels)


def _first_sum(
    rows: Int16[np.ndarray, "rows columns"],
    heights: Int64[np.ndarray, " radii"],
    length: int,
    channels: int,
) -> Int64[np.ndarray, " length"]:
    margin = len(heights) + 1
    total = np.zeros(length, np.int64)
    for d in range(1 - len(heights), len(heights)):
        first = (margin + d) * channels
        tall = slice(margin - heights[abs(d)], margin + heights[abs(d)] + 1)
        total += rows[tall, first : first + length].sum(axis=0)
    return total


@compiled
def _sum_disks(sums: np.ndarray, rows: np.ndarray, heights: np.ndarray, channels: int) -> None:
    """From row to row: what the lower rim gains less what the upper rim loses."""
    height, length = sums.shape
    radius = len(heights) - 1
    margin = radius + 2
    first = margin * channels
    change, step = np.empty(rows.shape[1], np.int16), np.empty(length, np.int16)
    for y in range(1, height):
        for d in range(radius + 1):
            k = heights[d]
            if d == 0 or k != heights[d - 1]:
                gained, lost = rows[margin + y + k], rows[margin + y - 1 - k]
                for j in range(len(change)):
                    change[j] = gained[j] - lost[j]
            one = change[first + d * channels : first + d * channels + length]
            two = change[first - d * channels : first - d * channels + length]
            if d == 0:
                for j in range(length):
                    step[j] = one[j]
            else:
                for j in range(length):
                    step[j] += one[j] + two[j]
        line, above = sums[y], sums[y - 1]
        for j in range(length):
            line[j] = above[j] + np.float32(step[j])  # whole numbers: exact


@compiled
def _soften(smooth: np.ndarray, sums: np.ndarray, side: np.ndarray, channels: int) -> None:
    """Down into a row with mirrored margins, and across out of it."""
    height, length = sums.shape
    around = len(side) - 1
    first = around * channels
    framed = np.empty(length + 2 * first, np.float32)
    middle = framed[first : first + length]
    for y in range(height):
        own, weight = sums[y], side[0]
        for j in range(length):
            middle[j] = weight * own[j]
        for k in range(1, around + 1):
            one, two = sums[abs(y - k)], sums[min(y + k, 2 * height - 2 - y - k)]
            weight = side[k]
            for j in range(length):
                middle[j] += weight * (one[j] + two[j])
        for j in range(first):
            place, channel = j // channels, j % channels
            framed[j] = middle[(around - place) * channels + channel]
            framed[first + length + j] = middle[length - (place + 2) * channels + channel]
        total = smooth[y]
        weight = side[0]
        for j in range(length):
            total[j] = weight * middle[j]
        for k in range(1, around + 1):
            one = framed[first - k * channels : first - k * channels + length]
            two = framed[first + k * channels : first + k * channels + length]
            weight = side[k]
            for j in range(length):
                total[j] += weight * (one[j] + two[j])


@compiled
def _add_taps(
    image: np.ndarray,
    smooth: np.ndarray,
    rows: np.ndarray,
    places: np.ndarray,
    weights: np.ndarray,
    channels: int,
) -> None:
    """The last of the kernel; then levels are cut off."""
    height, length = smooth.shape
    margin = (len(rows) - height) // 2
    first = margin * channels
    pair = np.empty(rows.shape[1], np.float32)
    for y in range(height):
        total, line = smooth[y], image[y]
        for tap in range(len(weights)):
            k, d, weight = places[tap, 0], places[tap, 1], weights[tap]
            if tap == 0 or k != places[tap - 1, 0]:
                up, down = rows[margin + y - k], rows[margin + y + k]
                for j in range(len(pair)):
                    pair[j] = np.int16(up[j] + down[j])
            one = pair[first - d * channels : first - d * channels + length]
            two = pair[first + d * channels : first + d * channels + length]
            for j in range(length):
                total[j] += weight * (one[j] + two[j])
        for j in range(length):
            line[j] = np.uint8(np.int32(min(total[j] + NUDGE, np.float32(255.0))))
