"""Small nets for small images: a multilayer perceptron and two kinds of convolutional net."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def mlp(
    frame: tuple[int, int, int],
    widths: tuple[int, ...],
    classes: int,
    *,
    generator: "torch.Generator",
) -> "torch.nn.Sequential":
    """A multilayer perceptron on pixels, float (n, c, h, w) in [0, 1] to logits (n, classes).

    Args:
        frame: (height, width, channels) of its images.
        widths: Units of each hidden layer; () gives a linear classifier.
        classes: Number of classes.
        generator: Where its weights come from.

    Example:
        >>> import torch
        >>> net = mlp((28, 28, 1), (64,), 10, generator=torch.Generator().manual_seed(0))
        >>> sum(weights.numel() for weights in net.parameters())
        50890
    """
    from torch import nn

    from fieldmark.models.layers import Normalise, draw_weights, linear

    height, width, channels = frame
    net = nn.Sequential(Normalise(), nn.Flatten())
    units = height * width * channels
    for wanted in widths:
        net.extend([linear(units, wanted), nn.ReLU()])
        units = wanted
    net.append(linear(units, classes))
    draw_weights(net, generator)
    return net


def convnet(
    frame: tuple[int, int, int],
    channels: tuple[int, ...],
    classes: int,
    *,
    dropout: float = 0.0,
    generator: "torch.Generator",
) -> "torch.nn.Sequential":
    """A convolutional net, float (n, c, h, w) in [0, 1] to logits (n, classes).

    Each stage is a 3 × 3 convolution, and a maximum over 2 × 2 that halves height and width; then
    come one hidden layer, twice as wide as the last stage, and the logits.

    Args:
        frame: (height, width, channels) of its images.
        channels: Filters of each stage; each stage needs height and width of 2 or more.
        classes: Number of classes.
        dropout: Share of the hidden layer's inputs, and of its outputs, dropped in training.
        generator: Where its weights come from, and the dropout's own seeds.

    Example:
        >>> import torch
        >>> net = convnet((28, 28, 1), (16, 32), 10, generator=torch.Generator().manual_seed(0))
        >>> sum(weights.numel() for weights in net.parameters())
        105866
    """
    import torch
    from torch import nn

    from fieldmark.models.layers import Dropout, Normalise, convolution, draw_weights, linear

    height, width, filters = frame
    net = nn.Sequential(Normalise())
    for wanted in channels:
        net.extend([convolution(filters, wanted), nn.MaxPool2d(2), nn.ReLU()])
        height, width, filters = height // 2, width // 2, wanted
    hidden = 2 * filters
    first, second = torch.randint(2**62, (2,), generator=generator).tolist()
    net.extend([nn.Flatten(), Dropout(dropout, seed=first)])
    net.extend([linear(filters * height * width, hidden), nn.ReLU()])
    net.extend([Dropout(dropout, seed=second), linear(hidden, classes)])
    draw_weights(net, generator)
    return _channels_last(net)


def strided(
    frame: tuple[int, int, int],
    channels: tuple[int, ...],
    hidden: int,
    classes: int,
    *,
    generator: "torch.Generator",
) -> "torch.nn.Sequential":
    """A convolutional net without pooling, float (n, c, h, w) in [0, 1] to logits (n, classes).

    Each stage is a 4 × 4 convolution of stride 2, which halves height and width, and ReLU; then
    come one hidden layer and the logits. Pixels go in as they are; weights begin as torch's own.

    Args:
        frame: (height, width, channels) of its images.
        channels: Filters of each stage; each stage needs height and width of 2 or more.
        hidden: Units of the hidden layer.
        classes: Number of classes.
        generator: Where its weights come from.

    Source:
        Wong, Rice and Kolter 2020, arXiv:2001.03994: their MNIST net is the one of the example.

    Example:
        >>> import torch
        >>> chance = torch.Generator().manual_seed(0)
        >>> net = strided((28, 28, 1), (16, 32), 100, 10, generator=chance)
        >>> sum(weights.numel() for weights in net.parameters())
        166406
    """
    from torch import nn

    from fieldmark.models.layers import draw_small_weights, halving, linear

    height, width, filters = frame
    net = nn.Sequential()
    for wanted in channels:
        net.extend([halving(filters, wanted), nn.ReLU()])
        height, width, filters = height // 2, width // 2, wanted
    net.extend([nn.Flatten(), linear(filters * height * width, hidden), nn.ReLU()])
    net.append(linear(hidden, classes))
    draw_small_weights(net, generator)
    return _channels_last(net)


def _channels_last(net: "torch.nn.Sequential") -> "torch.nn.Sequential":
    """The net with its filters laid out so that a CPU is twice as fast."""
    import torch

    for weights in net.parameters():
        if weights.dim() == 4:
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    return net
