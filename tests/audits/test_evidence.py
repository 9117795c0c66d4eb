"""What is gathered: how models answer, what their gradients are worth, and what is refused."""

import numpy as np
import pytest
import torch

from fieldmark.attacks import PGD
from fieldmark.audits import Shown, answering, audit, broken, gradients, shown_of
from fieldmark.datasets import mnist_test
from fieldmark.models import CallableClassifier
from fieldmark.records import Budget, Condition, ConfigError, ModelCard, ModelError
from tests.audits.conftest import dressed


@pytest.fixture
def some(condition) -> Shown:
    return shown_of(condition, 40)


def test_an_honest_net_answers_the_same_however_it_is_asked(honest, some):
    found = answering(dressed(honest), some)
    assert found.again == 0
    # On some processors the place of a picture in its batch decides the order of a sum.
    assert max(found.reordered, found.alone, found.doubled, found.bytes_differ) < 1e-5
    assert (found.training, found.changed, found.optimising) == ((), (), False)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("stateful", lambda found: found.changed == ("asked",) and found.again > 0.01),
        ("random-input", lambda found: found.again > 0.01 and not found.changed),
        ("batch-coupled", lambda found: found.alone > 0.01 and found.again == 0),
        ("test-time-optimisation", lambda found: found.optimising and found.again == 0),
        ("always-training", lambda found: "the whole" in found.training),
    ],
)
def test_what_is_wrong_with_an_answer_is_seen(name, what, honest, some):
    assert what(answering(dressed(broken(name, honest)), some))


def test_an_honest_gradient_tells_the_truth(honest, some):
    found = gradients(dressed(honest), some)
    assert found.missing == ""
    assert found.told.mean() > 0.95
    assert not found.mute.any()
    assert not found.lost.any()
    assert np.median(found.rough) < 0.1


@pytest.mark.parametrize("name", ["thermometer", "quantised-activations"])
def test_a_gradient_that_is_nought_where_scores_change_is_mute(name, honest, some):
    found = gradients(dressed(broken(name, honest)), some)
    assert found.mute.mean() > 0.5
    assert found.vanished["margin"].mean() > 0.9


@pytest.mark.parametrize("name", ["shattered", "noisy-gradient"])
def test_a_gradient_that_points_anywhere_is_caught_lying(name, honest, some):
    assert gradients(dressed(broken(name, honest)), some).told.mean() < 0.5


def test_gradients_that_are_no_numbers_or_not_there(honest, some):
    assert gradients(dressed(broken("nan-gradient", honest)), some).lost.all()
    assert "no way leads back" in gradients(dressed(broken("detached", honest)), some).missing
    card = ModelCard("mean", "function", "here", "MIT", "none")
    plain = CallableClassifier(lambda images: images.reshape(len(images), -1)[:, :10], card)
    assert gradients(plain, some).missing == "the model is no torch module"


def test_asking_leaves_no_trace(honest, some):
    before = {name: value.clone() for name, value in honest.state_dict().items()}
    chance = torch.get_rng_state()
    answering(dressed(honest), some)
    gradients(dressed(honest), some)
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(torch.equal(before[name], value) for name, value in honest.state_dict().items())


def test_what_cannot_be_audited_is_refused(honest, condition):
    with pytest.raises(ConfigError, match="looks at an attacked condition"):
        shown_of(Condition(mnist_test()), 5)
    with pytest.raises(ConfigError, match="has no budget to audit"):
        shown_of(Condition(mnist_test(), PGD(Budget("linf", 0.0))), 5)
    with pytest.raises(ConfigError, match="wants a picture at least, got 0"):
        shown_of(condition, 0)
    few = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 4))
    with pytest.raises(ModelError, match="gives 4 scores for 10 classes"):
        audit(dressed(few), condition, images=5)
    wrong = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    with torch.no_grad():
        wrong[1].bias.fill_(torch.nan)
    with pytest.raises(ModelError, match="scores that are not numbers"):
        audit(dressed(wrong), condition, images=5)


def test_a_model_without_gradients_is_audited_by_asking(condition, honest):
    net = dressed(honest)
    card = ModelCard("asked", "function", "here", "MIT", "none")
    found = audit(
        CallableClassifier(lambda images: net(images), card),
        condition,
        images=8,
        queries=50,
        draws=5,
    )
    assert found.judgements["K7"].state == "not applicable"
    assert "pgd" not in found.evidence.searches
    assert found.evidence.ran("evaluated") is None
    assert found.judgements["K15"].state == "fail"
