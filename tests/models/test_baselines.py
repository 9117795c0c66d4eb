import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from fieldmark.models import Chance, NearestNeighbour
from fieldmark.models.baselines import squared_distances
from fieldmark.records import ModelCard, ModelError, generator

CARD = ModelCard("base", "baseline", "a test", "MIT", "none", tuple("0123"))


def pictures(seed, count):
    return generator(seed).integers(0, 256, (count, 5, 4, 3), dtype=np.uint8)


def test_scores_are_minus_the_distance_to_the_nearest_of_each_class():
    shown, asked = pictures(0, 40), pictures(1, 9)
    labels = generator(2).permutation(np.arange(40) % 4)
    distances = cdist(asked.reshape(9, -1) / 255, shown.reshape(40, -1) / 255)
    expected = -np.stack([distances[:, labels == k].min(axis=1) for k in range(4)], axis=1)
    model = NearestNeighbour(shown, labels, CARD)
    np.testing.assert_allclose(model(asked), expected, atol=1e-5)
    np.testing.assert_array_equal(model(asked), model(asked.astype(np.float32) / 255))


def test_what_was_shown_is_at_no_distance():
    shown = pictures(0, 8)
    scores = NearestNeighbour(shown, np.arange(8) % 4, CARD)(shown)
    np.testing.assert_array_equal(scores.argmax(axis=1), np.arange(8) % 4)


def test_a_class_without_images_is_refused():
    with pytest.raises(ModelError, match="was shown no image of class '3'"):
        NearestNeighbour(pictures(0, 3), np.arange(3), CARD)


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6))
def test_squared_distances_are_never_negative_and_agree_with_scipy(seed, n, m):
    chance = generator(seed)
    rows, others = chance.random((n, 7), np.float32), chance.random((m, 7), np.float32)
    squares = squared_distances(rows, others)
    assert (squares >= 0).all()
    np.testing.assert_allclose(squares, cdist(rows, others, "sqeuclidean"), atol=1e-5)


def test_chance_says_the_same_of_the_same_picture_in_any_batch_and_kind():
    coin, asked = Chance(CARD), pictures(3, 12)
    np.testing.assert_array_equal(coin(asked)[5:7], coin(asked[5:7]))
    np.testing.assert_array_equal(coin(asked), coin(asked.astype(np.float32) / 255))
    np.testing.assert_array_equal(coin(asked), coin(np.asfortranarray(asked)))


def test_chance_is_right_as_often_as_chance():
    guesses = Chance(CARD)(pictures(4, 4000)).argmax(axis=1)
    counts = np.bincount(guesses, minlength=4)
    assert ((counts - 1000) ** 2 / 1000).sum() < 16.3  # chi squared, 3 degrees, 1 in 1,000


def test_another_seed_guesses_differently():
    asked = pictures(5, 20)
    assert (Chance(CARD, seed=1)(asked) != Chance(CARD, seed=2)(asked)).all()


def test_no_images_are_no_scores():
    assert Chance(CARD)(pictures(0, 0)).shape == (0, 4)
