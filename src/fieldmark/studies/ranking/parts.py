"""Parts that examples fall into, classes or slices: which is the worst, and how bad it is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from fieldmark.records import Bar, Column, Estimate, Value
from fieldmark.statistics import Shrunk, clopper_pearson, minimum_share


def worst_columns(part: str) -> tuple[Column, ...]:
    """The columns of what ``Parts.about_the_worst`` says of a subject.

    Example:
        >>> [one.title for one in worst_columns("slice")][:2]
        ['Worst slice', 'Its accuracy, as counted']
    """
    what = {"class": "class", "slice": "value"}[part]
    return (
        Column("worst", f"Worst {part}", f"The {what} most likely to be the worst."),
        Column("worst_counted", "Its accuracy, as counted", "Too low, for being picked as lowest."),
        Column("worst_shrunken", "Its accuracy, shrunken", "Drawn towards what is usual."),
        Column(
            "lowest", "Lowest true accuracy", f"Of any {part}, whichever it is; with shrinkage."
        ),
        Column("lowest_sure", "The same, without assumptions", "Bonferroni: wide, always valid."),
    )


@dataclass(frozen=True)
class Parts:
    """What one subject answered, part by part; each array has one entry for each of k parts.

    Args:
        names: What the parts are called.
        hits: How many labelled examples of each it is right on.
        sizes: How many there are.
        shrunk: The accuracies, drawn towards what is usual among them.
    """

    names: tuple[str, ...]
    hits: Int64[np.ndarray, " k"]
    sizes: Int64[np.ndarray, " k"]
    shrunk: Shrunk

    @property
    def worst(self) -> int:
        """The part most likely to be the worst; of equals the one counted lowest."""
        chances = np.nan_to_num(np.array(self.shrunk.lowest), nan=-1.0)
        return int(np.lexsort((self.hits / np.maximum(self.sizes, 1), -chances))[0])

    @property
    def worst_first(self) -> list[int]:
        """The parts that have labelled examples, the lowest shrunken accuracy first."""
        there = np.flatnonzero(self.sizes > 0).tolist()
        return sorted(there, key=lambda k: self.shrunk.shares[k].value)

    def counted(self, k: int) -> Estimate:
        """The accuracy on a part as counted, its examples taken as independent."""
        return clopper_pearson(int(self.hits[k]), int(self.sizes[k]))

    def about_the_worst(self, counted: Callable[[int], Estimate]) -> tuple[Value, ...]:
        """A cell for each of ``worst_columns``; ``counted`` gives the accuracy on a part."""
        worst = self.worst
        return (
            self.names[worst],
            counted(worst),
            self.shrunk.shares[worst],
            self.shrunk.minimum,
            minimum_share(self.hits, self.sizes),
        )

    def bars(self, counted: Callable[[int], Estimate], *, most: int) -> list[Bar]:
        """The worst ``most`` parts, each as counted and, below it, shrunken."""
        bars = []
        for k in self.worst_first[:most]:
            bars += [
                Bar(self.names[k], "as counted", counted(k)),
                Bar(f"{self.names[k]}, shrunken", "shrunken", self.shrunk.shares[k]),
            ]
        return bars
