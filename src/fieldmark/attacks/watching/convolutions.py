"""Convolutions: with the sum and the ReLU that follow as one kernel, and the shortest way back.

On a CPU a sum and a ReLU read and write once more all that the convolution wrote; the kernel
library can do both while the numbers are at hand. The way back is that of the picture alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, fx, nn

from fieldmark.attacks.watching.chunks import MOST_VALUES
from fieldmark.attacks.watching.kernels import Memory, added, where_above_0
from fieldmark.models import laid_out
from fieldmark.records import compiled

Pair = tuple[int, ...]
Packed = tuple[Tensor, Tensor | None]
"""Weights as the kernel library wants them: on the way there, and, turned round, on that back."""


@dataclass
class Conv:
    """relu(convolution(x) + beside), with or without sum and ReLU; a kernel."""

    sources: tuple[fx.Node, ...]
    conv: nn.Conv2d
    relu: bool
    fresh: bool = True
    packed: dict[torch.Size, Packed] = field(default_factory=dict)

    def there(self, taken: list[Any], leads: list[bool]) -> tuple[Any, Memory]:
        """What the layers say one after the other."""
        said = self._quickly(*taken) if self._quick else self._plainly(*taken)
        return said, (taken[0], said, leads) if True in leads else None

    def back(self, uphill: Tensor, memory: Memory, onto: list[Tensor | None]) -> list[Any]:
        """The slope towards the picture and towards what stood beside it."""
        inputs, said, leads = memory
        uphill = laid_out(uphill)
        if self.relu:
            uphill = where_above_0(uphill, said)
        towards: list[Any] = [self._back(uphill, inputs, onto[0]) if leads[0] else None]
        if len(self.sources) > 1:
            towards.append(added(onto[1], uphill) if leads[1] else None)
        return towards

    @cached_property
    def _quick(self) -> bool:
        """Does the kernel library of CPUs know it?"""
        weight = self.conv.weight
        known = weight.dtype == torch.float32 and weight.device.type == "cpu"
        return known and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]

    @cached_property
    def _windows(self) -> bool:
        return gains_by_windows(self.conv)

    def _plainly(self, inputs: Tensor, beside: Tensor | None = None) -> Tensor:
        said: Tensor = self.conv(inputs)
        if beside is not None:
            said = said + beside
        return said.relu_() if self.relu else said

    def _quickly(self, inputs: Tensor, beside: Tensor | None = None) -> Tensor:
        conv = self.conv
        numbers = (conv.bias, conv.padding, conv.stride, conv.dilation, conv.groups)
        return _convolution(inputs, self._weights(inputs)[0], numbers, beside, relu=self.relu)

    def _back(self, uphill: Tensor, inputs: Tensor, onto: Tensor | None) -> Tensor:
        conv = self.conv
        if self._windows:
            return added(onto, back_by_windows(uphill, conv, inputs.shape[2:]))
        if self._quick and (turned := self._weights(inputs)[1]) is not None:
            return _convolution(uphill, turned, (None, _around(conv), (1, 1), (1, 1), 1), onto)
        towards = torch.ops.aten.convolution_backward.default(
            uphill, inputs, conv.weight, None, conv.stride, conv.padding, conv.dilation,
            False, (0, 0), conv.groups, (True, False, False),
        )[0]  # fmt: skip
        return added(onto, towards)

    def _weights(self, inputs: Tensor) -> Packed:
        """The weights for pictures of this shape, made when it is first seen."""
        shape = inputs.shape
        if shape not in self.packed:
            conv = self.conv
            numbers = (conv.padding, conv.stride, conv.dilation, conv.groups)
            self.packed[shape] = (_in_order(conv.weight, numbers, shape), _turned(conv, shape))
        return self.packed[shape]


def _convolution(
    inputs: Tensor,
    weight: Tensor,
    numbers: tuple[Any, ...],
    beside: Tensor | None,
    *,
    relu: bool = False,
) -> Tensor:
    """The kernel: a convolution, and with it what stands beside, and the ReLU of both."""
    kernel = torch.ops.mkldnn._convolution_pointwise
    said: Tensor
    if beside is None:
        said = kernel.default(inputs, weight, *numbers, "relu" if relu else "none", [], "")
    else:
        after = "relu" if relu else None
        said = kernel.binary(inputs, beside, weight, *numbers, "add", 1.0, after, [], "")
    return said


def _turned(conv: nn.Conv2d, shape: torch.Size) -> Tensor | None:
    """The weights of the way back; None where that is no convolution.

    Turned round by 180 degrees, a convolution that moves by single steps is its own way back.
    """
    around = _around(conv)
    if conv.stride != (1, 1) or conv.dilation != (1, 1) or conv.groups > 1 or min(around) < 0:
        return None
    sizes = zip(shape[2:], conv.kernel_size, around, strict=True)
    out = (shape[0], conv.out_channels, *(size + k - 1 - 2 * p for size, k, p in sizes))
    weight = conv.weight.flip(2, 3).transpose(0, 1)
    numbers = (around, (1, 1), (1, 1), 1)
    return _in_order(weight.contiguous(memory_format=torch.channels_last), numbers, out)


def _around(conv: nn.Conv2d) -> Pair:
    """The zeros around a slope that is led back."""
    padding: Any = conv.padding
    return tuple(k - 1 - p for k, p in zip(conv.kernel_size, padding, strict=True))


def _in_order(weight: Tensor, numbers: tuple[Any, ...], shape: Sequence[int]) -> Tensor:
    """Weights in the order that the kernel library chooses for pictures of ``shape``."""
    with torch.no_grad():
        ordered: Tensor = torch.ops.aten.mkldnn_reorder_conv2d_weight.default(
            weight.detach().to_mkldnn(), *numbers, shape
        )
    return ordered


def back_by_windows(
    uphill: Float[Tensor, "n k i j"], conv: nn.Conv2d, size: Sequence[int]
) -> Float[Tensor, "n c h w"]:
    """The slope towards a convolution's input of ``size``, from that towards its answer.

    The usual kernels for this way are made for many channels. Towards grey pictures, or through
    wide strides, a matrix product and a sum of windows take a fraction of their time.
    """
    weight = conv.weight.detach().permute(0, 2, 3, 1).flatten(1)
    tall, wide, channels = *conv.kernel_size, conv.in_channels
    (height, width), (down, right) = size, conv.stride
    above, left = (int(one) for one in conv.padding)
    values = wide * channels
    found = uphill.new_zeros(len(uphill), height, width * channels)
    rows = uphill.permute(0, 2, 3, 1)
    # Few enough at a time for their windows to stay near the processor.
    few = max(MOST_VALUES // (uphill.shape[2:].numel() * tall * values), 1)
    for at in range(0, len(uphill), few):
        part = rows[at : at + few]
        windows = (part.reshape(-1, part.shape[3]) @ weight).view(*part.shape[:3], tall, values)
        steps = (down, right * channels, above, left * channels)
        _add_windows(windows.numpy(), found[at : at + few].numpy(), *steps)
    return found.view(len(uphill), height, width, channels).permute(0, 3, 1, 2)


@compiled
def _add_windows(
    windows: np.ndarray, found: np.ndarray, down: int, right: int, above: int, left: int
) -> None:
    """Add each window where it lies in its picture, as far as it lies inside.

    Args:
        windows: (n, i, j, tall, values).
        found: The pictures, (n, height, values), to which they are added.
        down: From one window to the next, in rows.
        right: The same in values.
        above: How far the first one reaches out, in rows.
        left: The same in values.

    The same value of all windows side by side comes before the next: such a loop is long. Places
    are unsigned, or each would be asked whether it counts from the end.
    """
    n, height, width = found.shape
    _, tops, sides, tall, values = windows.shape
    source, onto = windows.reshape(-1), found.reshape(-1)
    hop, step = np.uint64(tall * values), np.uint64(right)
    for picture in range(n):
        for top in range(tops):
            for y in range(max(0, above - top * down), min(tall, height + above - top * down)):
                row = (picture * height + top * down + y - above) * width - left
                window = (picture * tops + top) * sides * tall + y
                for value in range(values):
                    first = max(0, (left - value + right - 1) // right)
                    last = min(sides, (width - 1 + left - value) // right + 1)
                    at = np.uint64((window + first * tall) * values + value)
                    to = np.uint64(row + first * right + value)
                    for _ in range(last - first):
                        onto[to] += source[at]
                        at += hop
                        to += step


def gains_by_windows(conv: nn.Conv2d) -> bool:
    """Is the usual way back slow? Measured on CPUs, for kernels of 3 to 7 pixels."""
    plain = conv.groups == 1 and conv.dilation == (1, 1)
    few = conv.in_channels == 1 or (conv.in_channels <= 3 and max(conv.stride) > 1)
    known = conv.weight.dtype in (torch.float32, torch.float64)
    return plain and few and known and conv.weight.device.type == "cpu"
