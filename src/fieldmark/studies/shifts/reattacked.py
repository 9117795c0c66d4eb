"""Reported against re-attacked: which claims of robust accuracy survive a stronger attack?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from fieldmark.records import (
    Bar,
    Column,
    DataError,
    Estimate,
    Figure,
    Finding,
    Forest,
    Point,
    Scatter,
    Table,
    Value,
)
from fieldmark.statistics import clopper_pearson
from fieldmark.studies.answers.words import many, percent, points, sentence

_STEPS = (1.0, 5.0, 10.0)  # points

_COLUMNS = (
    Column("name", "Claim", "Whose robust accuracy."),
    Column("reported", "Reported", "As its authors measured it."),
    Column("reattacked", "Re-attacked", "Under somebody else's attack, on as many examples."),
    Column("change", "Change", "Re-attacked minus reported, the report taken as printed."),
    Column("verdict", "Verdict", "Do the two intervals overlap?"),
)


@dataclass(frozen=True)
class _Claim:
    """A claim and what became of it."""

    name: str
    group: str
    reported: Estimate
    reattacked: Estimate

    @property
    def change(self) -> Estimate:
        """What is left of the claim, less the claim."""
        found, claimed = self.reattacked, self.reported.value
        ends = (found.low - claimed, found.high - claimed)
        method = f"{found.method} of the re-attacked"
        return Estimate(found.value - claimed, *ends, n=found.n, method=method)

    @property
    def verdict(self) -> str:
        """What became of it: "holds", "fell" or "rose"."""
        if self.reattacked.high < self.reported.low:
            return "fell"
        return "rose" if self.reattacked.low > self.reported.high else "holds"


def reported_against_reattacked(
    names: Sequence[str],
    reported: Float64[np.ndarray, " m"],
    reattacked: Float64[np.ndarray, " k"],
    counted: Int64[np.ndarray, " n"],
    *,
    groups: Sequence[str] = (),
) -> Finding:
    """Which claimed robust accuracies hold when others attack the same models.

    Both accuracies get an exact interval. A claim holds where the two overlap, and fell where the
    re-attacked one lies wholly below: a strict test of the claim's downfall, since both count the
    same examples and so err together.

    Args:
        names: What each claim is called, no two alike.
        reported: Robust accuracy as claimed, in [0, 1].
        reattacked: The same under another attack.
        counted: How many examples each of the two is a share of, at least 1.
        groups: What colours each claim, such as its data set; () for no colours.

    Raises:
        DataError: Lengths differ, a share outside [0, 1] or NaN, no examples, repeated names.

    Source:
        The practice of Croce & Hein 2020, arXiv:2003.01690 (AutoAttack), table 2.

    Example:
        >>> found = reported_against_reattacked(
        ...     ["a", "b"], np.array([0.5, 0.6]), np.array([0.49, 0.3]), np.array([1000, 1000])
        ... )
        >>> [row[-1] for row in found.table.rows]
        ['fell', 'holds']
    """
    _check(names, reported, reattacked, counted, groups)
    claims = [
        _Claim(
            name,
            groups[at] if groups else "",
            published_share(float(reported[at]), int(counted[at])),
            published_share(float(reattacked[at]), int(counted[at])),
        )
        for at, name in enumerate(names)
    ]
    claims.sort(key=lambda claim: (claim.change.value, claim.name))
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (one.name, one.reported, one.reattacked, one.change, one.verdict) for one in claims
    )
    return Finding(
        study="reported-against-reattacked",
        title="Which claims of robust accuracy hold?",
        statement=_statement(claims),
        table=Table(_COLUMNS, rows),
        figures=_figures(claims),
        caveats=(
            "An attack gives an upper bound of robust accuracy: a claim that holds has survived "
            "this attack, not every attack.",
            "Claims may have been measured on other examples, or with another budget, than the "
            "re-attack; the intervals know of neither.",
        ),
    )


def _check(
    names: Sequence[str],
    reported: np.ndarray,
    reattacked: np.ndarray,
    counted: np.ndarray,
    groups: Sequence[str],
) -> None:
    lengths = {len(names), len(reported), len(reattacked), len(counted), len(groups) or len(names)}
    if len(lengths) > 1:
        raise DataError(
            f"{len(names)} names, {len(reported)} reported and {len(reattacked)} re-attacked "
            f"accuracies, {len(counted)} counts and {len(groups)} groups"
        )
    if len(set(names)) != len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise DataError(f"two claims are called {twice[:80]!r}")
    both = np.concatenate([reported, reattacked])
    if len(both) and not ((both >= 0) & (both <= 1)).all():
        raise DataError("an accuracy lies in [0, 1]; divide percentages by 100, leave out NaN")
    if (counted < 1).any():
        raise DataError(f"a claim counts at least one example, got {counted.min()}")


def published_share(value: float, n: int) -> Estimate:
    """A share as printed, of ``n`` examples, with its exact interval.

    Example:
        >>> str(published_share(0.4321, 10_000))
        '0.432 [0.422, 0.442] (n=10000)'
    """
    found = clopper_pearson(round(value * n), n)
    return Estimate(value, min(found.low, value), max(found.high, value), n=n, method=found.method)


def _statement(claims: Sequence[_Claim]) -> str:
    if not claims:
        return "There are no claims to test."
    fell = [one for one in claims if one.verdict == "fell"]
    drops = np.array([round(-100 * one.change.value, 6) for one in claims])
    lost = [int((drops > step).sum()) for step in _STEPS]
    worst = claims[0]
    if not fell:
        holds = "The claim holds" if len(claims) == 1 else f"None of {len(claims)} claims fell"
        return f"{holds} under re-attack."
    return sentence(
        f"Of {many(len(claims), 'claim')}, {_number(len(fell))} fell under re-attack: the "
        "intervals lie wholly below.",
        f"More than 1 point was lost by {_number(lost[0])}, more than 5 by {_number(lost[1])}, "
        f"more than 10 by {_number(lost[2])}.",
        f"The largest loss is that of {worst.name}: {percent(worst.reported.value)} reported, "
        f"{percent(worst.reattacked.value)} left ({points(worst.change)}).",
    )


def _number(count: int) -> str:
    return {0: "none", 1: "one"}.get(count, f"{count:,}")


def _figures(claims: Sequence[_Claim]) -> tuple[Figure, ...]:
    if not claims:
        return ()
    return (
        Scatter(
            title="Robust accuracy, reported and re-attacked",
            x_title="reported",
            y_title="re-attacked",
            points=tuple(
                Point(
                    one.name,
                    one.group or "claims",
                    one.reported,
                    one.reattacked,
                    note=one.verdict,
                    shown="named" if one.change.value < -0.2 else "dot",
                )
                for one in claims
            ),
            trend=None,
            axis="linear",
            caption="On y = x a claim holds; below it lies what the re-attack took. Named are "
            "those that lost more than 20 points. 95 % intervals.",
        ),
        Forest(
            title="What re-attacks took from claims of robust accuracy",
            x_title="re-attacked minus reported, in points",
            bars=tuple(Bar(one.name, one.group, one.change, one.verdict) for one in claims),
            unit="points",
            caption="From the greatest loss down. 95 % intervals of the re-attacked accuracy.",
            mark=0.0,
        ),
    )
