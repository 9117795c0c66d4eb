"""Collapse, seen while it happens: the same training pictures are looked at again and again.

A net that is trained against one step can learn to fool that step instead of withstanding it:
within a few dozen batches its accuracy under FGSM goes up to nearly 1 and its accuracy under a few
steps of PGD goes down to 0 (*catastrophic overfitting*). The loss does not show it. So each look
makes both attacks, anew and at the radius that is trained for at that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from fieldmark.training.losses import Scene

PICTURES = 256
"""How many training pictures are looked at."""

STEPS = 10
"""Steps of PGD in a look."""

FOOLED = 0.1
"""Accuracy under PGD below which there may be a collapse, where FGSM says otherwise."""

UNFOOLED = 0.8
"""Accuracy under FGSM that says otherwise while the net is learning; a young one may well be right
on 70 % under FGSM and on 10 % under PGD, and come to be right on 87 % under both."""

STILL_UNFOOLED = 0.4
"""Accuracy under FGSM that says otherwise at the end."""

DROP = 0.2
"""Fall of the accuracy under PGD that is a collapse when it lasts."""

LASTING = 3
"""Looks one after another that make a state a lasting one: training is rough while the rate is
high, and a good one may fall by 30 points and come back within a few dozen batches."""

ALIKE = 8
"""Looks one after another at which the net names one class only; some nets start slowly."""


@dataclass(frozen=True)
class Look:
    """What was seen at one moment of a training.

    Args:
        step: After how many batches.
        radius: Radius of both attacks, in pixel units.
        clean: Accuracy on the pictures as they are.
        fgsm: Accuracy under one step of the radius from the picture itself.
        pgd: Accuracy under ``STEPS`` steps from a random start.
        one_class: Does it name one class for all of them, though they are of several?
    """

    step: int
    radius: float
    clean: float
    fgsm: float
    pgd: float
    one_class: bool


def look(
    scene: "Scene", images: "torch.Tensor", labels: "torch.Tensor", *, step: int, radius: float
) -> Look:
    """What is to be seen now; nothing of the training is moved by it.

    Args:
        scene: The net, and where the start of the search comes from.
        images: The pictures that are looked at, float (n, c, h, w) in [0, 1].
        labels: Their classes, int64 (n,).
        step: After how many batches.
        radius: Radius of both attacks, in pixel units; 0 makes none.
    """
    import torch
    from torch.nn.functional import cross_entropy

    from fieldmark.training.changes import worst

    with scene.searching() as net:

        def right(pictures: torch.Tensor) -> torch.Tensor:
            with torch.no_grad():
                return net(pictures).argmax(dim=1)

        said = right(images)
        clean = fgsm = pgd = float((said == labels).float().mean())
        if radius:
            moved = images.clone().requires_grad_(True)
            (slope,) = torch.autograd.grad(
                cross_entropy(net(moved), labels, reduction="sum"), moved
            )
            one_step = (images + radius * slope.sign()).clamp(0, 1)
            steps = worst(net, images, labels, radius, STEPS, generator=scene.generator)
            fgsm = float((right(one_step) == labels).float().mean())
            pgd = float((right(steps) == labels).float().mean())
    alike = bool((said == said[0]).all() and (labels != labels[0]).any())
    return Look(step, radius, clean, fgsm, pgd, alike)


def collapsed(looks: Sequence[Look], *, ended: bool = False) -> str:
    """What is wrong with a training by what was seen of it so far, last the latest; "" if nothing.

    Args:
        looks: What was seen, in order.
        ended: Is the last look at the net as it will stay? Then it need not last to count.

    Source:
        Wong, Rice and Kolter 2020, arXiv:2001.03994, section 5.4: they stop where the accuracy
        under PGD on training pictures falls by 20 points. Here it has to stay down: on MNIST, with
        their own settings, it falls as deep now and then and comes back.

    Example:
        >>> fooled = Look(200, 0.3, 0.9, 1.0, 0.0, False)
        >>> collapsed([fooled]), collapsed([fooled] * 3)[:24]
        ('', 'catastrophic overfitting')
    """
    lasting = len(looks) >= LASTING and all(_fooled(one, UNFOOLED) for one in looks[-LASTING:])
    if lasting or (ended and looks and _fooled(looks[-1], STILL_UNFOOLED)):
        return f"catastrophic overfitting: {_said(looks[-1])}"
    if len(looks) > LASTING and all(_fell(looks[-LASTING - 1], one) for one in looks[-LASTING:]):
        before = looks[-LASTING - 1]
        return (
            f"catastrophic overfitting: accuracy under PGD was {before.pgd:.0%} at step "
            f"{before.step:,} and has not come back; {_said(looks[-1])}"
        )
    if len(looks) >= ALIKE and all(one.one_class for one in looks[-ALIKE:]):
        return f"it names one class for every image, at {ALIKE} looks one after another"
    return ""


def _fooled(seen: Look, unfooled: float) -> bool:
    """Does it withstand the single step, and nothing else?"""
    return seen.pgd <= FOOLED and seen.fgsm >= unfooled


def _fell(before: Look, after: Look) -> bool:
    """Did it get worse under PGD, and not half as much worse under FGSM, at the same radius?

    A step that was too long costs both alike; an overfitted net loses what it had under PGD alone.
    """
    fall = before.pgd - after.pgd
    return before.radius == after.radius and fall > DROP and before.fgsm - after.fgsm < fall / 2


def _said(seen: Look) -> str:
    return (
        f"on training images it is right on {seen.fgsm:.0%} under FGSM and on {seen.pgd:.0%} "
        f"under PGD-{STEPS} (radius {seen.radius:.3g}, clean {seen.clean:.0%})"
    )
