"""Examples: images with labels, decoded only when somebody looks at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fieldmark.records.arrays import Labels, LabelSets, Pixels, Rows
from fieldmark.records.cards import DatasetCard
from fieldmark.records.classes import ClassSpace
from fieldmark.records.errors import DataError
from fieldmark.records.framing import Framing


@dataclass(frozen=True)
class Altered:
    """What a program did to the pictures of the reference before they were published.

    Args:
        change: The set and what it was, such as "imagenet-c/fog".
        severity: How strong, from 1 on.
    """

    change: str
    severity: int


@dataclass(frozen=True)
class Examples:
    """A set of examples in a fixed order.

    Args:
        card: What they are.
        classes: What their labels refer to.
        ids: One name per example, no two alike.
        labels: Label sets, int64 (n, m), padded with -1; m is 1 where each example has one label.
        frame: (height, width, channels) of every image.
        decode: From rows, int64 (r,), to their images, uint8 (r, h, w, c).
        content: Fingerprint of ids, labels, classes and image content; of the pictures as they were
            found where they can be framed otherwise.
        groups: What each example belongs to (a writer, a video), or ().
        reframe: What decodes them in another framing; None where they have one frame only.
        framing: How they were framed, where a model said so.
        metadata: What else is known of each example: from a column's name (writer, camera, year) to
            one text per example, "" where it is unknown. No part of ``content``: it decides neither
            pictures nor answers.
        broken: (id, reason) of those whose picture cannot be shown; they have no label.
        altered: What was done to the pictures of ``card.reference`` to make these, or None.

    Raises:
        DataError: Ids repeat, or lengths differ, or a label is outside the class space.
    """

    card: DatasetCard
    classes: ClassSpace
    ids: tuple[str, ...]
    labels: LabelSets
    frame: tuple[int, int, int]
    decode: Callable[[Rows], Pixels]
    content: str
    groups: tuple[str, ...] = ()
    reframe: Callable[[Framing], Callable[[Rows], Pixels]] | None = None
    framing: Framing | None = None
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broken: tuple[tuple[str, str], ...] = ()
    altered: Altered | None = None

    def __post_init__(self) -> None:
        name = self.card.name
        if not self.ids:
            raise DataError(f"{name} has no examples")
        if len(set(self.ids)) != len(self.ids):
            raise DataError(f"{name} has {len(self.ids) - len(set(self.ids))} repeated ids")
        if len(self.labels) != len(self.ids) or len(self.groups) not in (0, len(self.ids)):
            raise DataError(f"{name}: {len(self.ids)} ids but {len(self.labels)} labels")
        for key, column in self.metadata.items():
            if len(column) != len(self.ids):
                raise DataError(f"{name}: {len(self.ids)} ids but {len(column)} values of {key}")
        if self.labels.min() < -1 or self.labels.max() >= len(self.classes):
            raise DataError(f"{name} has labels outside its {len(self.classes)} classes")

    def __len__(self) -> int:
        return len(self.ids)

    def images(self, rows: Rows | None = None) -> Pixels:
        """Images, uint8 (r, h, w, c), of ``rows`` in their order; of all when None.

        Raises:
            DataError: An image cannot be decoded.
        """
        return self.decode(np.arange(len(self)) if rows is None else rows)

    def framed(self, framing: Framing | None) -> "Examples":
        """The same examples, with the same ``content``, in the framing that a model wants.

        As they are where no framing is wanted, or where they have one frame only.
        """
        if framing is None or self.reframe is None or framing == self.framing:
            return self
        return replace(self, frame=framing.frame, decode=self.reframe(framing), framing=framing)

    @property
    def first_labels(self) -> Labels:
        """One label per example, int64 (n,): the first of its set, -1 where there is none."""
        return self.labels[:, 0]
