"""Is there a gradient, does it tell the truth, and how rough is the ground?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from fieldmark.audits.evidence.shown import Shown
from fieldmark.records import Classifier, GradientClassifier, generator, seed_of

PROBED = 64
"""Pictures whose gradient is looked at."""

VANISHED = 1e-12
LOSSES = ("margin", "cross-entropy")
STEPS = (0.001, 0.004, 0.016)
"""Steps over which a gradient is held against what happens, in pixel units."""

DIRECTIONS = 100
ROUGH_STEP = 8 / 255


@dataclass(frozen=True)
class Gradients:
    """What is known of a model's gradient at points inside the ball; one entry per picture probed.

    Args:
        missing: Why there is none; "" where there is one.
        vanished: Per loss: is the largest part below 1e-12?
        lost: Is any part of it not a number?
        told: Of those that can be compared: does it say within a half what a small step does?
        mute: Is it 0, although the scores change when the picture does?
        rough: Mean relative change of the margin in 100 random directions of 8/255, at most 1.
    """

    missing: str = ""
    vanished: Mapping[str, Bool[np.ndarray, " m"]] = field(default_factory=dict)
    lost: Bool[np.ndarray, " m"] = field(default_factory=lambda: np.zeros(0, bool))
    told: Bool[np.ndarray, " c"] = field(default_factory=lambda: np.zeros(0, bool))
    mute: Bool[np.ndarray, " m"] = field(default_factory=lambda: np.zeros(0, bool))
    rough: Float64[np.ndarray, " m"] = field(default_factory=lambda: np.zeros(0))


def gradients(model: Classifier, right: Shown) -> Gradients:
    """What there is to know of ``model``'s gradients around pictures that it gets right."""
    module = model.module if isinstance(model, GradientClassifier) else None
    if module is None:
        return Gradients(missing="the model is no torch module")
    probed = right.only(np.arange(min(PROBED, len(right))))
    probe = _Probe(module, probed)
    slopes, missing = {}, ""
    for loss in LOSSES:
        slopes[loss], missing = probe.slope(loss)
        if missing:
            return Gradients(missing=missing)
    uphill = slopes["margin"]
    told, mute = _truth(probe, uphill)
    return Gradients(
        vanished={loss: _vanishes(slope) for loss, slope in slopes.items()},
        lost=~torch.stack([_finite(slope) for slope in slopes.values()]).all(dim=0).numpy(),
        told=told,
        mute=mute,
        rough=_roughness(probe, probed),
    )


class _Probe:
    """A module, and a point of its own inside the ball of each picture."""

    def __init__(self, module: Any, shown: Shown) -> None:  # noqa: ANN401  any torch module
        self.module = module
        first = next((p for p in getattr(module, "parameters", list)()), None)
        self.dtype = torch.float32 if first is None else first.dtype
        self.device = torch.device("cpu") if first is None else first.device
        self.labels = torch.from_numpy(shown.labels.copy()).to(self.device)
        clean = torch.from_numpy(shown.images.copy()).permute(0, 3, 1, 2)
        reach = min(shown.budget.size, 0.1) if shown.budget.norm == "linf" else 0.02
        starts = [
            generator(seed_of(int(seed), "audit-probe")).uniform(-reach, reach, clean.shape[1:])
            for seed in shown.seeds.tolist()
        ]
        # Not at the picture itself: many pixels stand in a corner of the box there.
        moved = clean + torch.from_numpy(np.stack(starts)).float()
        self.pictures = moved.clamp(0.02, 0.98).to(self.dtype).to(self.device)

    def margin(self, pictures: Tensor) -> Tensor:
        """The best wrong score less the right one, (m,)."""
        return self._loss("margin", self.module(pictures))

    def slope(self, loss: str) -> tuple[Tensor, str]:
        """The gradient of a loss, (m, c, h, w), or why there is none."""
        with torch.enable_grad():
            inputs = self.pictures.clone().requires_grad_()
            losses = self._loss(loss, self.module(inputs))
            if not losses.requires_grad:
                return self.pictures, "no way leads back from the scores to the pixels"
            try:
                found: Any = torch.autograd.grad(losses.sum(), inputs, allow_unused=True)
            except RuntimeError as error:
                return self.pictures, f"its gradient cannot be computed ({error})"
        if found[0] is None:
            return self.pictures, "no way leads back from the scores to the pixels"
        return found[0].detach(), ""

    def _loss(self, loss: str, logits: Tensor) -> Tensor:
        if loss == "cross-entropy":
            return torch.nn.functional.cross_entropy(logits, self.labels, reduction="none")
        mine = logits.gather(1, self.labels[:, None])[:, 0]
        return logits.scatter(1, self.labels[:, None], -torch.inf).amax(dim=1) - mine


def _finite(slope: Tensor) -> Tensor:
    return slope.isfinite().flatten(1).all(dim=1).cpu()


def _vanishes(slope: Tensor) -> Bool[np.ndarray, " m"]:
    largest = torch.nan_to_num(slope, nan=1.0).abs().amax(dim=(1, 2, 3))
    return (largest < VANISHED).cpu().numpy()


def _truth(probe: _Probe, uphill: Tensor) -> tuple[Bool[np.ndarray, " c"], Bool[np.ndarray, " m"]]:
    """Does the gradient say what small steps do? And is it 0 where the scores do change?"""
    with torch.no_grad():
        here = probe.margin(probe.pictures).double()
        grain = 1e-5 * probe.module(probe.pictures).abs().amax(dim=1).double() + 1e-9
        way = torch.nan_to_num(uphill).sign()
        rise = (torch.nan_to_num(uphill).double() * way).flatten(1).sum(dim=1)
        agrees = torch.zeros(len(here), dtype=torch.bool)
        comparable = torch.zeros(len(here), dtype=torch.bool)
        moved = torch.zeros(len(here), dtype=torch.bool)
        for step in STEPS:
            there = probe.margin((probe.pictures + step * way).clamp(0, 1)).double()
            heard = (step * rise > 4 * grain).cpu()
            comparable |= heard
            agrees |= heard & ((there - here) / (step * rise) - 1).abs().lt(0.5).cpu()
            back = probe.margin((probe.pictures - step * _coins(probe)).clamp(0, 1)).double()
            moved |= (back - here).abs().gt(4 * grain).cpu()
        silent = (rise <= VANISHED).cpu()
    told = (agrees & comparable)[comparable].numpy()
    return told, (silent & moved).numpy()


def _coins(probe: _Probe) -> Tensor:
    """The same random signs for every picture."""
    stream = generator(seed_of(0, "audit-coins"))
    signs = stream.choice([-1.0, 1.0], size=tuple(probe.pictures.shape[1:]))
    return torch.from_numpy(signs).to(probe.dtype).to(probe.device)


def _roughness(probe: _Probe, shown: Shown) -> Float64[np.ndarray, " m"]:
    """Mean over directions of the relative change of the margin, at most 1."""
    stream = generator(seed_of(0, "audit-directions"))
    clean = torch.from_numpy(shown.images.copy()).permute(0, 3, 1, 2)
    clean = clean.to(probe.dtype).to(probe.device)
    total = np.zeros(len(clean))
    with torch.no_grad():
        here = probe.margin(clean).double().abs().clamp_min(1e-12)
        for _ in range(DIRECTIONS):
            signs = torch.from_numpy(stream.choice([-1.0, 1.0], size=tuple(clean.shape[1:])))
            there = probe.margin((clean + ROUGH_STEP * signs.to(clean)).clamp(0, 1)).double()
            change = ((there.abs() - here).abs() / here).clamp(max=1.0)
            total += change.cpu().numpy()
    return total / DIRECTIONS
