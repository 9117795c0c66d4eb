from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from fieldmark.attacks.watching.referee import Referee
from fieldmark.records import Attack, Images, Logits, ModelCard, Seeds, example_seeds


@dataclass(frozen=True)
class Net:
    """A torch module with its card: the least that can be attacked."""

    module: torch.nn.Module
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        levels = images if images.dtype == np.float32 else images / np.float32(255)
        home = next(self.module.parameters())
        with torch.no_grad():
            pictures = torch.from_numpy(levels.copy()).permute(0, 3, 1, 2).to(home.dtype)
            return self.module(pictures).float().numpy()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Nets this small lose more by handing work to other threads than they gain."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def net() -> Callable[[torch.nn.Module], Net]:
    def dress(module: torch.nn.Module) -> Net:
        return Net(module.eval(), ModelCard("net", "test net", "these tests", "MIT", "none"))

    return dress


@pytest.fixture
def linear(net) -> Callable[..., Net]:
    """A linear classifier with random weights, and the given biases."""

    def draw(side: int, biases: list[float], *, seed: int = 0, scale: float = 1.0) -> Net:
        chance = torch.Generator().manual_seed(seed)
        layer = torch.nn.Linear(side * side, len(biases), dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=chance) * scale)
            layer.bias.copy_(torch.tensor(biases) * scale)
        return net(torch.nn.Sequential(torch.nn.Flatten(), layer))

    return draw


@pytest.fixture
def conv(net) -> Callable[..., Net]:
    """A small convolutional net with random weights."""

    def draw(*, dtype: torch.dtype = torch.float64, classes: int = 4, seed: int = 3) -> Net:
        chance = torch.Generator().manual_seed(seed)
        module = torch.nn.Sequential(
            torch.nn.Conv2d(1, 6, 3, stride=2),
            torch.nn.ReLU(),
            torch.nn.Conv2d(6, 8, 3, stride=2),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(8 * 2 * 2, classes),
        ).to(dtype)
        with torch.no_grad():
            for weights in module.parameters():
                drawn = torch.randn(weights.shape, generator=chance)
                weights.copy_(drawn / weights[0].numel() ** 0.5 if weights.ndim > 1 else 0 * drawn)
        return net(module)

    return draw


@pytest.fixture
def images() -> Callable[..., np.ndarray]:
    """Pictures well inside the box, so that no budget up to 0.25 meets its walls."""

    def draw(number: int, side: int) -> np.ndarray:
        stream = np.random.default_rng(11)
        return stream.uniform(0.25, 0.75, size=(number, side, side, 1)).astype(np.float32)

    return draw


@pytest.fixture
def seeds() -> Callable[[int], Seeds]:
    def draw(number: int) -> Seeds:
        return example_seeds(map(str, range(number)), "attack", 0)

    return draw


@pytest.fixture
def search() -> Callable[..., np.ndarray]:
    """The pictures that an attack is left with when it has searched, whatever the model says."""

    def run(attack: Attack, model: Net, pictures, labels, numbers) -> np.ndarray:
        referee = Referee(model, attack.threat, pictures, labels, numbers)
        attack.search(referee)
        kept = referee.score.worst if referee.keeps == "worst" else referee.score.picture
        return kept.permute(0, 2, 3, 1).numpy()

    return run
