"""Dressing: how pictures are framed and normalised for a model, and what its classes are called."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast, get_args

from fieldmark.models.loaders.asked import Asked
from fieldmark.records import (
    ClassSpace,
    ConfigError,
    Fit,
    Framing,
    Interpolation,
    ModelError,
    imagenet_classes,
)

FRAMING = ("size", "shorter", "fit", "interpolation", "channels")
"""Options that say how pictures are framed."""

DRESSING = (*FRAMING, "mean", "std", "classes")
"""Options that say all of it."""

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Dressing:
    """What stands around a net.

    Args:
        framing: How pictures are framed; None takes them as the data set gives them.
        mean: What is subtracted from each channel, in pixel units; () for nothing.
        std: What it is then divided by.
        classes: The names of its classes, in the order of its scores; () if nobody says.
    """

    framing: Framing | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std) or 0 in self.std:
            raise ConfigError(
                f"mean and std go together, a std is never 0: got mean {list(self.mean)} and "
                f"std {list(self.std)}"
            )
        depth = len(self.mean)
        if self.framing is not None and depth > 1 and depth != self.framing.channels:
            raise ConfigError(
                f"{depth} means for pictures of {self.framing.channels} channels; give one a "
                "channel, or one for all"
            )

    @property
    def decisive(self) -> dict[str, object]:
        """What of it decides answers, for a fingerprint."""
        return asdict(self)

    @property
    def words(self) -> str:
        """For a card: what happens to a picture before the net sees it."""
        framed = str(self.framing) if self.framing else "pictures as the data set gives them"
        if not self.mean:
            return framed
        mean, std = (", ".join(f"{one:g}" for one in part) for part in (self.mean, self.std))
        return f"{framed}, minus {mean}, over {std}"


def dressed(asked: Asked, usual: Dressing, *, fixed: bool = False) -> Dressing:
    """The usual dressing of a model, but for what somebody asked for.

    Args:
        asked: What was asked for.
        usual: What the model itself says.
        fixed: Is the usual frame the only one that the model takes, as in a graph with fixed sides?

    Raises:
        ConfigError: An option cannot be read, or asks for a frame that the model does not take.
        UnknownNameError: A word is not among the choices.
    """
    framing = _framing(asked, usual.framing)
    if fixed and usual.framing and framing and framing.frame != usual.framing.frame:
        told, only = ("×".join(map(str, one.frame)) for one in (framing, usual.framing))
        raise ConfigError(
            f"{asked.path.name} takes pictures of {only} alone, not of {told}: leave out size and "
            "channels, or export it with free sides"
        )
    mean, std = asked.numbers("mean", usual.mean), asked.numbers("std", usual.std)
    if framing is not None and framing.channels == 1 and mean == usual.mean and len(mean) == 3:
        mean, std = (sum(mean) / 3,), (sum(std) / 3,)  # of a grey picture all channels are alike
    told = asked.text_of("classes")
    classes = class_names(told, asked.base).names if told else usual.classes
    return Dressing(framing, mean, std, classes)


def _framing(asked: Asked, usual: Framing | None) -> Framing | None:
    if not any(key in asked.options for key in FRAMING):
        return usual
    if usual is None and "size" not in asked.options:
        raise ConfigError(
            f"{asked.loader}: {', '.join(key for key in FRAMING if key in asked.options)} "
            "needs a size beside it, such as size=224"
        )
    height, width = _size(asked, usual)
    fit = cast(Fit, asked.one_of("fit", get_args(Fit), usual.fit if usual else "shorter"))
    how = asked.one_of(
        "interpolation", get_args(Interpolation), usual.interpolation if usual else "bilinear"
    )
    # A size of one's own leaves no sense to a model's usual shorter side.
    shorter = usual.shorter if usual and "size" not in asked.options else 0
    shorter = shorter if not usual or usual.fit == fit else 0
    return Framing(
        height,
        width,
        asked.whole("channels", usual.channels if usual else 3, most=3),
        fit,
        asked.whole("shorter", shorter, least=0, most=100_000),
        cast(Interpolation, how),
    )


def _size(asked: Asked, usual: Framing | None) -> tuple[int, int]:
    text = asked.text_of("size")
    if not text:
        assert usual is not None
        return usual.height, usual.width
    sides = text.split("x")
    if len(sides) > 2 or not all(one.isdecimal() and 0 < int(one[:9]) < 2**16 for one in sides):
        raise ConfigError(f"{asked.loader}: size={text[:40]} is no size; write 224 or 224x320")
    return int(sides[0]), int(sides[-1])


def class_names(told: str, base: Path) -> ClassSpace:
    """The classes that an option tells of.

    Args:
        told: "imagenet", a list with commas, or a text file with one class a line; a tab may part
            a class's name from what people call it.
        base: The folder that relative paths start from.

    Raises:
        ConfigError: The file cannot be read, or no classes are in it.

    Example:
        >>> class_names("cat,dog", Path()).names
        ('cat', 'dog')
    """
    if told == "imagenet":
        return imagenet()
    if "," in told or ";" in told:
        return ClassSpace(tuple(one.strip() for one in told.replace(";", ",").split(",")))
    path = base / Path(told).expanduser()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(
            f"cannot read classes={told[:80]}: {what}; write imagenet, names with commas, or a "
            "text file with one class a line"
        ) from error
    parted = [line.partition("\t") for line in lines if line.strip()]
    names = tuple(name.strip() for name, _, _ in parted)
    titles = tuple((title or name).strip() for name, _, title in parted)
    return with_titles(names, titles)


def with_titles(names: tuple[str, ...], titles: tuple[str, ...]) -> ClassSpace:
    """A class space whose classes people call otherwise."""
    return ClassSpace(names) if names == titles else ClassSpace(names, titles=titles)


def imagenet() -> ClassSpace:
    """ImageNet-1k's classes: WordNet ids in the order of everybody's scores."""
    return imagenet_classes()


def looks_like_imagenet(titles: Sequence[str]) -> bool:
    """Are these the words of ImageNet-1k in its order? Some places far apart tell."""
    known = {0: "tench", 1: "goldfish", 281: "tabby", 508: "computer keyboard", 948: "granny smith"}
    return len(titles) == 1000 and all(
        titles[place].lower().replace("_", " ").startswith(word) for place, word in known.items()
    )


def checked_classes(classes: tuple[str, ...], count: int, name: str) -> None:
    """Nothing, where a model has as many scores as classes.

    Raises:
        ModelError: It has more, or fewer.
    """
    if classes and len(classes) != count:
        raise ModelError(
            f"{name} answers with {count} scores, and {len(classes)} classes were told "
            f"({', '.join(classes[:3])}, …); give classes=FILE with one name for each score"
        )
