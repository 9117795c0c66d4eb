"""Public and private halves of a leaderboard: one test set, or has the public one worn out?"""

from dataclasses import dataclass
from math import nan

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark.records import DataError, Estimate, undefined
from fieldmark.statistics.differences.unpaired import fisher_exact, two_share_z, unpaired_difference
from fieldmark.statistics.ground.distributions import checked_level, percent_sure, t_quantile
from fieldmark.statistics.trends.lines import Line, fit_line

Counts = Int64[np.ndarray, "_"]
_BLOCK = 8_000_000
"""Places held at once while examples are dealt out (64 MB)."""


@dataclass(frozen=True)
class Halves:
    """What pairs of public and private scores say.

    Args:
        differences: Public minus private accuracy of each submission.
        z: Its z, float64 (s,).
        p_z: The two-sided p of z.
        p_fisher: The exact p; cautious, since counts are whole numbers.
        uniform: Kolmogorov-Smirnov p of ``p_z`` being uniform, as they are without a difference
            and if submissions were independent; NaN for fewer than five.
        mean: The mean difference, its t interval taking submissions as independent.
        best: The same of the best tenth by public accuracy: where re-use shows first.
        line: Private on public accuracy, on the linear axis.
    """

    differences: tuple[Estimate, ...]
    z: Float64[np.ndarray, " s"]
    p_z: Float64[np.ndarray, " s"]
    p_fisher: Float64[np.ndarray, " s"]
    uniform: float
    mean: Estimate
    best: Estimate
    line: Line


def compare_halves(
    public_hits: Counts,
    public_n: Counts,
    private_hits: Counts,
    private_n: Counts,
    *,
    level: float = 0.95,
) -> Halves:
    """Public against private accuracy of every submission, and of all together.

    Args:
        public_hits: Right answers of each submission on the public half.
        public_n: Its examples.
        private_hits: Right answers on the private half.
        private_n: Its examples.
        level: Confidence level in (0, 1).

    Returns:
        One difference per submission, and the summary; parts are undefined where there are too
        few submissions for them.

    Raises:
        DataError: Impossible counts, an empty half, or no submissions.

    Source:
        Roelofs et al. 2019, "A meta-analysis of overfitting in machine learning", NeurIPS.

    Example:
        >>> public, private = np.array([70, 80, 85, 90]), np.array([700, 790, 860, 880])
        >>> n = np.array([100] * 4), np.array([1000] * 4)
        >>> found = compare_halves(public, n[0], private, n[1])
        >>> str(found.mean), found.p_fisher.round(2).tolist()
        ('0.005 [-0.016, 0.026] (n=4)', [1.0, 0.9, 0.76, 0.63])
    """
    checked_level(level)
    z, p_z = two_share_z(public_hits, public_n, private_hits, private_n)
    if not len(z) or min(public_n.min(), private_n.min()) < 1:
        raise DataError("public and private scores need submissions, and examples in both halves")
    x, y = public_hits / public_n, private_hits / private_n
    pairs = zip(public_hits, public_n, private_hits, private_n, strict=True)
    top = np.argsort(-x, kind="stable")[: max(1, round(len(x) / 10))]
    return Halves(
        differences=tuple(
            unpaired_difference(*(int(one) for one in pair), level=level) for pair in pairs
        ),
        z=z,
        p_z=p_z,
        p_fisher=fisher_exact(public_hits, public_n, private_hits, private_n),
        uniform=_uniform(p_z[~np.isnan(p_z)]),
        mean=_mean(x - y, level),
        best=_mean((x - y)[top], level),
        line=fit_line(x, y, axis="linear", counted=(int(public_n.max()), int(private_n.max()))),
    )


@dataclass(frozen=True)
class Redealt:
    """What happens to the differences when the examples are dealt out again at random.

    Args:
        mean: p of a mean difference this far from 0.
        size: p of a mean absolute difference this large.
        differing: How many submissions differ by more than 1.96 standard errors in truth, and
            (low, middle, high: 2.5, 50 and 97.5 %) when examples are dealt at random.
        deals: How many deals were made.
    """

    mean: float
    size: float
    differing: tuple[int, float, float, float]
    deals: int


def redeal(
    public: Bool[np.ndarray, "s a"],
    private: Bool[np.ndarray, "t b"],
    *,
    rng: np.random.Generator,
    deals: int = 1000,
) -> Redealt:
    """Are the two halves one pool, dealt at random? A permutation test over examples.

    All submissions move together, so that submissions resemble each other does no harm: this is
    the test to trust when it is known who was right on what.

    Args:
        public: Was each submission right on each example of the public half?
        private: The same for the private half.
        rng: Source of chance.
        deals: Number of random deals.

    Raises:
        DataError: No submissions or examples, other submissions on the other half, or no deals.

    Example:
        >>> rng = np.random.Generator(np.random.PCG64(0))
        >>> right = rng.random((20, 400)) < 0.8
        >>> redeal(right[:, :100], right[:, 100:], rng=rng, deals=200).mean > 0.05
        True
    """
    if deals < 1:
        raise DataError(f"a permutation test needs at least one deal, got {deals}")
    if len(public) != len(private) or not public.size or not private.size:
        raise DataError(f"halves of {public.shape} and {private.shape} answers cannot be re-dealt")
    pool = np.concatenate([public, private], axis=1).astype(np.float32)
    a, n = public.shape[1], pool.shape[1]
    rate = pool.mean(axis=1, dtype=np.float64)
    error = np.sqrt(rate * (1 - rate) * (1 / a + 1 / (n - a)))
    truth = (public.mean(axis=1) - private.mean(axis=1))[None]
    block = max(1, _BLOCK // n)
    dealt = np.concatenate(
        [_deal(pool, a, min(block, deals - start), rng) for start in range(0, max(deals, 1), block)]
    )
    both = [_summary(one, error) for one in (truth, dealt)]
    more = [(np.abs(both[1][i]) >= np.abs(both[0][i][0]) - 1e-12).sum() for i in range(2)]
    low, middle, high = np.percentile(both[1][2], [2.5, 50, 97.5])
    return Redealt(
        mean=float((1 + more[0]) / (deals + 1)),
        size=float((1 + more[1]) / (deals + 1)),
        differing=(int(both[0][2][0]), float(low), float(middle), float(high)),
        deals=deals,
    )


def _deal(
    pool: np.ndarray, a: int, deals: int, rng: np.random.Generator
) -> Float64[np.ndarray, "deals s"]:
    """Differences between a random ``a`` of the examples and the rest, (deals, submissions)."""
    n = pool.shape[1]
    chosen = np.zeros((deals, n), np.float32)
    chosen[:, :a] = 1
    hits = (rng.permuted(chosen, axis=1) @ pool.T).astype(np.float64)
    return hits / a - (pool.sum(axis=1, dtype=np.float64) - hits) / (n - a)


def _summary(differences: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, ...]:
    """Per row: the mean, the mean size, and how many lie beyond 1.96 standard errors."""
    far = np.abs(differences) > 1.96 * error
    return differences.mean(axis=1), np.abs(differences).mean(axis=1), far.sum(axis=1)


def _uniform(p: Float64[np.ndarray, " s"]) -> float:
    from scipy.stats import kstest

    return float(kstest(p, "uniform").pvalue) if len(p) >= 5 else nan


def _mean(differences: Float64[np.ndarray, " s"], level: float) -> Estimate:
    n = len(differences)
    method = f"t {percent_sure(level)}, submissions taken as independent"
    if n == 0:
        return undefined(method)
    value = float(differences.mean())
    if n == 1:
        return Estimate(value, nan, nan, n=1, method=method)
    error = float(differences.std(ddof=1)) / n**0.5
    half = t_quantile((1 + level) / 2, n - 1.0) * error if error > 1e-12 else nan
    return Estimate(value, value - half, value + half, n=n, method=method)
