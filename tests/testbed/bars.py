"""Small real subjects and conditions: pictures whose class is the third that is brightest."""

from dataclasses import dataclass

import numpy as np
import torch

from fieldmark.models import TorchClassifier
from fieldmark.records import (
    ClassSpace,
    DatasetCard,
    Examples,
    Images,
    Logits,
    ModelCard,
    Subject,
    fingerprint,
    generator,
)

SIDE, CLASSES = 16, ("left", "middle", "right")


def examples(name: str = "bars", n: int = 30, *, seed: int = 0) -> Examples:
    rng = generator(seed)
    labels = np.arange(n, dtype=np.int64) % len(CLASSES)
    pictures = rng.integers(0, 120, (n, SIDE, SIDE, 1)).astype(np.uint8)
    for row, label in enumerate(labels):
        pictures[row, :, 5 * label : 5 * label + 6] += np.uint8(60)
    return Examples(
        card=DatasetCard(name, "Bars", "made here", "MIT", "drawn by a generator", "people"),
        classes=ClassSpace(CLASSES),
        ids=tuple(f"{name}-{row}" for row in range(n)),
        labels=labels[:, None],
        frame=(SIDE, SIDE, 1),
        decode=lambda rows: pictures[rows],
        content=fingerprint(pictures, labels),
    )


def linear_net() -> torch.nn.Module:
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(SIDE * SIDE, 3))
    columns = torch.arange(SIDE * SIDE) % SIDE
    with torch.no_grad():
        for label in range(3):
            inside = (columns >= 5 * label) & (columns < 5 * label + 6)
            net[1].weight[label] = inside / 10.0
        net[1].bias.zero_()
    return net.eval()


@dataclass(frozen=True)
class Scores:
    """A classifier made of a function, for tests of what may go wrong."""

    name: str
    function: object
    classes: tuple[str, ...] = CLASSES
    frame: tuple[int, ...] = ()

    @property
    def card(self) -> ModelCard:
        return ModelCard(
            self.name, "test", "made here", "MIT", "none", classes=self.classes, frame=self.frame
        )

    def __call__(self, images: Images) -> Logits:
        return self.function(images)  # type: ignore[operator]


def net_subject(name: str = "net") -> Subject:
    card = ModelCard(name, "linear", "made here", "MIT", "by hand", classes=CLASSES)
    return Subject(name, "net-1", lambda: TorchClassifier(linear_net(), card))


def brightest(images: Images) -> Logits:
    """Scores without gradients: how bright each third is."""
    pixels = images.astype(np.float32) / (255 if images.dtype == np.uint8 else 1)
    return np.stack(
        [pixels[:, :, 5 * c : 5 * c + 6].mean(axis=(1, 2, 3)) for c in range(3)], axis=1
    ).astype(np.float32)


def plain_subject(name: str = "plain", function: object = brightest, **card: object) -> Subject:
    return Subject(name, f"{name}-1", lambda: Scores(name, function, **card))  # type: ignore[arg-type]
