"""Augmenting: a shift as training data, drawn anew in every epoch and the same in every run.

What an example looks like in an epoch depends on (seed, epoch, example id) and the shift alone:
not on the batch, the order, or how many workers load the data.
"""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32

from fieldmark.records import ConfigError, Examples, Pixels, Shift, fingerprint, seed_of

if TYPE_CHECKING:
    from torch import Tensor


class Augmented:
    """Examples under a shift, for torch's ``DataLoader``; every epoch begins with ``set_epoch``.

    The epoch lies in memory that worker processes share, so it reaches workers that persist.

    Args:
        examples: What is learnt from; where there are several labels, the first counts.
        shift: What is done to each picture; ``one_of`` and ``then`` make one of several.
        seed: The run's seed.

    Raises:
        ConfigError: An example has no label.

    Example:
        >>> from fieldmark.datasets import mnist_train
        >>> from fieldmark.shifts import shift
        >>> data = Augmented(mnist_train(), shift("translation", 2))
        >>> first, label = data[0]
        >>> data.set_epoch(1)
        >>> tuple(first.shape), bool((first == data[0][0]).all())
        ((1, 28, 28), False)
    """

    def __init__(self, examples: Examples, shift: Shift, *, seed: int = 0) -> None:
        if (examples.first_labels < 0).any():
            raise ConfigError(f"{examples.card.name} has examples without a label to learn from")
        self.examples, self.shift, self.seed = examples, shift, seed
        self._epoch = _shared_number()

    @property
    def epoch(self) -> int:
        """The epoch that pictures are drawn for; 0 at first."""
        return int(self._epoch.item())

    def set_epoch(self, epoch: int) -> None:
        """From now on every example looks as it does in this epoch."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        """How many examples there are."""
        return len(self.examples)

    def __getitem__(self, row: int) -> "tuple[Tensor, int]":
        """An example's picture, float (c, h, w) in [0, 1], and its label."""
        import torch

        if not -len(self) <= row < len(self):
            raise IndexError(f"{self.examples.card.name} has {len(self)} examples, not one {row}")
        row %= len(self)
        image = self.examples.images(np.array([row], dtype=np.int64))
        shifted = _drawn(self.shift, image, self.seed, self.epoch, self.examples.ids[row])
        return torch.from_numpy(_channels_first(shifted)), int(self.examples.first_labels[row])


class ShiftTransform:
    """A shift as a transform of single pictures, as torchvision's data sets take it.

    A transform is not told which example it is given, so the picture's own content stands for it:
    two equal pictures are changed alike.

    Args:
        shift: What is done to each picture.
        seed: The run's seed.

    Example:
        >>> from fieldmark.shifts import shift
        >>> noisy = ShiftTransform(shift("gaussian-noise", 3))
        >>> noisy(np.full((32, 32, 3), 128, np.uint8)).shape
        (32, 32, 3)
    """

    def __init__(self, shift: Shift, *, seed: int = 0) -> None:
        self.shift, self.seed = shift, seed
        self._epoch = _shared_number()

    def set_epoch(self, epoch: int) -> None:
        """From now on every picture is changed as it is in this epoch."""
        self._epoch.fill_(epoch)

    def __call__(self, picture: object) -> object:
        """The picture changed, of the kind that it came as.

        Args:
            picture: A PIL image (mode L or RGB), a uint8 array (h, w) or (h, w, c), or a uint8
                tensor (c, h, w).

        Raises:
            ConfigError: It is none of these.
        """
        import torch

        if isinstance(picture, torch.Tensor) and picture.dtype == torch.uint8 and picture.ndim == 3:
            changed = self._changed(picture.permute(1, 2, 0).contiguous().cpu().numpy())
            return torch.from_numpy(changed).permute(2, 0, 1)
        if isinstance(picture, np.ndarray) and picture.dtype == np.uint8:
            flat = picture.ndim == 2
            changed = self._changed(picture[:, :, np.newaxis] if flat else picture)
            return changed[:, :, 0] if flat else changed
        if _kind(picture) in ("L", "RGB"):
            from PIL import Image

            return Image.fromarray(np.asarray(self(np.asarray(picture))))
        raise ConfigError(
            "a shift changes PIL images of mode L or RGB, uint8 arrays and uint8 tensors, "
            f"not {_kind(picture)}"
        )

    def _changed(self, picture: np.ndarray) -> np.ndarray:
        content = fingerprint(picture)
        return _drawn(self.shift, picture[np.newaxis], self.seed, int(self._epoch.item()), content)[
            0
        ]


def _kind(picture: object) -> str:
    """What somebody gave, in a word or two; the mode of a PIL image."""
    import torch

    if isinstance(picture, np.ndarray | torch.Tensor):
        return f"{type(picture).__name__} {tuple(picture.shape)} of {picture.dtype}"
    mode = getattr(picture, "mode", None)
    return mode if isinstance(mode, str) else type(picture).__name__


def _shared_number() -> "Tensor":
    """A whole number, 0 at first, that worker processes see as it is now."""
    import torch

    number = torch.zeros(1, dtype=torch.int64)
    number.share_memory_()  # type: ignore[no-untyped-call]
    return number


def _drawn(shift: Shift, image: Pixels, seed: int, epoch: int, one: str) -> Pixels:
    drawn = seed_of(seed, "augmenting", shift.name, shift.level, str(epoch), one)
    return shift.apply(image, np.array([drawn], dtype=np.uint64))


def _channels_first(image: Pixels) -> Float32[np.ndarray, "c h w"]:
    return np.ascontiguousarray(image[0].transpose(2, 0, 1), dtype=np.float32) / np.float32(255)
