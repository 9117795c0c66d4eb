"""Speed of vote aggregation: the 924,810 ReaL votes, ours beside crowd-kit's, in one run.

Usage: python benchmarks/votes_speed.py [DATA_FOLDER]

Both run Dawid-Skene with the three answers as classes on the same votes. They stop by different
rules, so the time of one iteration is the fair figure; crowd-kit is also made to take as many
iterations as ours needed. Votes are in memory in each side's own form before the clock starts;
what each makes of them to begin with (indices, sparse tables, group-bys) is counted. The quicker
ones are run three times and the shortest time is printed, whosever they are.
"""

import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene, OneCoinDawidSkene

from fieldmark.records import DataError
from fieldmark.replications import Data, rater_votes
from fieldmark.statistics import TIED, Consensus, Votes, dawid_skene, glad, majority, one_coin

BESIDE = Path(__file__).parents[2] / "shared" / "data"


def timed(work: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """(the shortest of the times, the result)."""
    best, result = float("inf"), None
    for _ in range(repeats):
        started = perf_counter()
        result = work()
        best = min(best, perf_counter() - started)
    return best, result


def same(found: Consensus, labels: pd.Series, votes: Votes) -> float:
    """Share of the items to which both give the same label."""
    own = found.labels()
    theirs = labels.reindex(range(len(votes.items))).to_numpy()
    return float((own == theirs)[own != TIED].mean())


def line(name: str, seconds: float, iterations: int, note: str = "") -> None:
    """One row of the table."""
    each = f"{1000 * seconds / iterations:9.1f}" if iterations else "        –"
    print(f"{name:<38}{seconds:9.2f}{iterations or '–':>12}{each:>12}  {note}")


def main(folder: Path) -> int:
    """Print the table; 1 when ours is not the faster."""
    try:
        votes = rater_votes(Data(folder, Path(mkdtemp()), offline=True))
    except DataError as error:
        print(f"the ReaL votes are needed: {error}", file=sys.stderr)
        return 2
    frame = pd.DataFrame({"task": votes.item, "worker": votes.worker, "label": votes.answer})
    print(
        f"{len(votes):,} votes of {len(votes.workers)} workers on {len(votes.items):,} items; "
        f"crowd-kit {version('crowd-kit')}, NumPy {np.__version__}, {os.cpu_count()} cores\n"
    )
    print(f"{'':<38}{'seconds':>9}{'iterations':>12}{'ms each':>12}")
    quick, _ = timed(lambda: majority(votes), 3)
    line("fieldmark majority, ties reported", quick, 0)
    ours, fitted = timed(lambda: dawid_skene(votes), 3)
    found = fitted.consensus
    line("fieldmark Dawid-Skene", ours, found.iterations, "converged, likelihood checked")
    rounds = found.iterations
    theirs, other = timed(lambda: DawidSkene(n_iter=rounds, tol=-np.inf).fit(frame))
    done = len(other.loss_history_)
    alike = same(found, other.labels_, votes)
    line("crowd-kit DawidSkene, as many", theirs, done, f"{alike:.2%} of the labels alike")
    default, stopped = timed(lambda: DawidSkene().fit(frame), 3)
    early = same(found, stopped.labels_, votes)
    line(
        "crowd-kit DawidSkene, its own stop",
        default,
        len(stopped.loss_history_),
        f"{early:.2%} of the labels alike",
    )
    coin, fit_coin = timed(lambda: one_coin(votes), 3)
    line("fieldmark one-coin", coin, fit_coin.consensus.iterations, "converged")
    coins, their_coin = timed(lambda: OneCoinDawidSkene().fit(frame))
    line("crowd-kit OneCoinDawidSkene", coins, len(their_coin.loss_history_))
    slow, hard = timed(lambda: glad(votes))
    line("fieldmark GLAD", slow, hard.consensus.iterations, "converged")
    per_iteration = (theirs / done) / (ours / rounds)
    print(
        f"\nDawid-Skene: {per_iteration:.1f} times as fast per iteration, "
        f"{theirs / ours:.1f} times for as many iterations, {default / ours:.1f} times to its own "
        "stopping rule"
    )
    return 0 if ours < min(theirs, default) else 1


if __name__ == "__main__":
    sys.exit(
        main(Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FIELDMARK_DATA") or BESIDE))
    )
