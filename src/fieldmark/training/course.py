"""The one loop that fits every net, whatever for; it can be left after any step and taken up again.

All that the next step depends on is in ``Standing``. What the loop draws comes from two streams:
the order of the pictures from one, everything that is done to them from the other, so that two
objectives meet the same batches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import torch
from torch import Tensor

from fieldmark.records import ModelError
from fieldmark.training.changes import augmented, noisy
from fieldmark.training.losses import Scene, losses
from fieldmark.training.plans import Plan


@dataclass
class Standing:
    """Where a training stands.

    Args:
        module: The net.
        optimiser: What moves its weights.
        order_chance: Where the order of the pictures comes from.
        chance: Where all else that is random comes from.
        step: How many batches were learnt.
        order: The order of the pictures in this epoch, int64 (n,); empty before the first.
        memory: What the objective keeps from batch to batch.
    """

    module: torch.nn.Module
    optimiser: torch.optim.Optimizer
    order_chance: torch.Generator
    chance: torch.Generator
    step: int = 0
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    memory: dict[str, Tensor] = field(default_factory=dict)


def begun(
    module: torch.nn.Module, plan: Plan, *, order: torch.Generator, chance: torch.Generator
) -> Standing:
    """The start of a training of ``module``."""
    parameters: list[Any] = list(module.parameters())
    optimiser: torch.optim.Optimizer
    if plan.optimiser == "sgd":
        optimiser = torch.optim.SGD(parameters, plan.rate, momentum=0.9, weight_decay=plan.decay)
    elif plan.optimiser == "adam":
        optimiser = torch.optim.Adam(parameters, plan.rate, weight_decay=plan.decay)
    else:
        optimiser = torch.optim.AdamW(parameters, plan.rate, weight_decay=plan.decay)
    return Standing(module, optimiser, order, chance)


def batches(plan: Plan, n: int) -> int:
    """Batches an epoch of ``n`` pictures."""
    return -(-n // plan.batch)


def course(standing: Standing, plan: Plan, images: Tensor, labels: Tensor) -> Iterator[int]:
    """Fit the net in place, and give the number of batches learnt after each of them.

    Args:
        standing: Where the training stands; moved on with every step.
        plan: How it is fitted.
        images: Float (n, c, h, w) in [0, 1].
        labels: Their classes, int64 (n,).

    Raises:
        ModelError: A loss is no number.
    """
    an_epoch = batches(plan, len(images))
    steps = plan.epochs * an_epoch
    scene = Scene(standing.module, standing.chance, memory=standing.memory)
    while standing.step < steps:
        standing.module.train()
        at = standing.step % an_epoch
        if at == 0:
            standing.order = torch.randperm(len(images), generator=standing.order_chance)
        rows = standing.order[at * plan.batch : (at + 1) * plan.batch]
        scene.strength = plan.strength(standing.step, steps)
        batch = _changed(images[rows], plan, standing.chance)
        found = losses(plan.objective, scene, batch, labels[rows])
        for replay in count():
            loss = next(found, None)
            if loss is None:
                break
            _move(standing, loss, *plan.pace(standing.step, replay, steps))
        standing.step += 1
        yield standing.step


def _changed(images: Tensor, plan: Plan, chance: torch.Generator) -> Tensor:
    """The batch with what is done to it whatever the objective."""
    if plan.augment:
        images = augmented(images, generator=chance)
    if plan.noise:
        images = noisy(images, plan.noise, generator=chance)
    return images


def _move(standing: Standing, loss: Tensor, rate: float, momentum: float | None) -> None:
    """Move the weights down one loss."""
    if not loss.isfinite():
        raise ModelError(
            f"training collapsed: its scores are not numbers (step {standing.step + 1}); "
            "try a lower rate"
        )
    for group in standing.optimiser.param_groups:
        group["lr"] = rate
        if momentum is not None and "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        elif momentum is not None:
            group["momentum"] = momentum
    standing.optimiser.zero_grad()
    torch.autograd.backward(loss)
    standing.optimiser.step()
