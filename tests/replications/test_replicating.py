"""Checks, their verdicts, and where raw data come from."""

from hashlib import sha256
from math import nan
from pathlib import Path

import pytest

from fieldmark.records import DataError
from fieldmark.replications import Check, Data, Origin, Replication, replicate


def check(computed, **more):
    return Check("a number", 1.0, computed, 0.05, "a table", **more)


@pytest.mark.parametrize(
    ("computed", "verdict"),
    [(1.05, "agrees"), (0.95, "agrees"), (1.051, "differs"), (nan, "not in the data")],
)
def test_a_verdict_follows_from_the_tolerance(computed, verdict):
    assert check(computed).verdict == verdict


def test_a_missing_folder_costs_one_replication_and_not_the_others(tmp_path):
    data = Data(None, tmp_path, offline=True)
    lost = Origin("lost.json", "0" * 64, "a/b", "c" * 40, "lost.json")

    def needs(data):
        data.path(lost)

    replicated = replicate(
        [
            Replication("there", "There", "A 2020", (), lambda data: [check(1.0), check(2.0)]),
            Replication("lost", "Lost", "B 2020", (lost,), needs),
        ],
        data,
    )
    assert [one.study for one in replicated.each] == ["there"]
    found = replicated.whole
    assert [row[7] for row in found.table.rows] == ["agrees", "differs"]
    assert "Of 2 numbers, 1 agree" in found.statement
    assert "could not be run" in found.caveats[0]
    assert "raw.githubusercontent.com/a/b" in found.caveats[0]


def test_other_bytes_are_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[]")
    right = Origin("a.json", sha256(b"[]").hexdigest())
    data = Data(tmp_path, tmp_path / "cache", offline=True)
    assert data.read(right) == b"[]"
    with pytest.raises(DataError, match="is not the published file"):
        data.path(Origin("a.json", "0" * 64))


def test_what_is_not_published_as_it_is_says_what_it_was_made_from(tmp_path):
    made = Origin("a.npz", "0" * 64, made_from="67 files of owner/name")
    with pytest.raises(DataError, match=r"67 files of owner/name.*FIELDMARK_DATA"):
        Data(tmp_path, tmp_path).path(made)


@pytest.mark.slow
def test_the_readme_counts_the_record_as_it_is(data):
    from fieldmark.replications import REPLICATIONS

    readme = (Path(__file__).parents[2] / "README.md").read_text()
    verdicts = [one.verdict for item in REPLICATIONS.values() for one in item.check(data)]
    agree, differ, absent = map(verdicts.count, ("agrees", "differs", "not in the data"))
    assert f"makes {len(REPLICATIONS)} published results again" in readme
    assert f"holds {len(verdicts)} numbers" in readme
    assert f"{agree} agree; {differ} differ" in readme
    assert f"{absent} the published data cannot give" in readme
