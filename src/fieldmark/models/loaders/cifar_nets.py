"""The residual nets for pictures of 32 × 32 that the CIFAR-10 literature compares."""

from torch import Tensor, nn
from torch.nn import functional

DEPTHS = (20, 32, 44, 56, 110)
"""The published depths: six layers for each block of a stage, and two."""


class Block(nn.Module):
    """Two convolutions and a short cut, which thins out and adds empty channels where need be."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.more = stride, (outputs - inputs) // 2

    def forward(self, pictures: Tensor) -> Tensor:
        """The block's answer."""
        short = pictures
        if self.stride > 1:
            thin = pictures[:, :, :: self.stride, :: self.stride]
            short = functional.pad(thin, (0, 0, 0, 0, self.more, self.more))
        inner = functional.relu(self.bn1(self.conv1(pictures)))
        return functional.relu(self.bn2(self.conv2(inner)) + short)


class CifarResNet(nn.Module):
    """Three stages of 16, 32 and 64 channels, a mean over the picture, and the scores."""

    def __init__(self, depth: int, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, widths = (depth - 2) // 6, ((16, 16, 1), (16, 32, 2), (32, 64, 2))
        stages = [
            nn.Sequential(
                Block(inputs, outputs, stride),
                *(Block(outputs, outputs, 1) for _ in range(blocks - 1)),
            )
            for inputs, outputs, stride in widths
        ]
        self.layer1, self.layer2, self.layer3 = stages
        self.linear = nn.Linear(64, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores (n, classes) of normalised pictures."""
        inner = functional.relu(self.bn1(self.conv1(pictures)))
        inner = self.layer3(self.layer2(self.layer1(inner)))
        scores: Tensor = self.linear(inner.mean(dim=(2, 3)))
        return scores


def cifar_resnet(depth: int, classes: int = 10) -> CifarResNet:
    """The residual net of some depth, its weights as torch draws them.

    Args:
        depth: One of ``DEPTHS``.
        classes: Number of classes.

    Source:
        He et al. 2016, arXiv:1512.03385, section 4.2, short cuts of kind A; 0.27 M parameters at
        depth 20, as their table 6 says.

    Example:
        >>> net = cifar_resnet(20)
        >>> sum(one.numel() for one in net.parameters())
        269722
    """
    return CifarResNet(depth, classes)
