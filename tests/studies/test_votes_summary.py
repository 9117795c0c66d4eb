"""What votes say, in words: majority, models of the workers, agreement."""

import numpy as np
import pytest

from fieldmark.records import DataError, Forest
from fieldmark.statistics import Votes, votes_of
from fieldmark.studies import votes_summary


def votes(n=120, workers=8, each=5) -> Votes:
    rng = np.random.Generator(np.random.PCG64(3))
    truth = rng.integers(3, size=n)
    item = np.repeat(np.arange(n), each)
    worker = np.concatenate([rng.choice(workers, each, replace=False) for _ in range(n)])
    right = rng.random(len(item)) < np.linspace(0.5, 0.95, workers)[worker]
    answer = np.where(right, truth[item], rng.integers(3, size=len(item)))
    names = [tuple(f"{kind}{i}" for i in range(size)) for kind, size in (("i", n), ("w", workers))]
    return Votes(*names, ("cat", "dog", "owl"), item, worker, answer)


def test_four_methods_side_by_side():
    found = votes_summary(votes(), draws=50)
    assert [row[0] for row in found.table.rows] == ["majority", "one-coin", "Dawid-Skene", "GLAD"]
    assert found.statement.startswith("8 workers cast 600 votes about 120 items, 5 about each;")
    assert "Krippendorff's alpha is 0." in found.statement
    assert "Fleiss' kappa is 0." in found.statement
    for row in found.table.rows:
        assert row[1] + row[2] == 120
        assert row[3].value == pytest.approx(1 - row[4] / row[3].n)


def test_workers_from_the_best_to_the_worst():
    (forest,) = votes_summary(votes(), draws=10).figures
    assert isinstance(forest, Forest)
    values = [bar.estimate.value for bar in forest.bars]
    assert values == sorted(values, reverse=True)
    assert forest.mark == pytest.approx(1 / 3)


def test_ragged_votes_have_an_alpha_and_no_kappa():
    some = votes_of(list("aaabbc"), ["x", "y", "z", "x", "y", "x"], list("pppqqp"))
    found = votes_summary(some, draws=10)
    assert "Fleiss" not in found.statement
    assert any("different numbers of votes" in one for one in found.caveats)
    assert "1 to 3 about each" in found.statement
    assert "No majority is tied." in found.statement


def test_one_answer_is_refused():
    with pytest.raises(DataError, match="nothing can be in doubt"):
        votes_summary(votes_of(["a"], ["x"], ["p"]))


def test_the_same_seed_gives_the_same_finding():
    assert votes_summary(votes(), seed=1) == votes_summary(votes(), seed=1)
