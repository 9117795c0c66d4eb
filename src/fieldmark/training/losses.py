"""Losses: what each objective makes of one batch, and the net's mode while it does.

The loop asks for the losses of a batch one by one and moves the weights after each; that is one
loss a batch, but for *free* training, which takes a batch several times.

While a perturbation is searched for, the net is in **evaluation mode**: BatchNorm uses its running
statistics and leaves them alone, and dropout drops nothing. What was found is then learnt from in
training mode. Free training is the exception: there one pass serves both, in training mode. No
gradient of a weight is computed while a picture is perturbed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax, softmax

from fieldmark.training.changes import worst
from fieldmark.training.objectives import Fast, Free, Objective, Pgd, Standard, Trades


@dataclass
class Scene:
    """What the losses need beside a batch.

    Args:
        module: The net that is fitted.
        generator: Where perturbations start from.
        strength: How much of the radius is used now, in [0, 1]; below 1 while it grows.
        memory: What is kept from one batch to the next, by name.
    """

    module: torch.nn.Module
    generator: torch.Generator
    strength: float = 1.0
    memory: dict[str, Tensor] = field(default_factory=dict)

    @contextmanager
    def searching(self) -> Iterator[torch.nn.Module]:
        """The net in evaluation mode, and afterwards in the mode that it was in."""
        learning = self.module.training
        self.module.eval()
        try:
            yield self.module
        finally:
            self.module.train(learning)


def losses(objective: Objective, scene: Scene, images: Tensor, labels: Tensor) -> Iterator[Tensor]:
    """The losses of one batch, each to go backwards through before the next is asked for.

    Args:
        objective: What the net is fitted to do.
        scene: The net, and where chance comes from.
        images: Float (n, c, h, w) in [0, 1].
        labels: Their classes, int64 (n,).
    """
    match objective:
        case Standard():
            yield cross_entropy(scene.module(images), labels)
        case Pgd():
            yield _on_the_worst(objective, scene, images, labels)
        case Fast():
            yield _after_one_step(objective, scene, images, labels)
        case Free():
            yield from _replayed(objective, scene, images, labels)
        case Trades():
            yield _beside_its_neighbour(objective, scene, images, labels)


def _on_the_worst(objective: Pgd, scene: Scene, images: Tensor, labels: Tensor) -> Tensor:
    radius, step = objective.epsilon * scene.strength, objective.step * scene.strength
    chance = scene.generator
    with scene.searching() as net:
        moved = worst(net, images, labels, radius, objective.steps, generator=chance, step=step)
    return cross_entropy(scene.module(moved), labels)


def _after_one_step(objective: Fast, scene: Scene, images: Tensor, labels: Tensor) -> Tensor:
    radius = objective.epsilon * scene.strength
    step = objective.step * scene.strength or 1.25 * radius
    delta = torch.zeros_like(images)
    if objective.start:
        delta = radius * (2 * torch.rand(images.shape, generator=scene.generator) - 1)
    with scene.searching() as net:
        moved = (images + delta).requires_grad_(True)
        loss = cross_entropy(net(moved), labels, reduction="sum")
        (slope,) = torch.autograd.grad(loss, moved)
    delta = (delta + step * slope.sign()).clamp(-radius, radius)
    return cross_entropy(scene.module((images + delta).clamp(0, 1)), labels)


def _replayed(objective: Free, scene: Scene, images: Tensor, labels: Tensor) -> Iterator[Tensor]:
    radius = objective.epsilon * scene.strength
    held = scene.memory.get("delta")
    if held is None or len(held) < len(images):
        held = scene.memory["delta"] = torch.zeros_like(images)
    for _ in range(objective.replays):
        delta = torch.empty_like(images).copy_(held[: len(images)])  # laid out as the pictures are
        delta = delta.clamp(-radius, radius).requires_grad_(True)
        yield cross_entropy(scene.module((images + delta).clamp(0, 1)), labels)
        assert delta.grad is not None, "the loop goes backwards through each loss"
        moved = delta.detach() + radius * delta.grad.sign()
        held[: len(images)] = moved.clamp(-radius, radius)  # a short batch leaves the rest alone


def _beside_its_neighbour(
    objective: Trades, scene: Scene, images: Tensor, labels: Tensor
) -> Tensor:
    logits = scene.module(images)
    loss = cross_entropy(logits, labels)
    if not objective.beta:
        return loss
    neighbours = _told_apart(objective, scene, images)
    return loss + objective.beta * _divergence(logits, scene.module(neighbours))


def _told_apart(objective: Trades, scene: Scene, images: Tensor) -> Tensor:
    """The neighbours whose class probabilities differ most from the pictures' own."""
    radius = objective.epsilon * scene.strength
    step = objective.step * scene.strength or 2.5 * radius / objective.steps
    low, high = (images - radius).clamp(min=0), (images + radius).clamp(max=1)
    noise = 0.001 * torch.randn(images.shape, generator=scene.generator)
    moved = torch.minimum(torch.maximum(images + noise, low), high)
    with scene.searching() as net:
        with torch.no_grad():
            logits = net(images)
        for _ in range(objective.steps):
            moved.requires_grad_(True)
            apart = _divergence(logits, net(moved)) * len(images)
            (slope,) = torch.autograd.grad(apart, moved)
            moved = moved.detach() + step * slope.sign()
            moved = torch.minimum(torch.maximum(moved, low), high)
    return moved


def _divergence(logits: Tensor, others: Tensor) -> Tensor:
    """KL(p ‖ q) of the class probabilities of two batches, the mean over pictures."""
    return kl_div(log_softmax(others, dim=1), softmax(logits, dim=1), reduction="batchmean")
