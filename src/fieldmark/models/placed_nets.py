"""Placed nets: a torch module moved to a device, laid out, folded, asked with less precision."""

from contextlib import suppress
from copy import deepcopy

import torch
from torch import nn

from fieldmark.models.folding import agree, folded
from fieldmark.records import ModelError, Placement

_PROBES = 8


class Autocast(nn.Module):
    """A module whose inner numbers are rounded to ``precision``; its scores are float32 again."""

    def __init__(self, module: nn.Module, device: str, precision: str) -> None:
        super().__init__()
        self.module, self.kind, self.precision = module, device.partition(":")[0], precision

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Scores (n, k), float32."""
        with torch.autocast(self.kind, dtype=getattr(torch, self.precision)):
            return self.module(images).float()

    def extra_repr(self) -> str:
        """What it rounds to, so that the printed net tells it."""
        return self.precision


def device_here(wanted: str) -> str:
    """The device that ``wanted`` means on this machine; "auto" takes the first GPU there is.

    Raises:
        ModelError: This machine, or this torch, has no such device.

    Example:
        >>> device_here("cpu")
        'cpu'
    """
    there = {
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
        "xpu": torch.xpu.device_count(),
    }
    if wanted == "auto":
        return next((kind for kind, count in there.items() if count), "cpu")
    kind, _, number = wanted.partition(":")
    if kind != "cpu" and int(number or 0) >= there[kind]:
        has = ", ".join(f"{count} × {name}" for name, count in there.items() if count)
        raise ModelError(
            f"no device {wanted} here: torch {torch.__version__} sees {has or 'the CPU alone'}; "
            "write auto or cpu"
        )
    return wanted


def placed_net(
    module: nn.Module, placement: Placement, frame: tuple[int, ...]
) -> tuple[nn.Module, str]:
    """A module that answers as ``module`` does, where ``placement`` says; and the device's name.

    Args:
        module: From float (n, c, h, w) in [0, 1] to scores (n, k).
        placement: Where, and how.
        frame: (height, width, channels) of its images; () folds nothing, as there is no probe.

    Raises:
        ModelError: There is no such device here.
    """
    device = device_here(placement.device)
    with suppress(Exception):  # what cannot be copied is moved itself
        module = deepcopy(module)
    module = module.eval().requires_grad_(False).to(device)
    if placement.fold and len(frame) == 3:
        module = _folded(module, _probe((frame[0], frame[1], frame[2]), device))
    if placement.channels_last:
        module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if placement.autocast:
        module = Autocast(module, device, placement.autocast)
    return module, device


def _folded(module: nn.Module, probe: torch.Tensor) -> nn.Module:
    """The folded copy, where all scores, best classes and slopes of a probe are the module's."""
    copy = folded(module)
    if copy is None or not agree(module, copy, probe):
        return module
    with torch.inference_mode():
        same = bool((module(probe).argmax(1) == copy(probe).argmax(1)).all())
    return copy if same else module


def _probe(frame: tuple[int, int, int], device: str) -> torch.Tensor:
    """Some pictures of coarse and fine noise, the same every time."""
    height, width, channels = frame
    chance = torch.Generator().manual_seed(0)
    coarse = torch.rand((_PROBES, channels, 7, 7), generator=chance)
    coarse = nn.functional.interpolate(coarse, (height, width), mode="bilinear")
    fine = torch.rand((_PROBES, channels, height, width), generator=chance)
    return (0.7 * coarse + 0.3 * fine).to(device)
