"""The audit on published weights: an honest net whose own evaluation was too high."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from fieldmark import datasets
from fieldmark.attacks import PGD
from fieldmark.audits import Declared, audit
from fieldmark.models import TorchClassifier
from fieldmark.records import Budget, Condition, ModelCard
from tests.replications.conftest import BESIDE

CLAIMED = 0.8877
"""Robust accuracy of fast adversarial training, MNIST, Linf 0.3, as its authors measured it."""


@pytest.fixture
def folder() -> Path:
    found = Path(os.environ.get("FIELDMARK_DATA") or BESIDE)
    if not (found / "weights-mnist").is_dir():
        pytest.skip("no raw data: name their folder in FIELDMARK_DATA")
    return found


@pytest.mark.slow
def test_the_published_figure_is_too_optimistic_and_square_beats_all_gradients(folder):
    net = nn.Sequential(
        *(nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10)),
    )
    weights = folder / "weights-mnist" / "fast_adversarial_mnist_fgsm.pth"
    net.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    digits = datasets.idx(
        folder / "mnist" / "t10k-images-idx3-ubyte.gz",
        folder / "mnist" / "t10k-labels-idx1-ubyte.gz",
        name="mnist-10k",
    )
    own = PGD(Budget("linf", 0.3), steps=40, step_size=0.01, loss="cross-entropy")
    card = ModelCard("fast-adversarial", "convolutional net", "Wong et al.", "none", "FGSM-RS")
    found = audit(
        TorchClassifier(net, card),
        Condition(digits, own),
        images=200,
        declared=Declared(claimed=CLAIMED),
    )
    assert found.kind == "unreliable"
    assert {"K14", "K15"} <= set(found.keys("fail"))
    assert "The claimed 88.77% is too optimistic" in found.verdict
    assert "square-linf, which needs no gradient" in found.verdict
    assert "the true value is lower" in found.verdict
    assert found.accuracy.high < CLAIMED
    assert found.judgements["K2"].state == found.judgements["K41"].state == "pass"
