"""Reading: examples from encoded pictures, wherever they lie, all by the same rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fieldmark.datasets.pictures.decoding import RULE, examined
from fieldmark.datasets.pictures.encoded import Encoded, EncodedPictures, pieces, stopping
from fieldmark.datasets.pictures.opening import Outline, outline
from fieldmark.datasets.pictures.origins import Origin, digest
from fieldmark.datasets.pictures.side_by_side import side_by_side
from fieldmark.records import (
    STANDARD,
    ClassSpace,
    ConfigError,
    DataError,
    DatasetCard,
    Examples,
    Framing,
    LabelSets,
    Rows,
    fingerprint,
)

BROKEN = ("stop", "missing")
"""What a broken picture does: stop whoever looks at it, or count as missing."""

Watch = Callable[[int, int], None]
"""Told (done, in all) as pictures are read at opening."""

_SHOWN = 20  # ids of broken pictures on a card


@dataclass(frozen=True)
class Reading:
    """How encoded pictures are to be read.

    Args:
        size: (height, width) of the images, or one number for both. None leaves it to the model:
            one that says how it wants pictures framed gets them so, any other gets them as they
            are, or, where they are of several sizes, in ``STANDARD`` framing.
        channels: 1 for grey, 3 for colour; by default 1 if every picture is grey.
        broken: With "missing" every picture is decoded once at opening; those that cannot be are
            listed in ``Examples.broken``, lose their label and are shown as black.
        watch: Told how far the opening is.

    Raises:
        ConfigError: A value is none of these.
    """

    size: int | tuple[int, int] | None = None
    channels: int | None = None
    broken: str = "stop"
    watch: Watch | None = None

    def __post_init__(self) -> None:
        if self.frame is not None and min(self.frame) < 1:
            raise ConfigError(
                f"a size is (height, width) in pixels, both 1 or more, got {self.size}"
            )
        if self.channels not in (None, 1, 3):
            raise ConfigError(f"images have 1 channel (grey) or 3 (colour), not {self.channels}")
        if self.broken not in BROKEN:
            raise ConfigError(
                f"broken={self.broken}: write stop, which makes a broken picture an error, or "
                "missing, which counts it as missing"
            )

    @property
    def frame(self) -> tuple[int, int] | None:
        """(height, width) that was asked for, if any."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size


@dataclass(frozen=True)
class _Sight:
    """What was seen of a picture at opening; its outline or why it has none."""

    digest: str
    outline: Outline | DataError


def read_encoded(
    card: DatasetCard,
    classes: ClassSpace,
    ids: Sequence[str],
    labels: LabelSets,
    origin: Origin,
    reading: Reading,
    *,
    groups: tuple[str, ...] = (),
    metadata: Mapping[str, tuple[str, ...]] | None = None,
) -> Examples:
    """Examples whose pictures are decoded when somebody looks at them.

    Their ``content`` follows from the ids, labels, class names, the bytes of the pictures and
    ``reading``: a folder and an archive of the same files agree. What was done to the pictures is
    added to what the card says of how they were collected.

    Args:
        card: What they are.
        classes: What the labels refer to.
        ids: One name per example.
        labels: Label sets, int64 (n, m), padded with -1.
        origin: Where the pictures are, in the order of the ids.
        reading: How they are read.
        groups: What each example belongs to, or ().
        metadata: What else is known of each example.

    Raises:
        DataError: A picture cannot be shown, and is not to be missing; or none of them can.
    """
    seen = _opened(origin, reading)
    reasons = {
        row: one.outline for row, one in enumerate(seen) if isinstance(one.outline, DataError)
    }
    outlines = [one.outline for one in seen if isinstance(one.outline, Outline)]
    if not outlines:
        raise DataError(f"none of the {len(seen):,} pictures can be shown; the first: {reasons[0]}")
    depth = reading.channels or (1 if all(one.grey for one in outlines) else 3)
    framing = Framing(*reading.frame, depth) if reading.frame else _common(outlines, depth)
    # Where a model may ask for its own framing, what it gets follows from the files alone; others
    # get the depth that was asked for.
    sort = list(framing.frame) if reading.frame else ["as they are found", depth]
    digests = tuple(one.digest for one in seen)
    pictures = EncodedPictures(origin, digests, framing, frozenset(reasons))
    sets = labels.copy()
    sets[list(reasons)] = -1
    sets.setflags(write=False)
    names = tuple(ids)
    broken = tuple((names[row], str(reason)) for row, reason in reasons.items())
    return Examples(
        card=_told(card, framing, broken, fixed=reading.frame is not None),
        classes=classes,
        ids=names,
        labels=sets,
        frame=framing.frame,
        decode=pictures,
        content=fingerprint(list(names), sets, list(classes.names), sort, RULE, list(digests)),
        groups=groups,
        reframe=None if reading.frame else pictures.reframed,
        framing=framing,
        broken=broken,
        metadata=metadata or {},
    )


def _opened(origin: Origin, reading: Reading) -> list[_Sight]:
    """What every picture is; in search of broken ones, each is decoded."""
    seen: list[_Sight] = []

    whole = reading.broken == "missing"
    for rows in pieces(np.arange(len(origin))):
        data = origin.read(rows)

        def look(place: int, rows: Rows = rows, data: Encoded = data) -> _Sight:
            return _sight(origin.name(int(rows[place])), data[place], whole=whole)

        found = side_by_side(look, range(len(rows)))
        if reading.broken == "stop":
            for one in found:
                if isinstance(one.outline, DataError):
                    raise stopping(one.outline)
        seen += found
        if reading.watch is not None:
            reading.watch(len(seen), len(origin))
    return seen


def _sight(name: str, data: bytes | DataError, *, whole: bool) -> _Sight:
    if isinstance(data, DataError):
        return _Sight("", data)
    try:
        seen = outline(data, file=name)
        if whole:
            examined(data, file=name)
    except DataError as error:
        return _Sight(digest(data), error)
    return _Sight(digest(data), seen)


def _common(outlines: list[Outline], channels: int) -> Framing:
    """The framing of pictures that nobody asked to be framed: their own size, where it is one."""
    sizes = {seen.size for seen in outlines}
    if len(sizes) > 1:
        return replace(STANDARD, channels=channels)
    return Framing(*sizes.pop(), channels)


def _told(
    card: DatasetCard, framing: Framing, broken: Sequence[tuple[str, str]], *, fixed: bool
) -> DatasetCard:
    """The card, which now also says what was done to the pictures and which are missing."""
    told = f"{card.collected}: {RULE}; {framing}"
    told += "" if fixed else ", unless a model asks for another framing"
    if broken:
        listed = ", ".join(one for one, _ in broken[:_SHOWN])
        more = f" and {len(broken) - _SHOWN:,} more" if len(broken) > _SHOWN else ""
        told += f"; {len(broken):,} broken pictures count as missing: {listed}{more}"
    return replace(card, collected=told)
