"""Framing: how pictures of any size are brought into the frame that a model wants."""

from dataclasses import asdict, dataclass
from typing import Literal

from fieldmark.records.errors import ConfigError
from fieldmark.records.fingerprints import fingerprint

Interpolation = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
"""How grey levels between pixels are found; all but "nearest" are antialiased, as in Pillow."""

Fit = Literal["shorter", "squash"]
"""Scale until the shorter side has a given length and crop the middle, or scale each side alone."""


@dataclass(frozen=True)
class Framing:
    """What is done to a picture before a model is shown it.

    It belongs to the subject, as its weights do: two models that frame a test set differently are
    still asked the same question, and what each did is in the header of its cell.

    Args:
        height: Of what the model is shown, in pixels.
        width: Of what the model is shown, in pixels.
        channels: 1 (luma) or 3 (RGB).
        fit: How a picture of other proportions gets there.
        shorter: The length that the shorter side is scaled to before the middle is cropped; 0
            scales until the picture just covers the frame. Means nothing to "squash".
        interpolation: How it is scaled.

    Raises:
        ConfigError: A number is impossible, or ``shorter`` would not cover the frame.

    Example:
        >>> imagenet = Framing(224, 224, shorter=256)
        >>> str(imagenet), imagenet.frame
        ('shorter side 256, bilinear, centre crop 224×224, RGB', (224, 224, 3))
    """

    height: int
    width: int
    channels: int = 3
    fit: Fit = "shorter"
    shorter: int = 0
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        if min(self.height, self.width) < 1 or self.channels not in (1, 3):
            raise ConfigError(
                "a frame has a height and a width of at least 1 and 1 or 3 channels, "
                f"got {self.frame}"
            )
        if self.shorter and self.shorter < max(self.height, self.width):
            raise ConfigError(
                f"a shorter side of {self.shorter} does not cover {self.height}×{self.width}"
            )

    @property
    def frame(self) -> tuple[int, int, int]:
        """(height, width, channels) of what the model is shown."""
        return self.height, self.width, self.channels

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of all of it."""
        return fingerprint(asdict(self))

    def __str__(self) -> str:
        size = f"{self.height}×{self.width}"
        how = {
            True: f"squashed to {size}, {self.interpolation}",
            False: f"shorter side {self.shorter}, {self.interpolation}, centre crop {size}"
            if self.shorter
            else f"covering {size}, {self.interpolation}, centre crop",
        }[self.fit == "squash"]
        return f"{how}, {'RGB' if self.channels == 3 else 'grey'}"


STANDARD = Framing(224, 224, shorter=256)
"""The custom of ImageNet: what pictures of several sizes get where nobody says anything else."""
