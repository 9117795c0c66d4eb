"""What a model is shown while it is audited: pictures, labels, seeds, and the ball around each."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Budget,
    Condition,
    ConfigError,
    DataError,
    FloatImages,
    Labels,
    Rows,
    Seeds,
)


@dataclass(frozen=True)
class Shown:
    """Pictures to audit on; every array has one entry for each.

    Args:
        images: float32 (n, h, w, c) in [0, 1].
        labels: The right classes, int64 (n,).
        seeds: Where every random number comes from, uint64 (n,).
        ids: Their names.
        budget: The ball around each.
        classes: How many classes the examples know.
    """

    images: FloatImages
    labels: Labels
    seeds: Seeds
    ids: tuple[str, ...]
    budget: Budget
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    def only(self, rows: Rows) -> "Shown":
        """These rows of it."""
        ids = tuple(self.ids[row] for row in rows.tolist())
        return Shown(
            self.images[rows], self.labels[rows], self.seeds[rows], ids, self.budget, self.classes
        )


def shown_of(condition: Condition, count: int) -> Shown:
    """The first ``count`` labelled pictures of an attacked condition.

    Raises:
        ConfigError: The condition names no attack, or one without a budget, or in degrees; or no
            picture is wanted.
        DataError: None of its pictures has a label.
    """
    if condition.attack is None:
        raise ConfigError(
            f"an audit looks at an attacked condition, such as {condition.name}+pgd-linf@8/255"
        )
    budget = condition.attack.threat.budget
    if not budget.bounded or budget.size == 0:
        raise ConfigError(f"{condition.name} has no budget to audit; write one above 0, as @8/255")
    if budget.norm == "degrees":
        raise ConfigError(f"an audit moves pixels; {condition.name} turns pictures, in degrees")
    if count < 1:
        raise ConfigError(f"an audit wants a picture at least, got {count}")
    labels = condition.examples.first_labels
    rows = np.flatnonzero(labels >= 0)[:count]
    if not len(rows):
        raise DataError(f"{condition.examples.card.name} has no labels to audit with")
    pixels = condition.images(rows)
    return Shown(
        images=pixels.astype(np.float32) / np.float32(255),
        labels=labels[rows],
        seeds=condition.seeds(rows),
        ids=tuple(condition.examples.ids[row] for row in rows.tolist()),
        budget=budget,
        classes=len(condition.examples.classes),
    )
