"""The Ladder: how far coin tosses climb a leaderboard where every score is told, and where not."""

from functools import cache

import numpy as np

from fieldmark.records import Figure, Lines, Track, generator, seed_of
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data
from fieldmark.replications.replication import Replication
from fieldmark.statistics import boosting_attack

_CURVE = "mrtzh/Ladder.jl:csvs/kaggleboosting-4000-400-5-highacc.csv"
_PAPER = "Blum & Hardt 2015, arXiv:1502.04585"
_EXAMPLES, _RUNS = 4000, 20
_QUERIES = tuple(range(20, 401, 20))
_NOTE = (
    "simulated: the published curve is a mean of 5 runs, ours of 20, and one run has a standard "
    "deviation of .006; the tolerance is three standard errors of the difference"
)
_TOLERANCE = 0.009

# Loss after so many submissions: every score told, Ladder, fresh examples.
CURVE = {
    100: (0.46695, 0.49035, 0.501525),
    200: (0.45225, 0.4864, 0.501375),
    300: (0.4408, 0.48965, 0.5019),
    400: (0.42745, 0.48425, 0.50155),
}


def check(data: Data) -> list[Check]:
    """From coin tosses to the published curve; no data are needed."""
    told = list(CURVE)
    made = _mean()[:, np.searchsorted(_QUERIES, told)]
    checks = [
        Check(
            f"{name} after {k} submissions",
            known,
            float(made[row, place]),
            _TOLERANCE,
            _CURVE,
            note=_NOTE,
        )
        for place, k in enumerate(told)
        for row, (name, known) in enumerate(
            zip(
                ("loss, every score told", "loss, Ladder", "loss, fresh examples"),
                CURVE[k],
                strict=True,
            )
        )
    ]
    for name, row, known in (("every score told", 0, 0.428), ("Ladder", 1, 0.481)):
        what = f"loss, {name} after 400 submissions, by other code"
        source = "an independent implementation of the same attack"
        found = float(made[row, -1])
        checks.append(Check(what, known, found, _TOLERANCE, source, note=_NOTE, golden=True))
    return checks


def figures(data: Data) -> tuple[Figure, ...]:
    """The curve: loss against the number of submissions."""
    made = _mean()
    x = tuple(float(k) for k in _QUERIES)
    names = ("every score told", "Ladder", "fresh examples")
    tracks = [Track(name, x, tuple(row.tolist())) for name, row in zip(names, made, strict=True)]
    places = tuple(float(k) for k in CURVE)
    tracks += [
        Track(
            f"published: {name}",
            places,
            tuple(known[row] for known in CURVE.values()),
            style="dots",
        )
        for row, name in enumerate(names[:2])
    ]
    return (
        Lines(
            title="Voting for coin tosses",
            x_title="submissions",
            y_title="loss that the leaderboard reports",
            tracks=tuple(tracks),
            unit="share",
            caption=(
                f"Labels and submissions are coin tosses ({_EXAMPLES:,} examples, mean of {_RUNS} "
                "runs); the vote of those that scored well is handed in. Its true loss is 50 %."
            ),
        ),
    )


@cache
def _mean() -> np.ndarray:
    """Mean losses, float64 (every score | Ladder | fresh, queries)."""
    runs = [
        boosting_attack(_EXAMPLES, np.array(_QUERIES), rng=generator(seed_of(run, "ladder")))
        for run in range(_RUNS)
    ]
    return np.array([[run.naive, run.ladder, run.fresh] for run in runs]).mean(axis=0)


LADDER = Replication(
    name="ladder",
    title="a boosting attack on a leaderboard, with and without the Ladder",
    paper=_PAPER,
    origins=(),
    check=check,
    figures=figures,
)
