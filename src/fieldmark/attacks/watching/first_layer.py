"""The first layer's slope: towards pictures of few channels, added up window by window.

The usual kernels for the way back through a convolution are made for many channels. Towards grey
pictures, or through wide strides, a matrix product and a fold take a fraction of their time.
"""

import torch
from jaxtyping import Float
from torch import Tensor, fx, nn
from torch.nn import functional


class LightConv(nn.Module):
    """A convolution whose slope towards its input is folded from windows; the same numbers."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, pictures: Float[Tensor, "n c h w"]) -> Float[Tensor, "n k i j"]:
        """What the convolution says."""
        conv = self.conv
        if not pictures.requires_grad:
            return conv(pictures)
        numbers = (conv.weight, conv.bias, conv.stride, conv.padding)
        folded: Tensor = _Folded.apply(pictures, *numbers)  # type: ignore[no-untyped-call]
        return folded


class _Folded(torch.autograd.Function):
    @staticmethod
    def forward(ctx, pictures, weight, bias, stride, padding):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205
        ctx.weight, ctx.stride, ctx.padding, ctx.shape = weight, stride, padding, pictures.shape[2:]
        return functional.conv2d(pictures, weight, bias, stride, padding)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, uphill):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205
        windows = ctx.weight.flatten(1).t() @ uphill.flatten(2)
        size = ctx.weight.shape[2:]
        slope = functional.fold(windows, ctx.shape, size, padding=ctx.padding, stride=ctx.stride)
        return slope, None, None, None, None


def lighter(traced: fx.GraphModule) -> None:
    """Put light convolutions where they are quicker and pictures, not features, come in."""
    parts = dict(traced.named_modules())
    for name, part in parts.items():
        if isinstance(part, nn.Conv2d) and _gains(part):
            traced.set_submodule(name, LightConv(part))
    traced.recompile()


def _gains(conv: nn.Conv2d) -> bool:
    """Is the usual way back slow? Measured on CPUs, for kernels of 3 to 7 pixels."""
    plain = conv.groups == 1 and conv.dilation == (1, 1) and conv.padding_mode == "zeros"
    few = conv.in_channels == 1 or (conv.in_channels <= 3 and max(conv.stride) > 1)
    return plain and few and not isinstance(conv.padding, str) and conv.weight.device.type == "cpu"
