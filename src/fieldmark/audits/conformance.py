"""Conformance: attacks on linear models, whose nearest wrong picture is known exactly."""

from dataclasses import dataclass

import numpy as np
import torch

from fieldmark import attacks
from fieldmark.audits.exact.linear import linear_distance
from fieldmark.models import TorchClassifier
from fieldmark.records import (
    Attack,
    Budget,
    ConfigError,
    Estimate,
    FloatImages,
    Labels,
    ModelCard,
    Norm,
    UnknownNameError,
    example_seeds,
    generator,
    seed_of,
)
from fieldmark.statistics import clopper_pearson

REACH, MOST = 0.4, 0.1
"""How far pictures may be from the middle of the box, and, in l1, from being wrong: there all of a
change falls on one value, and must not meet a wall."""

ALLOWED = {"white-box": 1.01, "score": 1.25, "decision": 1.25, "transfer": 1.25}
"""How much farther than the optimum an attack may go, by what it sees of the model."""


@dataclass(frozen=True)
class Conformed:
    """How an attack does where the answer is known.

    Args:
        attack: Its name.
        values: Values of a picture.
        classes: How many there are.
        allowed: How much farther than the optimum it may go.
        reached: The share of pictures for which it found a wrong one so near.
        nearest: The smallest distance it claims, over the optimum: below 1 it claims too much.
    """

    attack: str
    values: int
    classes: int
    allowed: float
    reached: Estimate
    nearest: float


def conformance(
    name: str, *, values: int = 50, classes: int = 3, count: int = 10, seed: int = 0
) -> Conformed:
    """How the attack ``name`` does on a linear model.

    Every picture is as far from its nearest wrong one as every other. An attack that searches for
    the smallest change gets no budget; any other gets the one that is allowed.

    Args:
        name: A name of ``attacks.ATTACKS``.
        values: Values of a picture, at least 2.
        classes: How many, at least 2.
        count: How many pictures.
        seed: Where weights and pictures come from.

    Raises:
        UnknownNameError: There is no such attack.
        ConfigError: Fewer than two values or classes, or no picture; or the attack turns pictures.

    Example:
        >>> found = conformance("fab-l2", values=8, classes=3, count=4)
        >>> found.reached.value, found.nearest > 0.999
        (1.0, True)
    """
    if name not in attacks.ATTACKS:
        raise UnknownNameError("attack", name, attacks.ATTACKS)
    if values < 2 or classes < 2 or count < 1:
        raise ConfigError(
            "wanted 2 values, 2 classes and 1 picture at least, "
            f"got {values}, {classes} and {count}"
        )
    recipe = attacks.ATTACKS[name]
    if recipe.norm == "degrees":
        raise ConfigError(f"{name} turns pictures; no exact distance in degrees is known")
    model, images, labels, near = _scene(recipe.norm, values, classes, count, seed)
    attack, allowed = _dosed(name, near)
    ids = tuple(f"picture-{row}" for row in range(count))
    seeds = example_seeds(ids, "conformance", seed)
    outcome = attacks.attacked(model, attack, images, labels, seeds, ids=ids)
    ratio = outcome.smallest / near
    reached = int((ratio <= allowed * (1 + 1e-4)).sum())
    return Conformed(
        attack=name,
        values=values,
        classes=classes,
        allowed=allowed,
        reached=clopper_pearson(reached, count),
        nearest=float(ratio.min()),
    )


def _dosed(name: str, near: float) -> tuple[Attack, float]:
    """The attack without bounds, or with the budget that is allowed; and what is allowed."""
    recipe = attacks.ATTACKS[name]
    try:
        free = recipe(Budget(recipe.norm, float("inf")))
    except ConfigError:
        knowledge = recipe(Budget(recipe.norm, near)).threat.knowledge
        allowed = ALLOWED[knowledge]
        return recipe(Budget(recipe.norm, near * allowed)), allowed
    return free, ALLOWED[free.threat.knowledge]


def _scene(
    norm: Norm, values: int, classes: int, count: int, seed: int
) -> tuple[TorchClassifier, FloatImages, Labels, float]:
    """A linear model, undecided in the middle of the box; pictures; how far each is from wrong."""
    stream = generator(seed_of(seed, "conformance", norm, str(values), str(classes)))
    weights = stream.normal(size=(classes, values)) / values**0.5
    bias = -weights.sum(axis=1) / 2
    away = stream.uniform(-1, 1, (20 * count, values))
    labels = (away @ weights.T).argmax(axis=1)
    # Scores grow in proportion to the way from the middle, and so do distances.
    far = linear_distance(weights, np.zeros(classes), away, labels, norm)
    chosen = np.argsort(-far)[:count]
    near = min(REACH * float(far[chosen].min()), MOST if norm == "l1" else np.inf)
    points, labels = 0.5 + away[chosen] * (near / far[chosen])[:, None], labels[chosen]
    layer = torch.nn.Linear(values, classes, device="meta", dtype=torch.float64)
    layer = layer.to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        assert layer.bias is not None
        layer.bias.copy_(torch.from_numpy(bias))
    card = ModelCard("linear", "linear", "made by Fieldmark", "MIT", "random weights")
    module = torch.nn.Sequential(torch.nn.Flatten(), _Double(), layer)
    height = next(h for h in range(int(values**0.5), 0, -1) if values % h == 0)
    images = points.reshape(count, height, values // height, 1).astype(np.float32)
    return TorchClassifier(module, card), images, labels, near


class _Double(torch.nn.Module):
    """Single precision in, double out: what is measured is the search, not the rounding."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """The same numbers."""
        return pictures.double()
