"""Axes: accuracies stretched by logit or probit, with ticks that are labelled in percent."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, log
from statistics import NormalDist

from fieldmark.records import Axis, Estimate

_TICKS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999),
)
_BETWEEN = (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.92, 0.94, 0.96, 0.97)
_LABELS: dict[Axis, str] = {
    "linear": "datum.value",
    "logit": "1 / (1 + exp(-datum.value))",
    "probit": "cumulativeNormal(datum.value, 0, 1)",
}


_FINE = 1000


def stretch(share: float, axis: Axis, *, n: int = 10_000) -> float:
    """Where an accuracy lies on ``axis``; 0 and 1 are put at half an example from the end.

    Args:
        share: Accuracy in [0, 1].
        axis: "linear", "logit" (log odds) or "probit" (normal quantile).
        n: Number of examples counted; decides how far out 0 and 1 are drawn.

    Source:
        Taori et al. 2020 (arXiv:2007.00644), section 2: logit axes make the trend a line.

    Example:
        >>> stretch(0.5, "logit"), round(stretch(0.9, "logit"), 3), round(stretch(0.9, "probit"), 3)
        (0.0, 2.197, 1.282)
    """
    if axis == "linear":
        return share
    edge = 0.5 / max(n, 1)
    inside = min(max(share, edge), 1 - edge)
    return log(inside / (1 - inside)) if axis == "logit" else NormalDist().inv_cdf(inside)


@dataclass(frozen=True)
class Span:
    """A stretch of an axis, in stretched units."""

    low: float
    high: float

    def widened(self, share: float) -> "Span":
        """This span with ``share`` of its length added at both ends."""
        margin = share * (self.high - self.low)
        return Span(self.low - margin, self.high + margin)

    def including(self, position: float) -> "Span":
        """This span, reaching ``position``."""
        return Span(min(self.low, position), max(self.high, position))

    def place(self, position: float) -> float:
        """``position`` as a share of this span: 0 at its low end, 1 at its high end."""
        return (position - self.low) / (self.high - self.low)


def span_of(positions: Iterable[float]) -> Span:
    """From the lowest to the highest of ``positions``, with room around them.

    Example:
        >>> span_of([0.0, 1.0])
        Span(low=-0.06, high=1.06)
    """
    finite = [position for position in positions if isfinite(position)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if high - low < 1e-3:
        low, high = low - 0.5, high + 0.5
    return Span(low, high).widened(0.06)


def ticks(span: Span, axis: Axis, *, apart: float = 0.055) -> list[float]:
    """Stretched positions of round accuracies inside ``span``, not crowded.

    Args:
        span: What is shown.
        axis: How it is stretched.
        apart: Smallest distance between two ticks, as a share of the span.

    Example:
        >>> [round(tick, 2) for tick in ticks(Span(-2.3, 2.3), "logit")][:4]
        [-2.2, -1.39, -0.85, -0.41]
    """
    shares = [step / 10 for step in range(11)] if axis == "linear" else _TICKS
    kept: list[float] = []
    # The middle is asked first, so that 50 %, 90 % and 99 % win over their neighbours.
    wanted = sorted(shares, key=lambda one: (one not in (0.5, 0.1, 0.9, 0.01, 0.99), one))
    # Odd ones come last, where there is much room between the round ones.
    for share in [*wanted, *_BETWEEN]:
        position = stretch(share, axis, n=100_000)
        room = apart if share in wanted else 2 * apart
        clear = all(abs(position - other) >= room * (span.high - span.low) for other in kept)
        if clear and span.low <= position <= span.high:
            kept.append(position)
    return sorted(kept)


def tick_label(axis: Axis) -> str:
    """The Vega expression that labels a stretched position with its accuracy in percent."""
    return f"format(100 * {_LABELS[axis]}, '.3~r') + ' %'"


def positions(estimate: Estimate, axis: Axis) -> tuple[float, float, float]:
    """Stretched value, low and high of an estimate; an end that is missing lies on the value.

    How far out 0 and 1 lie depends on n; another value lies where it is, whatever n counts (it
    may be test sets, or not be known).
    """
    n = (estimate.n or _FINE) if estimate.value in (0, 1) else max(estimate.n, _FINE)
    value = stretch(estimate.value, axis, n=n)
    low, high = (
        stretch(end, axis, n=n) if isfinite(end) else value for end in (estimate.low, estimate.high)
    )
    return value, low, high
