"""Write docs/coverage.md: how often each 95 % interval holds the truth, and how wide it is.

python scripts/measure_coverage.py            writes it (under a minute)
python scripts/measure_coverage.py --check    status 1 where its exact part is stale
"""

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binom, multinomial
from scipy.stats import t as student

from fieldmark import statistics
from fieldmark.records import Estimate, generator, seed_of

PAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
BINOMIAL = {
    "Clopper-Pearson": statistics.clopper_pearson_bounds,
    "Wilson": statistics.wilson_bounds,
    "Jeffreys": statistics.jeffreys_bounds,
    "mid-p": statistics.mid_p_bounds,
}
SHARES = np.linspace(0.005, 0.995, 397)
REPEATS = 2000


class Row(NamedTuple):
    """One line of a table; ``error`` is the standard error of a simulated coverage, else 0."""

    interval: str
    n: str
    truth: str
    coverage: float
    width: float
    error: float = 0.0
    note: str = ""


# --- exactly, by summing over every outcome ------------------------------------------------


@cache
def exact_rows() -> tuple[Row, ...]:
    """Intervals of one share and of a paired difference, over every outcome there can be."""
    return (*_one_share(), *_paired_shares())


def _one_share() -> Iterator[Row]:
    for name, bounds in BINOMIAL.items():
        for n in (10, 100, 1000):
            hits = np.arange(n + 1)
            low, high = bounds(hits, np.full(n + 1, n))
            for p in (0.5, 0.8, 0.95, 0.99):
                chances = binom.pmf(hits, n, p)
                inside = (low <= p) & (p <= high)
                yield Row(name, f"{n:,}", f"{p:g}", chances @ inside, chances @ (high - low))
            chances = binom.pmf(hits[:, None], n, SHARES)
            covered = (chances * ((low[:, None] <= SHARES) & (high[:, None] >= SHARES))).sum(0)
            widths = (high - low) @ chances
            yield Row(name, f"{n:,}", "any: worst", covered.min(), widths.max())
            yield Row(name, f"{n:,}", "any: mean", covered.mean(), widths.mean())


def _paired_shares() -> Iterator[Row]:
    for n in (25, 50):
        counts = np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)])
        ends = [statistics.paired_difference(int(a), int(b), n) for a, b, _ in counts]
        low, high = np.array([one.low for one in ends]), np.array([one.high for one in ends])
        for a, b in ((0.05, 0.05), (0.1, 0.05), (0.02, 0.0), (0.3, 0.1)):
            chances = multinomial.pmf(counts, n, [a, b, 1 - a - b])
            inside = (low <= a - b) & (a - b <= high)
            truth = f"only A {a:g}, only B {b:g}"
            yield Row("Tango", f"{n:,}", truth, chances @ inside, chances @ (high - low))


# --- by simulation ---------------------------------------------------------------------------

Found = Iterator[tuple[str, float, Estimate]]
"""Which interval, the truth, and what was estimated; all from the same drawn answers."""


class Setting(NamedTuple):
    """What is drawn again and again."""

    n: str
    truth: str
    draw: Callable[[np.random.Generator], Found]
    repeats: int = REPEATS
    note: str = ""


def simulated_rows(share_of_repeats: float = 1.0) -> Iterator[Row]:
    """Intervals whose outcomes are too many to sum over."""
    for setting in (*_clustered(), *_macro(), *_differences(), *_worst()):
        rng = generator(seed_of(0, "coverage", setting.n, setting.truth))
        repeats = max(2, round(share_of_repeats * setting.repeats))
        held: dict[str, list[bool]] = {}
        widths: dict[str, list[float]] = {}
        for _ in range(repeats):
            for name, right, found in setting.draw(rng):
                # An interval without ends (NaN) holds nothing.
                held.setdefault(name, []).append(found.low <= right <= found.high)
                widths.setdefault(name, []).append(found.high - found.low)
        for name in held:
            share = float(np.mean(held[name]))
            error = sqrt(max(share * (1 - share), 1 / repeats) / repeats)
            width = float(np.nanmean(widths[name]))
            yield Row(name, setting.n, setting.truth, share, width, error, setting.note)


def _clustered() -> Iterator[Setting]:
    """Answers that resemble each other: to one picture under ten changes, or in one video."""
    for n, p, weight in ((100, 0.8, 1.0), (100, 0.97, 1.0), (1000, 0.8, 0.3)):
        draw = partial(_ten_conditions, n=n, p=p, weight=weight)
        yield Setting(f"{n:,} × 10 conditions", f"{p:g}", draw)
    for groups, p, note in (
        (10, 0.8, "few groups"),
        (40, 0.8, ""),
        (200, 0.8, ""),
        (40, 0.97, "a few groups decide"),
    ):
        yield Setting(
            f"{groups} groups of 20", f"{p:g}", partial(_videos, groups=groups, p=p), note=note
        )


def _ten_conditions(rng: np.random.Generator, n: int, p: float, weight: float) -> Found:
    shares = rng.beta(p * weight, (1 - p) * weight, size=n)
    found = statistics.clustered_accuracy(rng.random((10, n)) < shares)
    yield "Korn-Graubard, conditions", p, found


def _videos(rng: np.random.Generator, groups: int, p: float) -> Found:
    shares = np.repeat(rng.beta(3 * p, 3 * (1 - p), size=groups), 20)
    right, members = rng.random(20 * groups) < shares, np.repeat(np.arange(groups), 20)
    yield "Korn-Graubard, groups", p, statistics.grouped_accuracy(right, members)
    error = statistics.cluster_standard_error(right.astype(np.float64), members)
    value, t = float(right.mean()), float(student.ppf(0.975, groups - 1))
    plain = Estimate(value, value - t * error, value + t * error, n=20 * groups, method="")
    yield "± t · clustered error", p, plain
    yield "Clopper-Pearson, groups ignored", p, statistics.accuracy(right)


def _macro() -> Iterator[Setting]:
    for classes, size, low, high in ((10, 10, 0.9, 0.9), (10, 100, 0.6, 1.0), (200, 2, 0.7, 0.9)):
        truth = f"{low:g} to {high:g}" if low < high else f"{low:g} each"
        shares = np.linspace(low, high, classes)
        yield Setting(f"{classes} classes of {size}", truth, partial(_classes, shares, size), 1000)


def _classes(shares: np.ndarray, size: int, rng: np.random.Generator) -> Found:
    n, truth = np.full(len(shares), size), float(shares.mean())
    hits = rng.binomial(n, shares)
    yield "macro, delta method", truth, statistics.macro_accuracy(hits, n)
    drawn = statistics.macro_accuracy_bootstrap(hits, n, rng=rng, draws=500)
    yield "macro, stratified bootstrap", truth, drawn


def _differences() -> Iterator[Setting]:
    for n, a, b in ((50, 0.1, 0.05), (500, 0.1, 0.05), (1000, 0.01, 0.005)):
        note = "few disagreements" if n * (a + b) < 20 else ""
        truth = f"only A {a:g}, only B {b:g}"
        yield Setting(f"{n:,} pairs", truth, partial(_paired, n=n, a=a, b=b), 1000, note)
    for n in (50, 500):
        yield Setting(f"{n} and {2 * n}", "0.9 and 0.8", partial(_unpaired, n=n))


def _paired(rng: np.random.Generator, n: int, a: float, b: float) -> Found:
    only_a, only_b, rest = rng.multinomial(n, (a, b, 1 - a - b)).tolist()
    one = np.repeat([1.0, 0.0, 1.0], (only_a, only_b, rest))
    other = np.repeat([0.0, 1.0, 1.0], (only_a, only_b, rest))
    yield "Tango", a - b, statistics.paired_difference(only_a, only_b, n)
    yield "paired bootstrap", a - b, statistics.paired_bootstrap(one, other, rng=rng, draws=1000)
    yield "paired t", a - b, statistics.mean_difference(other, one, paired=True)


def _unpaired(rng: np.random.Generator, n: int) -> Found:
    one, other = rng.random(n) < 0.9, rng.random(2 * n) < 0.8
    welch = statistics.mean_difference(
        other.astype(np.float64), one.astype(np.float64), paired=False
    )
    yield "Welch t", 0.9 - 0.8, welch
    hits = int(one.sum()), int(other.sum())
    yield "Newcombe", 0.9 - 0.8, statistics.unpaired_difference(hits[0], n, hits[1], 2 * n)


def _worst() -> Iterator[Setting]:
    for classes, size, weight, how in (
        (10, 100, 20.0, "classes differ"),
        (100, 10, 20.0, "classes differ"),
        (100, 10, np.inf, "classes alike"),
    ):
        draw = partial(_shrunken, classes=classes, size=size, weight=weight)
        yield Setting(f"{classes} classes of {size}", f"about 0.8, {how}", draw, 400)


def _shrunken(rng: np.random.Generator, classes: int, size: int, weight: float) -> Found:
    true = np.full(classes, 0.8)
    if weight < np.inf:
        true = rng.beta(0.8 * weight, 0.2 * weight, size=classes)
    n = np.full(classes, size)
    hits = rng.binomial(n, true)
    shrunk = statistics.shrunken_shares(hits, n, rng=rng, draws=1000)
    yield "lowest class, shrinkage", float(true.min()), shrunk.minimum
    yield "lowest class, Bonferroni", float(true.min()), statistics.minimum_share(hits, n)
    yield "one class, shrinkage", float(true[0]), shrunk.shares[0]


# --- the page --------------------------------------------------------------------------------

HEAD = """# How often the intervals hold

*Written by `python scripts/measure_coverage.py`; a test keeps the exact part current.*

A 95 % interval should hold the truth in 95 of 100 repetitions. *Coverage* is how often it does,
*width* how wide it is on average. Coverage above 0.95 costs width; below it, claims are too sure.
"""

EXACT = """## Exactly, by summing over every outcome

Clopper-Pearson never covers less than it says. Wilson, Jeffreys and mid-p cover as often as they
say on average over shares, and less often for some of them, above all near 0 and 1. "Any" goes
over 397 shares from 0.005 to 0.995.
"""

SIMULATED = """## By simulation

From a fixed seed; ± is the standard error of the coverage. A percentile bootstrap of few pairs is
too short: for right and wrong answers, prefer Tango's interval. Where all answers of a draw are
equal, a bootstrap and a t interval have no ends; that counts as not holding the truth.
"""


def exact_part() -> str:
    """What ``--check`` holds against the page."""
    return EXACT + "\n" + _table(exact_rows())


def page() -> str:
    """The whole page."""
    return f"{HEAD}\n{exact_part()}\n{SIMULATED}\n{_table(simulated_rows())}"


def _table(rows: Iterator[Row] | tuple[Row, ...]) -> str:
    lines = ["| interval | n | truth | coverage | width | note |", "|---|---|---|---|---|---|"]
    for one in rows:
        error = f" ± {one.error:.3f}" if one.error else ""
        lines.append(
            f"| {one.interval} | {one.n} | {one.truth} | {one.coverage:.3f}{error} "
            f"| {one.width:.3f} | {one.note} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(not PAGE.exists() or exact_part() not in PAGE.read_text())
    PAGE.write_text(page())
