"""Likeness: of copies, of strangers, and against the SSIM of another library."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from fieldmark.datasets.duplicates.candidates import descriptors, nearest
from fieldmark.datasets.duplicates.likeness import _ssim, distances
from fieldmark.records import generator


@pytest.fixture
def greys():
    """Smooth random pictures, uint8 (40, 32, 32)."""
    rng = generator(0)
    waves = rng.normal(size=(40, 6, 6))
    rows = np.linspace(0, np.pi, 32)[:, None] * np.arange(6)
    basis = np.cos(rows)
    some = basis @ waves @ basis.T
    some -= some.min(axis=(1, 2), keepdims=True)
    return (some / some.max(axis=(1, 2), keepdims=True) * 255).astype(np.uint8)


def test_ssim_is_that_of_the_paper(greys):
    a, b = greys[:5].astype(np.float32), greys[5:10].astype(np.float32)
    for row in range(5):
        other = structural_similarity(
            a[row].astype(np.float64),
            b[row].astype(np.float64),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            full=True,
        )[1].mean()
        assert _ssim(a, b)[row] == pytest.approx(other, abs=1e-4)


def test_brightness_and_contrast_set_nothing_apart(greys):
    changed = np.rint(greys * 0.6 + 40).astype(np.uint8)
    found = distances(greys, changed)
    assert found.apart.max() < 0.01
    assert found.l2.min() > 5


def test_strangers_are_apart(greys):
    assert distances(greys[:20], greys[20:]).apart.min() > 0.3


def test_a_flat_picture_is_like_nothing(greys):
    flat = np.full((1, 32, 32), 90, np.uint8)
    assert not descriptors(flat).any()
    assert distances(flat, greys[:1]).apart[0] == pytest.approx(1.0)


def test_what_is_unlike_is_not_compared_further(greys):
    near, far = distances(greys[:20], greys[20:], limit=0.0), distances(greys[:20], greys[20:])
    assert (near.apart == near.unlike).all()
    assert (far.apart >= near.apart).all()


def test_the_nearest_are_those_of_a_plain_search(greys):
    one, other = descriptors(greys), descriptors(greys[::-1])
    found = nearest(one, other, 3)
    plain = np.argsort(-(other @ one.T), axis=1, kind="stable")[:, :3]
    assert np.array_equal(found.rows, plain)
    assert np.array_equal(found.rows[:, 0], np.arange(40)[::-1])
    within = nearest(one, one, 3, itself=True)
    assert not (within.rows == np.arange(40)[:, None]).any()
    assert nearest(one[:2], other, 5).rows.shape == (40, 2)
