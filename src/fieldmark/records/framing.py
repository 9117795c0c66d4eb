"""Framing: how pictures of any size are brought into the frame that a model wants."""

from dataclasses import asdict, dataclass
from typing import Literal

from fieldmark.records.errors import ConfigError
from fieldmark.records.fingerprints import fingerprint

Interpolation = Literal["nearest", "box", "bilinear", "bicubic", "lanczos"]
"""How grey levels between pixels are found; all but "nearest" are antialiased, as in Pillow."""

Fit = Literal["shorter", "squash"]
"""Scale until the shorter side has a given length, or scale each side alone; crop the middle."""


Odd = Literal["even", "before"]
"""Where the middle begins when an odd number of pixels is cropped away: at the even one of two
places (as torchvision rounds), or at the first of them (as transformers cuts)."""


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
        shorter: The length that the shorter side is scaled to before the middle is cropped, and
            to which "squash" scales both sides; 0 scales until the picture just covers the frame.
        interpolation: How it is scaled.
        odd: Where the middle begins when it lies between two pixels; a pixel further, some models
            answer otherwise.

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
    odd: Odd = "even"

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

    def corner(self, width: int, height: int) -> tuple[int, int]:
        """(left, top) of the middle of a picture that was scaled to ``width`` and ``height``.

        Example:
            >>> Framing(224, 224).corner(345, 227), Framing(224, 224, odd="before").corner(345, 227)
            ((60, 2), (60, 1))
        """
        left, top = width - self.width, height - self.height
        if self.odd == "before":
            return left // 2, top // 2
        return round(left / 2), round(top / 2)

    def __str__(self) -> str:
        size, crop = f"{self.height}×{self.width}", "centre crop"
        if self.odd == "before":
            crop = "centre crop rounded down"
        if self.fit == "squash":
            how = f"squashed to {size}, {self.interpolation}"
            if self.shorter:
                side = f"{self.shorter}×{self.shorter}"
                how = f"squashed to {side}, {self.interpolation}, {crop} {size}"
        elif self.shorter:
            how = f"shorter side {self.shorter}, {self.interpolation}, {crop} {size}"
        else:
            how = f"covering {size}, {self.interpolation}, {crop}"
        return f"{how}, {'RGB' if self.channels == 3 else 'grey'}"


STANDARD = Framing(224, 224, shorter=256)
"""The custom of ImageNet: what pictures of several sizes get where nobody says anything else."""
