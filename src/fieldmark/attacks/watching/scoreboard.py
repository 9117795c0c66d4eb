"""The scoreboard: for each example, what an attack has achieved so far and what it cost."""

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from fieldmark.records import Budget, degrees

Of = Int64[np.ndarray, " m"]
"""Which example each of m pictures is meant for."""

Found = Int64[np.ndarray, " f"]
"""Positions of some of the m pictures."""

TOLERANCE = 1e-6
"""How far float32 rounding may carry a picture beyond its budget."""


@dataclass
class Scoreboard:
    """What was seen of n examples; every array has one entry for each.

    Args:
        budget: What counts as a success.
        pictures: The originals, float32 (n, c, h, w). Where the budget is in degrees, what is seen
            and kept in place of pictures is how they were turned, float64 (n, 3).

    Attributes:
        fooled: Was a picture inside the budget classified wrongly?
        picture: The first such picture; where there is none, the picture inside the budget that
            came nearest to being wrong. Where the budget is unbounded, the nearest that is wrong.
        worst: The picture inside the budget with the largest margin, wrong or not.
        smallest: How far the nearest wrong picture is that was ever seen, inside the budget or
            not, float64; infinite where there was none.
        margin: The largest margin seen inside the budget; -inf where nothing was.
        attempt: Which restart or target fooled first; -1 where none did.
        first: The number of questions up to the first success; 0 where there was none.
        queries: Pictures the model was asked about.
        gradients: Pictures whose gradient was asked for.
        beyond: Pictures that lay beyond the budget.
    """

    budget: Budget
    pictures: Tensor
    fooled: Bool[np.ndarray, " n"] = field(init=False)
    picture: Tensor = field(init=False)
    worst: Tensor = field(init=False)
    smallest: Float64[np.ndarray, " n"] = field(init=False)
    margin: Float64[np.ndarray, " n"] = field(init=False)
    attempt: Int64[np.ndarray, " n"] = field(init=False)
    first: Int64[np.ndarray, " n"] = field(init=False)
    queries: Int64[np.ndarray, " n"] = field(init=False)
    gradients: Int64[np.ndarray, " n"] = field(init=False)
    beyond: Int64[np.ndarray, " n"] = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.pictures)
        self.fooled = np.zeros(n, dtype=np.bool_)
        self.picture, self.worst = self.pictures.clone(), self.pictures.clone()
        self.smallest = np.full(n, np.inf)
        self.margin = np.full(n, -np.inf)
        self.attempt = np.full(n, -1)
        self.first, self.queries = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.gradients, self.beyond = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def count_queries(self, rows: Of) -> None:
        """One question more about each of these examples."""
        np.add.at(self.queries, rows, 1)

    def count_gradients(self, rows: Of) -> None:
        """One gradient more."""
        np.add.at(self.gradients, rows, 1)

    def see(
        self,
        pictures: Tensor,
        rows: Of,
        *,
        margin: Float64[np.ndarray, " m"],
        wrong: Bool[np.ndarray, " m"],
        by: int | Of,
    ) -> None:
        """Write down what the model made of some pictures.

        Args:
            pictures: What it was shown, (m, c, h, w).
            rows: Which examples they are meant for; where one comes several times, the first of
                those that fool it counts.
            margin: The best wrong score less the right one, (m,).
            wrong: Where the model is wrong.
            by: The attempt that asked; one for all pictures, or one for each.
        """
        distance = self.distances(pictures, rows)
        inside = distance <= self.budget.size + TOLERANCE
        np.add.at(self.beyond, rows[~inside], 1)
        self._note_nearest(pictures, rows, distance, wrong)
        self._note_first(pictures, rows, inside & wrong, by)
        self._note_worst(pictures, rows, margin, inside)

    def distances(self, pictures: Tensor, rows: Of) -> Float64[np.ndarray, " m"]:
        """How far each picture is from its original, float64 (m,), in the budget's norm."""
        # Several times faster than the same by square brackets.
        place = torch.from_numpy(rows).to(self.pictures.device)
        originals = self.pictures.index_select(0, place)
        # A difference in float32 is right to seven digits; adding many up takes float64.
        change = (pictures - originals).flatten(1)
        if self.budget.norm == "degrees":
            return degrees(change.cpu().numpy())
        if self.budget.norm == "linf":
            return change.abs_().amax(dim=1).double().cpu().numpy()
        order = 2 if self.budget.norm == "l2" else 1
        return torch.linalg.vector_norm(change, order, dim=1, dtype=torch.float64).cpu().numpy()

    def _note_nearest(
        self,
        pictures: Tensor,
        rows: Of,
        distance: Float64[np.ndarray, " m"],
        wrong: Bool[np.ndarray, " m"],
    ) -> None:
        found = np.flatnonzero(wrong & (distance < self.smallest[rows]))
        if not len(found):
            return
        found = _best_of_each(found, rows, -distance)
        self.smallest[rows[found]] = distance[found]
        if not self.budget.bounded:
            self._keep(self.picture, pictures, rows, found)

    def _note_first(
        self, pictures: Tensor, rows: Of, success: Bool[np.ndarray, " m"], by: int | Of
    ) -> None:
        found = np.flatnonzero(success & ~self.fooled[rows])
        if not len(found):
            return
        found = found[np.unique(rows[found], return_index=True)[1]]
        self.fooled[rows[found]] = True
        self.attempt[rows[found]] = by if isinstance(by, int) else by[found]
        self.first[rows[found]] = self.queries[rows[found]]
        if self.budget.bounded:
            self._keep(self.picture, pictures, rows, found)

    def _note_worst(
        self,
        pictures: Tensor,
        rows: Of,
        margin: Float64[np.ndarray, " m"],
        inside: Bool[np.ndarray, " m"],
    ) -> None:
        found = np.flatnonzero(inside & (margin > self.margin[rows]))
        if not len(found):
            return
        found = _best_of_each(found, rows, margin)
        self.margin[rows[found]] = margin[found]
        self._keep(self.worst, pictures, rows, found)
        unfooled = found[~self.fooled[rows[found]]]
        if len(unfooled) and self.budget.bounded:
            self._keep(self.picture, pictures, rows, unfooled)

    def _keep(self, kept: Tensor, pictures: Tensor, rows: Of, found: Found) -> None:
        where = torch.from_numpy(rows[found]).to(kept.device)
        kept[where] = pictures[torch.from_numpy(found).to(kept.device)]


def _best_of_each(
    found: Found, rows: Of, good: Float64[np.ndarray, " m"]
) -> Int64[np.ndarray, " kept"]:
    """Of several pictures for one example, the one with most ``good``, and the first of equals."""
    if len(found) < 2 or len(np.unique(rows[found])) == len(found):
        return found
    order = found[np.lexsort((found, -good[found], rows[found]))]
    return order[np.unique(rows[order], return_index=True)[1]]
