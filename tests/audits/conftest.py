"""A scene that is solved exactly: linear digits, a small net, and what is asked of them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from fieldmark import datasets
from fieldmark.attacks import PGD, attacked
from fieldmark.audits import Audit, Declared, audit, broken
from fieldmark.models import TorchClassifier, mlp
from fieldmark.records import Budget, Condition, ModelCard, example_seeds
from fieldmark.training import FitSettings, fit

SIZE = 0.2


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def dressed(module: nn.Module, name: str = "net") -> TorchClassifier:
    return TorchClassifier(module, ModelCard(name, "test net", "these tests", "MIT", "none"))


@pytest.fixture(scope="session")
def honest() -> nn.Module:
    """A perceptron that has seen digits for two seconds, and is as fragile as they come."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    chance = torch.Generator().manual_seed(0)
    net = mlp((28, 28, 1), (32,), 10, generator=chance)
    train = datasets.mnist_train()
    fit(net, train.images(), train.first_labels, FitSettings(epochs=3), generator=chance)
    torch.set_num_threads(before)
    return net


@pytest.fixture(scope="session")
def condition() -> Condition:
    return Condition(datasets.mnist_test(), PGD(Budget("linf", SIZE)))


@pytest.fixture(scope="session")
def audited(honest, condition) -> Callable[..., Audit]:
    """The audit of a defence round the honest net, made once."""
    made: dict[str, Audit] = {}

    def of(name: str = "", **options: Any) -> Audit:
        key = f"{name}{sorted(options.items())}"
        if key not in made:
            module = broken(name, honest) if name else honest
            bare = dressed(honest, "bare")
            settings = {"images": 30, "queries": 100, "draws": 20, "declared": Declared()}
            settings |= {"substitute": bare, "twin": bare, **options}
            made[key] = audit(dressed(module, name or "honest"), condition, **settings)
        return made[key]

    return of


@pytest.fixture(scope="session")
def worst(honest) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that the net gets right, moved to where it is surest of something else."""
    test, net = datasets.mnist_test(), dressed(honest)
    images = test.images()[:40].astype(np.float32) / np.float32(255)
    labels = test.first_labels[:40]
    attack = PGD(Budget("linf", SIZE), leave=False)
    moved = attacked(
        net, attack, images, labels, example_seeds(test.ids[:40], "t", 0), ids=test.ids
    )
    return moved.images, labels


@pytest.fixture
def pictures() -> np.ndarray:
    return datasets.mnist_test().images()[:20].astype(np.float32) / np.float32(255)
