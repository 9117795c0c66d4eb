"""How a model answers: twice, in another order, alone, in double precision, without changing?"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64

from fieldmark.audits.evidence.shown import Shown
from fieldmark.records import Classifier, GradientClassifier, Logits, ModelError, generator, seed_of

BATCH = 32
ALONE = 12
"""Pictures that are shown alone and in double precision."""


@dataclass(frozen=True)
class Answering:
    """What a model answers to clean pictures; shares are differences over the spread of scores.

    Args:
        logits: Its scores, float32 (n, k).
        right: Is the first answer right?
        again: Largest difference when it is asked a second time.
        reordered: The same when the pictures come in another order, batches being as large.
        alone: The same when a picture is shown alone.
        doubled: The same in double precision; NaN where it cannot be asked so.
        bytes_differ: The same between grey levels as bytes and as floats.
        training: Names of layers that stay in training mode.
        changed: Names of parameters and buffers that are not what they were.
        optimising: Does it compute gradients while it answers?
    """

    logits: Logits
    right: Bool[np.ndarray, " n"]
    again: float
    reordered: float
    alone: float
    doubled: float
    bytes_differ: float
    training: tuple[str, ...]
    changed: tuple[str, ...]
    optimising: bool

    @property
    def lead(self) -> Float64[np.ndarray, " n"]:
        """The best score less the second, (n,)."""
        two = np.sort(self.logits.astype(np.float64), axis=1)[:, -2:]
        return two[:, 1] - two[:, 0]


def answering(model: Classifier, shown: Shown) -> Answering:
    """Ask ``model`` about clean pictures in every way that should make no difference.

    Raises:
        ModelError: Its scores are not numbers, or fewer than the classes.
    """
    module = model.module if isinstance(model, GradientClassifier) else None
    before = _state(module)
    logits = _scores(model, shown.images)
    if not np.isfinite(logits).all():
        raise ModelError(f"{model.card.name} gives scores that are not numbers")
    if logits.shape[1] < max(shown.classes, 2):
        raise ModelError(
            f"{model.card.name} gives {logits.shape[1]} scores for {shown.classes} classes"
        )
    spread = float(np.ptp(logits.astype(np.float64), axis=1).mean()) or 1.0

    def differs(other: Logits, than: Logits) -> float:
        return float(np.abs(other.astype(np.float64) - than).max() / spread)

    order = generator(seed_of(0, "audit-order")).permutation(len(shown))
    few = shown.images[:ALONE]
    alone = np.concatenate([model(few[i : i + 1]) for i in range(len(few))])
    grey = np.rint(few * 255).astype(np.uint8)
    as_floats = _scores(model, (grey / np.float32(255)).astype(np.float32))
    reordered = _scores(model, shown.images[order])
    return Answering(
        logits=logits,
        right=logits.argmax(axis=1) == shown.labels,
        again=differs(_scores(model, shown.images), logits),
        reordered=differs(reordered, logits[order]),
        alone=differs(alone, logits[: len(few)]),
        doubled=_doubled(module, few, logits[: len(few)], spread),
        bytes_differ=differs(_scores(model, grey), as_floats),
        training=_in_training(module),
        changed=_changed(before, _state(module)),
        optimising=_optimises(module, few),
    )


def _scores(model: Classifier, images: np.ndarray) -> Logits:
    parts = [model(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return np.concatenate(parts)


def _state(module: Any) -> dict[str, torch.Tensor]:  # noqa: ANN401  any torch module, or None
    if not isinstance(module, torch.nn.Module):
        return {}
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def _changed(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> tuple[str, ...]:
    same = {
        name
        for name, value in before.items()
        if name in after and torch.equal(torch.nan_to_num(value), torch.nan_to_num(after[name]))
    }
    return tuple(sorted((before.keys() | after.keys()) - same))


def _in_training(module: Any) -> tuple[str, ...]:  # noqa: ANN401  any torch module, or None
    if not isinstance(module, torch.nn.Module):
        return ()
    return tuple(name or "the whole" for name, part in module.named_modules() if part.training)


def _doubled(module: Any, few: np.ndarray, logits: Logits, spread: float) -> float:  # noqa: ANN401
    if not isinstance(module, torch.nn.Module):
        return float("nan")
    try:
        twin = copy.deepcopy(module).double()
        with torch.no_grad():
            fine = twin(torch.from_numpy(few).permute(0, 3, 1, 2).double().to(_device(module)))
    except (RuntimeError, TypeError, ValueError):  # as some modules insist on single precision
        return float("nan")
    return float(np.abs(fine.cpu().numpy() - logits).max() / spread)


def _optimises(module: Any, few: np.ndarray) -> bool:  # noqa: ANN401  any torch module, or None
    """Does it remember anything for a gradient though it was told that none is wanted?"""
    if not isinstance(module, torch.nn.Module):
        return False
    remembered = 0

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        nonlocal remembered
        remembered += 1
        return tensor

    pictures = torch.from_numpy(few).permute(0, 3, 1, 2).to(_device(module))
    with torch.no_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept):
        module(pictures)
    return remembered > 0


def _device(module: torch.nn.Module) -> torch.device:
    first = next(module.parameters(), None)
    return torch.device("cpu") if first is None else first.device
