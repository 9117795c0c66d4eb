"""Placement: where a model runs and how, which is the machine's business and not the model's."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

from fieldmark.records.classifiers import Classifier
from fieldmark.records.errors import ConfigError

PRECISIONS = ("", "bfloat16", "float16")
"""What a net may round to on the way: nothing, or the numbers of torch's autocast."""


@dataclass(frozen=True)
class Placement:
    """Where a model runs and how.

    ``autocast`` rounds, so it changes scores and sometimes answers: it is part of a placed
    subject's name and fingerprint. The others may change the last bits of a score alone; they stand
    beside an answer as its execution, and decide nothing.

    Args:
        device: "cpu", "cuda", "cuda:1", "mps"; "auto" takes a GPU where there is one.
        channels_last: Pictures and filters lie as convolutions like them.
        fold: Normalisation is folded into the convolution before it, where a probe shows that
            answers stay.
        autocast: "bfloat16" or "float16" where the net may round; "" where it may not.

    Raises:
        ConfigError: A device or a precision that there is not.

    Example:
        >>> Placement("cuda:1", autocast="bfloat16").as_execution()["autocast"]
        'bfloat16'
    """

    device: str = "cpu"
    channels_last: bool = True
    fold: bool = False
    autocast: str = ""

    def __post_init__(self) -> None:
        kind, colon, number = self.device.partition(":")
        if kind not in ("auto", "cpu", "cuda", "mps", "xpu") or (colon and not number.isdecimal()):
            raise ConfigError(
                f"no device {self.device[:40]!r}; write auto, cpu, cuda, cuda:1, mps or xpu"
            )
        if self.autocast not in PRECISIONS:
            raise ConfigError(f"autocast is bfloat16 or float16, not {str(self.autocast)[:40]!r}")

    def as_execution(self) -> dict[str, str | bool]:
        """What a cell's header keeps of it."""
        return asdict(self)


@runtime_checkable
class Placeable(Protocol):
    """A classifier that can run elsewhere, or otherwise."""

    def placed(self, placement: Placement) -> Classifier:
        """The same classifier where ``placement`` says, ready to be asked.

        Raises:
            ModelError: There is no such device here.
        """

    def __call__(self, images: Any) -> Any:  # noqa: ANN401  as in ``Classifier``
        """Class scores, as of any classifier."""
