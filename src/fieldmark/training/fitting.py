"""Fit a net to pictures in memory: how the built-in subjects are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldmark.records import ConfigError, Labels, ModelError, Pixels
from fieldmark.training.objectives import Pgd, Standard, check_radius
from fieldmark.training.plans import Plan

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class FitSettings:
    """How a net is fitted: AdamW, its rate rising and falling once (one cycle).

    Args:
        epochs: Times that every image is seen.
        batch: Images a step.
        rate: Largest learning rate.
        decay: Weight decay.
        augment: Turn, scale and move each image a little, anew each time it is seen.
        noise: Standard deviation of Gaussian noise on the pixels, in [0, 1].
        epsilon: Radius of the Linf ball in which the worst image is trained on, in pixel units;
            0 for none. It grows over the first half of the training: small nets that meet the
            full radius at once fall back to naming one class.
        steps: Steps of the search for that image.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Smith and Topin 2017, arXiv:1708.07120 (one cycle); Madry et al. 2018, arXiv:1706.06083,
        equation 2.1 (training on the worst image).
    """

    epochs: int = 8
    batch: int = 50
    rate: float = 0.008
    decay: float = 0.0001
    augment: bool = False
    noise: float = 0.0
    epsilon: float = 0.0
    steps: int = 5

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch, self.steps) < 1 or self.rate <= 0:
            raise ConfigError(f"epochs, batch, steps and rate must be above 0, got {self}")
        if min(self.decay, self.noise, self.epsilon) < 0:
            raise ConfigError(f"decay, noise and epsilon must not be below 0, got {self}")
        check_radius(self.epsilon)

    @property
    def plan(self) -> Plan:
        """The same as a plan."""
        return Plan(
            Pgd(self.epsilon, self.steps) if self.epsilon else Standard(),
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            optimiser="adamw",
            schedule="one-cycle",
            decay=self.decay,
            augment=self.augment,
            noise=self.noise,
            warmup=0.5,
            looks=0,
        )


def fit(
    module: "torch.nn.Module",
    images: Pixels,
    labels: Labels,
    settings: FitSettings,
    *,
    generator: "torch.Generator",
    watch: Callable[[int, int], None] | None = None,
) -> None:
    """Fit ``module`` in place to minimise cross entropy, and leave it in evaluation mode.

    The same generator state gives the same bits on the same machine, whatever other threads do.

    Args:
        module: From float (n, c, h, w) in [0, 1] to logits (n, k).
        images: What it is shown, uint8 (n, h, w, c).
        labels: Their classes, int64 (n,).
        settings: How.
        generator: Where order, augmentation, noise and starting points come from.
        watch: Told (epochs done, epochs in all) after each epoch.

    Raises:
        ModelError: Training collapsed: the scores are no numbers, or one class is all it says.

    Example:
        >>> import torch, numpy as np
        >>> from fieldmark.models import mlp
        >>> chance = torch.Generator().manual_seed(0)
        >>> net = mlp((2, 2, 1), (), 2, generator=chance)
        >>> images = np.uint8([[0] * 4, [255] * 4] * 20).reshape(40, 2, 2, 1)
        >>> fit(net, images, np.arange(40) % 2, FitSettings(rate=0.1), generator=chance)
        >>> net(torch.ones(1, 1, 2, 2)).argmax().item()
        1
    """
    import torch

    from fieldmark.training.changes import as_batch
    from fieldmark.training.course import batches, begun, course

    plan = settings.plan
    shown, wanted = as_batch(images), torch.tensor(labels)
    an_epoch = batches(plan, len(shown))
    # one stream for everything: kept models were made so
    for step in course(begun(module, plan, order=generator, chance=generator), plan, shown, wanted):
        if watch is not None and step % an_epoch == 0:
            watch(step // an_epoch, settings.epochs)
    module.eval()
    refuse_collapse(module, shown, wanted)


def refuse_collapse(
    module: "torch.nn.Module", images: "torch.Tensor", labels: "torch.Tensor"
) -> None:
    """Return nothing where a fitted net gives numbers, and names more than one class.

    Raises:
        ModelError: Training collapsed.
    """
    import torch

    with torch.no_grad():
        starts = range(0, len(images), 500)
        logits = torch.cat([module(images[start : start + 500]) for start in starts])
    if not logits.isfinite().all():
        raise ModelError("training collapsed: its scores are not numbers; try a lower rate")
    said = logits.argmax(dim=1)
    if (labels != labels[0]).any() and (said == said[0]).all():
        raise ModelError(
            "training collapsed: it names one class for every image it was shown; "
            "try a lower rate, a smaller epsilon, or more epochs"
        )
