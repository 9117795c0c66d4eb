"""Which claims of robust accuracy hold when others attack the same models?"""

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.studies import reported_against_reattacked

N = np.array([10_000, 10_000, 1_000, 1_000])


def asked(reported=(0.7, 0.5, 0.5, 0.4), left=(0.0, 0.5, 0.49, 0.6), n=N, names="abcd", **more):
    return reported_against_reattacked(
        list(names), np.array(reported), np.array(left), np.array(n), **more
    )


def test_verdicts_follow_from_the_overlap_of_intervals():
    found = asked()
    assert {row[0]: row[-1] for row in found.table.rows} == {
        "a": "fell",
        "b": "holds",
        "c": "holds",
        "d": "rose",
    }
    assert [row[0] for row in found.table.rows] == ["a", "c", "b", "d"]
    assert "Of 4 claims, one fell under re-attack" in found.statement
    assert (
        "More than 1 point was lost by one, more than 5 by one, more than 10 by one."
        in found.statement
    )
    assert "a: 70.0 % reported, 0.0 % left (−70.0 points" in found.statement
    change = found.table.rows[0][3]
    assert change.value == pytest.approx(-0.7)
    assert change.low == pytest.approx(-0.7)
    assert -0.7 < change.high < -0.699


def test_nothing_fell():
    found = asked((0.5,), (0.5,), np.array([100]), "a")
    assert found.statement == "The claim holds under re-attack."
    assert len(found.figures) == 2


def test_no_claims_need_no_figure():
    found = asked((), (), np.zeros(0, np.int64), ())
    assert found.figures == ()
    assert found.statement == "There are no claims to test."


def test_bad_claims_are_refused():
    with pytest.raises(DataError, match="4 names, 3 reported"):
        asked(reported=(0.1, 0.2, 0.3))
    with pytest.raises(DataError, match=r"lies in \[0, 1\]"):
        asked(reported=(np.nan, 0.1, 0.1, 0.1))
    with pytest.raises(DataError, match="two claims are called 'a'"):
        asked(names="abca")
    with pytest.raises(DataError, match="at least one example, got 0"):
        asked(n=(0, 1, 1, 1))
    with pytest.raises(DataError, match="1 groups"):
        asked(groups=["x"])
