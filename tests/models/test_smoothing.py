"""Smoothing: votes against the closed form of a linear model, equal noise for equal pictures."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import nn

from fieldmark.models import (
    CallableClassifier,
    TorchClassifier,
    smoothed,
    smoothed_subject,
    subject_of,
)
from fieldmark.records import ConfigError, GradientClassifier, ModelCard, Smoothed

CARD = ModelCard("halves", "linear", "a test", "MIT", "none", ("left", "right"))
SHAPE = (3, 4, 1)
WEIGHTS = np.linspace(-1, 1, 12).astype(np.float32)


class Halves(nn.Module):
    """Two logits, 0 and w · x - b: exact probabilities under Gaussian noise are known."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(WEIGHTS))

    def forward(self, pictures):
        score = pictures.flatten(1) @ self.weights - 0.4
        return torch.stack([torch.zeros_like(score), 5 * score], dim=1)


def net(**more):
    return smoothed(TorchClassifier(Halves(), CARD), 0.25, **{"draws": 64, "seed": 3, **more})


def pictures(n, seed=0):
    return np.random.Generator(np.random.PCG64(seed)).random((n, *SHAPE)).astype(np.float32)


def test_a_smoothed_classifier_is_one_and_says_what_it_is():
    found = net()
    assert isinstance(found, Smoothed)
    assert isinstance(found, GradientClassifier)
    assert found.card.name == "smoothed:0.25:halves"
    assert found.card.intervention == "randomised smoothing"
    plain = smoothed(CallableClassifier(lambda x: x.mean((1, 2)).repeat(2, 1), CARD), 0.25)
    assert isinstance(plain, Smoothed)
    assert not isinstance(plain, GradientClassifier)


def test_votes_of_a_linear_model_are_binomial_with_a_known_share():
    found, image = net(clipped=False), pictures(1)[0]
    share = norm.cdf((image.ravel() @ WEIGHTS - 0.4) / (0.25 * np.linalg.norm(WEIGHTS)))
    votes = found.votes(image, 7, 20_000)
    assert votes.sum() == 20_000
    assert votes[1] / 20_000 == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 20_000))


def test_votes_follow_from_the_seed_and_from_nothing_else():
    found, image = net(), pictures(1)[0]
    assert (found.votes(image, 7, 1500) == found.votes(image, 7, 1500)).all()
    assert (found.votes(image, 7, 1500) != found.votes(image, 8, 1500)).any()


def test_the_order_of_a_batch_does_not_matter():
    found, some = net(), pictures(6)
    whole = found(some)
    np.testing.assert_array_equal(found(some[::-1])[::-1], whole)
    np.testing.assert_array_equal(found(some[2:3]), whole[2:3])


def test_the_module_and_the_classifier_count_the_same_votes():
    """With and without torch the noise is the same: shares differ by the broken tie alone."""
    some = pictures(5)
    torch_net = TorchClassifier(Halves(), CARD)
    climbing, plain = net(), smoothed(CallableClassifier(torch_net, CARD), 0.25, draws=64, seed=3)
    np.testing.assert_allclose(np.exp(climbing(some)), np.exp(plain(some)), atol=1 / 64)
    np.testing.assert_array_equal(climbing(some).argmax(1), plain(some).argmax(1))


def test_grey_levels_and_floats_give_the_same_scores():
    grey = np.arange(24, dtype=np.uint8).reshape(2, *SHAPE) * 10
    np.testing.assert_array_equal(net()(grey), net()(grey.astype(np.float32) / np.float32(255)))


def test_the_gradient_is_that_of_the_mean_probability():
    found = net(clipped=False)
    image = torch.from_numpy(pictures(1)[0].transpose(2, 0, 1)[None]).requires_grad_()
    found.module(image)[0, 1].backward()
    noise = np.concatenate(
        list(found.smoothing.noise(SHAPE, found.smoothing.own_seed(pictures(1)[0]), 64))
    )
    score = 5 * ((pictures(1)[0] + noise).reshape(64, -1) @ WEIGHTS - 0.4)
    p = 1 / (1 + np.exp(-score.astype(np.float64)))
    wanted = (p * (1 - p) * 5).mean() / p.mean() * WEIGHTS
    np.testing.assert_allclose(image.grad.numpy().ravel(), wanted, rtol=1e-4)


def test_scores_are_numbers_where_a_class_gets_no_vote_at_all():
    sure = TorchClassifier(nn.Sequential(Halves(), nn.Threshold(1e6, 1e6)), CARD)
    assert np.isfinite(smoothed(sure, 0.1, draws=10)(pictures(2))).all()


def test_a_smoothed_subject_is_fingerprinted_by_all_that_decides_it():
    base = subject_of(TorchClassifier(Halves(), CARD))
    prints = {
        smoothed_subject(base, sigma, draws=draws, seed=seed, clipped=clipped).fingerprint
        for sigma, draws, seed, clipped in (
            (0.25, 10, 0, True),
            (0.5, 10, 0, True),
            (0.25, 20, 0, True),
            (0.25, 10, 1, True),
            (0.25, 10, 0, False),
        )
    }
    assert len(prints) == 5
    loaded = smoothed_subject(base, 0.5, draws=7).load()
    assert (loaded.sigma, loaded.smoothing.draws) == (0.5, 7)
    assert subject_of(net()).fingerprint != subject_of(net(seed=4)).fingerprint


@pytest.mark.parametrize(("sigma", "draws"), [(0.0, 5), (-1.0, 5), (float("nan"), 5), (0.1, 0)])
def test_no_noise_is_no_smoothing(sigma, draws):
    with pytest.raises(ConfigError, match="smoothing needs"):
        smoothed(TorchClassifier(Halves(), CARD), sigma, draws=draws)
