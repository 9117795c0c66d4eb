"""Likeness: how far apart two pictures are, once brightness and contrast are made equal."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, UInt8

Greys = UInt8[np.ndarray, "n s s"]
Floats = Float32[np.ndarray, "n s s"]

_SIGMA, _TRUNCATE = 1.5, 3.5  # eleven taps, as in the paper
_C1, _C2 = np.float32((0.01 * 255) ** 2), np.float32((0.03 * 255) ** 2)
_BLOCK = 256


@dataclass(frozen=True)
class Distances:
    """How far pictures are apart, pair by pair, float64 (n,) each.

    Args:
        apart: The larger of ``unlike`` and dssim, which is not looked at where ``unlike`` is large.
        l2: Root mean square difference in grey levels, as the pictures are.
        unlike: 1 minus the correlation of what each has beyond the means of its rows and columns:
            0 for the same, 1 for nothing in common.
    """

    apart: Float64[np.ndarray, " n"]
    l2: Float64[np.ndarray, " n"]
    unlike: Float64[np.ndarray, " n"]


def distances(first: Greys, second: Greys, *, limit: float = 1.0) -> Distances:
    """How far pictures are apart, the i-th of one from the i-th of the other.

    Two measures, for each is fooled by itself. SSIM finds two small birds in two clear skies alike,
    for most of both pictures is sky. Correlation finds two seas alike, for both are darker below;
    so what is the same along a row or a column does not count. Copies are near in both.

    Args:
        first: Grey levels, uint8 (n, s, s).
        second: The same number of the same size.
        limit: Pairs that are more unlike than this are not compared further.

    Returns:
        The distances. dssim is (1 − SSIM) / 2 after the second picture was given the mean and the
        spread of the first: 0 for the same structure, one half for none in common.

    Source:
        Wang, Bovik, Sheikh & Simoncelli 2004, doi:10.1109/TIP.2003.819861: a Gaussian window of 11
        taps and sigma 1.5; the levelling before it and the correlation beside it are ours.

    Example:
        >>> rings = np.hypot(*np.mgrid[-16:16, -16:16])[None].astype(np.uint8) * 8
        >>> found = distances(rings, rings // 2 + 50)
        >>> bool(found.l2[0] > 10), bool(found.apart[0] < 0.01)
        (True, True)
    """
    l2, unlike = np.empty(len(first)), np.empty(len(first))
    apart = np.empty(len(first))
    for start in range(0, len(first), _BLOCK):
        block = slice(start, start + _BLOCK)
        a, b = first[block].astype(np.float32), second[block].astype(np.float32)
        l2[block] = np.sqrt(((a - b) ** 2).mean(axis=(1, 2), dtype=np.float64))
        unlike[block] = apart[block] = 1 - _correlation(a, b)
        near = np.flatnonzero(unlike[block] <= limit)
        if len(near):
            a, b = a[near], b[near]
            dssim = (1 - _ssim(a, _levelled(b, a))) / 2
            apart[start + near] = np.maximum(dssim, unlike[start + near])
    return Distances(apart, l2, unlike)


def _correlation(a: Floats, b: Floats) -> Float32[np.ndarray, " n"]:
    a, b = _without_profiles(a), _without_profiles(b)
    lengths = np.sqrt((a * a).sum(axis=(1, 2)) * (b * b).sum(axis=(1, 2)))
    return np.asarray((a * b).sum(axis=(1, 2)) / np.maximum(lengths, 1e-3), np.float32)


def _without_profiles(image: Floats) -> Floats:
    """What a picture has beyond the means of its rows and columns: a horizon is no likeness."""
    rows, columns = image.mean(axis=2, keepdims=True), image.mean(axis=1, keepdims=True)
    return image - rows - columns + image.mean(axis=(1, 2), keepdims=True)


def _levelled(image: Floats, like: Floats) -> Floats:
    """``image`` with the mean and the standard deviation of ``like``."""
    middle, spread = image.mean(axis=(1, 2), keepdims=True), image.std(axis=(1, 2), keepdims=True)
    gain = like.std(axis=(1, 2), keepdims=True) / np.maximum(spread, 1e-3)
    return (image - middle) * gain + like.mean(axis=(1, 2), keepdims=True)


def _ssim(a: Floats, b: Floats) -> Float32[np.ndarray, " n"]:
    mean_a, mean_b = _blurred(a), _blurred(b)
    var_a = _blurred(a * a) - mean_a**2
    var_b = _blurred(b * b) - mean_b**2
    both = _blurred(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _C1) * (2 * both + _C2)
    below = (mean_a**2 + mean_b**2 + _C1) * (var_a + var_b + _C2)
    return np.asarray((above / below).mean(axis=(1, 2)), np.float32)


def _blurred(image: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter1d

    across = gaussian_filter1d(image, _SIGMA, axis=2, truncate=_TRUNCATE, mode="reflect")
    return np.asarray(
        gaussian_filter1d(across, _SIGMA, axis=1, truncate=_TRUNCATE, mode="reflect"), np.float32
    )
