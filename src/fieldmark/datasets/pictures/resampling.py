"""Resampling: rows first, then columns, only of what stays; to the bit what Pillow gives.

Pillow does the same for the whole picture, on four bytes a pixel; here nothing is computed that the
crop throws away, and nothing is copied between the decoder's bytes and the frame.
"""

import numpy as np
from jaxtyping import UInt8

from fieldmark.datasets.pictures.weights import Weights
from fieldmark.records import compiled


def resampled(
    pixels: UInt8[np.ndarray, "h w c"], across: Weights, down: Weights
) -> UInt8[np.ndarray, "m n c"]:
    """A picture scaled by the weights of its width (n of them) and of its height (m).

    Args:
        pixels: Of one or three channels.
        across: Where each column comes from.
        down: Where each row comes from.
    """
    top, bottom = down.span
    wide, channels = len(across.starts), pixels.shape[2]
    between = np.empty((bottom - top, wide, channels), dtype=np.uint8)
    rows = _colour_rows if channels == 3 else _grey_rows
    rows(pixels[top:bottom], across.starts, across.counts, across.parts, between)
    found = np.empty((len(down.starts), wide * channels), dtype=np.uint8)
    flat = between.reshape(bottom - top, wide * channels)
    _columns(flat, down.starts - top, down.counts, down.parts, found)
    return found.reshape(-1, wide, channels)


@compiled
def _colour_rows(
    pixels: np.ndarray, starts: np.ndarray, counts: np.ndarray, parts: np.ndarray, out: np.ndarray
) -> None:
    half = np.int32(1 << 21)
    # Two rows at a time, so that each weight is fetched once for six products.
    for y in range(0, len(pixels), 2):
        other = min(y + 1, len(pixels) - 1)
        for x in range(len(starts)):
            red, green, blue = half, half, half
            red_2, green_2, blue_2 = half, half, half
            start = starts[x]
            for place in range(counts[x]):
                part = parts[x, place]
                red += np.int32(pixels[y, start + place, 0]) * part
                green += np.int32(pixels[y, start + place, 1]) * part
                blue += np.int32(pixels[y, start + place, 2]) * part
                red_2 += np.int32(pixels[other, start + place, 0]) * part
                green_2 += np.int32(pixels[other, start + place, 1]) * part
                blue_2 += np.int32(pixels[other, start + place, 2]) * part
            out[y, x, 0] = min(max(red >> 22, 0), 255)
            out[y, x, 1] = min(max(green >> 22, 0), 255)
            out[y, x, 2] = min(max(blue >> 22, 0), 255)
            out[other, x, 0] = min(max(red_2 >> 22, 0), 255)
            out[other, x, 1] = min(max(green_2 >> 22, 0), 255)
            out[other, x, 2] = min(max(blue_2 >> 22, 0), 255)


@compiled
def _grey_rows(
    pixels: np.ndarray, starts: np.ndarray, counts: np.ndarray, parts: np.ndarray, out: np.ndarray
) -> None:
    for y in range(len(pixels)):
        for x in range(len(starts)):
            level = np.int32(1 << 21)
            start = starts[x]
            for place in range(counts[x]):
                level += np.int32(pixels[y, start + place, 0]) * parts[x, place]
            out[y, x, 0] = min(max(level >> 22, 0), 255)


@compiled
def _columns(
    flat: np.ndarray, starts: np.ndarray, counts: np.ndarray, parts: np.ndarray, out: np.ndarray
) -> None:
    levels = np.empty(flat.shape[1], np.int32)
    for y in range(len(starts)):
        levels[:] = 1 << 21
        for place in range(counts[y]):
            part = parts[y, place]
            row = flat[starts[y] + place]
            for x in range(len(levels)):
                levels[x] += np.int32(row[x]) * part
        for x in range(len(levels)):
            out[y, x] = min(max(levels[x] >> 22, 0), 255)
