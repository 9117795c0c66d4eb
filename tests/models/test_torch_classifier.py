import numpy as np
import pytest
import torch

from fieldmark.models import TorchClassifier, convnet, mlp
from fieldmark.records import Classifier, GradientClassifier, ModelCard, generator

CARD = ModelCard("net", "net", "a test", "MIT", "untrained")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pictures():
    return generator(1).integers(0, 256, (6, 20, 17, 3), dtype=np.uint8)


@pytest.fixture
def model():
    return TorchClassifier(convnet((20, 17, 3), (4, 6), 5, dropout=0.5, generator=seeded()), CARD)


def test_it_is_a_classifier_that_gives_gradients(model):
    assert isinstance(model, Classifier)
    assert isinstance(model, GradientClassifier)


def test_grey_levels_and_floats_get_the_same_scores(model, pictures):
    np.testing.assert_array_equal(model(pictures), model(pictures.astype(np.float32) / 255))


def test_the_order_of_a_batch_does_not_matter(model, pictures):
    np.testing.assert_allclose(model(pictures)[::-1], model(pictures[::-1]), rtol=1e-4, atol=1e-5)


def test_scores_are_those_of_the_module_on_channels_first(model, pictures):
    batch = torch.tensor(pictures.transpose(0, 3, 1, 2).copy()).float() / 255
    np.testing.assert_allclose(model(pictures), model.module(batch).numpy(), rtol=1e-4, atol=1e-5)


def test_images_that_may_not_be_written_are_read(model, pictures):
    pictures.setflags(write=False)
    assert model(pictures).shape == (6, 5)


def test_the_gradient_of_the_image_agrees_with_a_finite_difference(pictures):
    net = mlp((20, 17, 3), (7,), 5, generator=seeded()).double()
    model = TorchClassifier(net, CARD)
    image = torch.rand((1, 3, 20, 17), dtype=torch.float64, generator=seeded(2)).requires_grad_()
    (slope,) = torch.autograd.grad(model.module(image)[0, 3], image)
    step = torch.zeros_like(image)
    step[0, 1, 4, 5] = 1e-6
    with torch.no_grad():
        rise = (model.module(image + step) - model.module(image - step))[0, 3] / 2e-6
    assert float(rise) == pytest.approx(float(slope[0, 1, 4, 5]), rel=1e-5)


def test_parameters_are_frozen_and_dropout_is_off(model, pictures):
    assert not any(weights.requires_grad for weights in model.module.parameters())
    np.testing.assert_array_equal(model(pictures), model(pictures))
