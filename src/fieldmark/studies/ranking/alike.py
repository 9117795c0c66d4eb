"""How alike the subjects of a condition answer, pair by pair, as numbers."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import Cell, Estimate, generator, seed_of
from fieldmark.statistics import (
    Cover,
    PairAgreement,
    Simultaneous,
    clopper_pearson_bounds,
    consistency_of,
    cover_bound,
    pair_agreement,
    same_answers,
    simultaneous_accuracies,
)
from fieldmark.studies.answers.board import Board
from fieldmark.studies.ranking.ranked import several_on


@dataclass(frozen=True)
class Alike:
    """Every two subjects of one condition.

    Args:
        subjects: Names, alphabetical.
        counts: Who is right together with whom.
        kappas: Error consistency, a row of estimates per subject.
        same: Share of labelled examples with the same answer, right or wrong, float64 (s, s).
        bands: Accuracies that hold for all at once, and the effective number of subjects.
        cover: What similarity proves by a cover.
        missing: How many examples have no label.
    """

    subjects: tuple[str, ...]
    counts: PairAgreement
    kappas: tuple[tuple[Estimate, ...], ...]
    same: Float64[np.ndarray, "s s"]
    bands: Simultaneous
    cover: Cover
    missing: int

    @property
    def pairs(self) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
        """(rows, columns) of all pairs, each once."""
        return np.triu_indices(len(self.subjects), 1)

    def share(self, matrix: Float64[np.ndarray, "s s"], *, level: float) -> tuple[Estimate, ...]:
        """A share of examples for each of ``pairs``, with its exact interval."""
        values = matrix[self.pairs]
        n = self.counts.n
        hits = np.rint(values * n)
        low, high = clopper_pearson_bounds(hits, np.full(len(hits), float(n)), level=level)
        method = f"Clopper-Pearson {100 * level:g} %"
        return tuple(
            Estimate(float(value), float(a), float(b), n, method, self.missing)
            for value, a, b in zip(values, low, high, strict=True)
        )


def alike(cells: Board, on: str, *, level: float, seed: int) -> Alike:
    """Every two subjects of a condition.

    Raises:
        UnknownNameError: The store has no such condition.
        NotKeptError: No example of it has a label.
        ConfigError: Fewer than two subjects have answered it.
    """
    answered = several_on(cells, on, "similarity")
    counts = pair_agreement(answered.correct)
    return Alike(
        subjects=answered.subjects,
        counts=counts,
        kappas=consistency_of(counts, missing=answered.missing, level=level),
        same=same_answers(_best_classes(cells, on, answered.subjects)),
        bands=simultaneous_accuracies(
            counts,
            rng=generator(seed_of(seed, "similarity", on)),
            missing=answered.missing,
            level=level,
        ),
        cover=cover_bound(1 - counts.observed, n=counts.n, level=level),
        missing=answered.missing,
    )


def _best_classes(cells: Board, on: str, subjects: tuple[str, ...]) -> np.ndarray:
    """What each subject answered to the labelled examples, uint16 (s, n)."""
    labelled = cells.store.correct(on).labelled
    rows = [cells.store.read(Cell(name, on)).answers for name in subjects]
    return np.stack([row.classes[labelled, 0] for row in rows if row is not None])
