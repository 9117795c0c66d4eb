"""Test-set re-use, public and private halves, replayed leaderboards, progress: four studies."""

import numpy as np
import pytest

from fieldmark.records import ConfigError, DataError, NotKeptError, Scores, UnknownNameError
from fieldmark.studies import (
    ladder_replay,
    progress_over_time,
    public_private,
    public_private_of_pairs,
    reuse_of_test_set,
)

DATES = {"linear-a": 2010.0, "forest-a": 2012.0, "net-s": 2014.0, "net-l": 2015.5, "deep-l": 2017.0}


@pytest.fixture(scope="module")
def store(rehearsed):
    return rehearsed


def table(slope=1.0, bent=0.0, m=45, noise=0.002):
    """Scores whose best third gained ``bent`` by re-use."""
    rng = np.random.Generator(np.random.PCG64(0))
    true = np.linspace(0.6, 0.9, m)
    old = true + bent * (true > 0.8)
    new = 0.9 * slope * true + rng.normal(0, noise, m)
    return Scores(
        subjects=tuple(f"m{i}" for i in range(m)),
        conditions=("old", "new"),
        values=np.stack([old, new], axis=1),
        counted=np.array([[50_000, 10_000]] * m),
    )


def rows(finding, part):
    return [row for row in finding.table.rows if row[0] == part]


def test_the_gap_is_taken_apart_for_every_subject(store):
    found = reuse_of_test_set(store, on="field-test", draws=200)
    assert len(rows(found, "subject")) == 4 * 17
    assert "12 standard subjects lose" in found.statement
    assert "(exact 95 %)" in found.statement
    assert "No sign of re-use" in found.statement
    assert any("no dates were given" in one for one in found.caveats)
    scatter, lines = found.figures
    assert sum(point.fitted for point in scatter.points) == 12
    assert not any(point.fitted for point in scatter.points if point.family == "people")
    assert [track.name for track in lines.tracks] == [
        "either",
        "slope below 1",
        "bend among the best",
    ]
    again = reuse_of_test_set(store, on="field-test", draws=200)
    assert str(found.table) == str(again.table)


def test_gains_by_reuse_are_seen_and_honest_models_are_left_alone():
    honest = reuse_of_test_set(table(slope=1.2), on="new", reference="old")
    assert "No sign of re-use: the slope of new on old accuracy is 1.08" in honest.statement
    tuned = reuse_of_test_set(table(slope=1.2, bent=0.03), on="new", reference="old")
    assert "of re-use: " in tuned.statement
    assert "No sign" not in tuned.statement
    (bend,) = [row for row in rows(tuned, "evidence") if "best third" in row[2]]
    assert bend[4].high < 0
    assert bend[5] == "what re-use would do"
    assert any("From a table of scores" in one for one in tuned.caveats)


def test_a_trend_in_time_is_asked_for_with_dates():
    scores = table(bent=0.02)
    dates = {name: 2000.0 + place for place, name in enumerate(scores.subjects)}
    found = reuse_of_test_set(scores, on="new", reference="old", dates=dates)
    assert "per unit of time" in found.statement
    assert found.figures[1].tracks[2].name == "trend in time"
    with pytest.raises(ConfigError, match="44 fitted subjects have no date"):
        reuse_of_test_set(scores, on="new", reference="old", dates=["m0=2001"])
    with pytest.raises(UnknownNameError, match="no subject called 'm99'"):
        reuse_of_test_set(scores, on="new", reference="old", dates={"m99": 1.0})
    with pytest.raises(ConfigError, match=r"written name=2016\.5"):
        reuse_of_test_set(scores, on="new", reference="old", dates=["m0=soon"])


def test_what_is_not_new_is_no_test_of_reuse(store):
    with pytest.raises(ConfigError, match="shows 300 of the examples of lab-test"):
        reuse_of_test_set(store, on="lab-relabelled", reference="lab-test")
    with pytest.raises(ConfigError, match="against itself"):
        reuse_of_test_set(store, on="lab-test", reference="lab-test")
    with pytest.raises(UnknownNameError, match="field-test"):
        reuse_of_test_set(store, on="field-tset")
    with pytest.raises(ConfigError, match="name the reference"):
        reuse_of_test_set(table(), on="new")


def test_two_subjects_make_no_line_and_say_so(filler):
    filler.data("mnist-test", 100)
    filler.data("uci-digits", 100, reference="mnist-test")
    for name, share in (("tree", 0.7), ("knn", 0.8)):
        filler.answer(name, "mnist-test", share)
        filler.answer(name, "uci-digits", share - 0.1)
    found = reuse_of_test_set(filler.store, on="uci-digits", draws=50)
    assert "too few of them" in found.statement
    assert len(found.figures) == 1
    filler.data("other", 50)
    filler.answer("late", "other", 0.5)
    with pytest.raises(NotKeptError, match="no subject has answers to both"):
        reuse_of_test_set(filler.store, on="other", reference="uci-digits")


def test_halves_that_differ_are_told_apart_and_halves_dealt_at_random_are_not(store, filler):
    found = public_private(store, first="lab-test", second="field-test", deals=100, draws=100)
    assert "are not one pool dealt at random" in found.statement
    assert len(found.table.rows) == 17 + 2
    filler.data("public", 200)
    filler.data("private", 600, reference="public")
    for place in range(8):
        for name in ("public", "private"):
            filler.answer(f"cnn-{place}", name, 0.6 + 0.04 * place)
    same = public_private(filler.store, first="public", second="private", deals=100, draws=50)
    assert "may well be one pool" in same.statement
    assert [type(one).__name__ for one in same.figures] == ["Scatter", "Histogram"]
    filler.answer("cnn-0", "public+fog@1", 0.5)
    with pytest.raises(ConfigError, match="share 200 examples"):
        public_private(filler.store, first="public", second="public+fog@1")


def test_published_pairs_are_enough_and_nonsense_is_not():
    pairs = {f"s{i}": (0.70 + 0.02 * i, 1000, 0.70 + 0.02 * i, 3000) for i in range(10)}
    found = public_private_of_pairs(pairs, draws=50)
    assert found.statement.startswith("10 submissions: public minus private accuracy is +0.0")
    assert any("could not be dealt out again" in one for one in found.caveats)
    with pytest.raises(DataError, match="divide percentages by 100"):
        public_private_of_pairs({"a": (71.0, 10, 0.5, 10)})
    with pytest.raises(DataError, match="no pairs"):
        public_private_of_pairs({})


def test_a_leaderboard_is_replayed_in_the_order_that_is_stated(store):
    order = ["linear-a", "net-s", "deep-m", "deep-l", "deep-xl"]
    found = ladder_replay(store, on="lab-test", order=order)
    assert [row[1] for row in found.table.rows] == order
    assert "in the order that was given" in found.statement
    told = [row[3] for row in found.table.rows]
    assert told == sorted(told)
    climbed = [row[4] for row in found.table.rows]
    assert all(low <= high + 1e-5 for low, high in zip(climbed, told, strict=True))
    everybody = ladder_replay(store, on="lab-test")
    assert len(everybody.table.rows) == 17
    assert "in the order in which they finished" in everybody.statement


def test_a_budget_that_is_spent_is_said(store):
    found = ladder_replay(store, on="lab-test", budget=1, threshold=1e-6, noise=0.0)
    assert "its budget of 1 is spent, and the last 16 submissions get no answer" in found.statement
    assert np.isnan([row[6] for row in found.table.rows][1:]).all()


def test_an_order_that_cannot_be_replayed_is_refused(store):
    with pytest.raises(ConfigError, match="net-s stands in the order twice"):
        ladder_replay(store, on="lab-test", order=["net-s", "net-s"])
    with pytest.raises(UnknownNameError, match="Did you mean"):
        ladder_replay(store, on="lab-test", order=["net-ss"])
    with pytest.raises(ConfigError, match="at least one subject"):
        ladder_replay(store, on="lab-test", order=[])


def test_records_their_rate_and_a_gap_in_years(store):
    found = progress_over_time(store, on="lab-test", dates=DATES, newer="field-test")
    assert [row[0] for row in found.table.rows if row[4]] == list(DATES)
    assert "5 dated models on lab-test: 5 records" in found.statement
    assert " years [" in found.statement
    assert "The best person reaches" in found.statement
    assert [track.style for track in found.figures[0].tracks] == ["dots", "steps", "dashed"]
    assert found.figures[0].x_unit == "year"
    assert any("12 models" in one or "10 models" in one for one in found.caveats)
    words = [f"{name}={date}" for name, date in DATES.items()]
    assert progress_over_time(store, on="lab-test", dates=words).figures[0].tracks[0].x == (
        found.figures[0].tracks[0].x
    )


def test_one_date_gives_no_rate_and_no_date_is_refused(store):
    alone = progress_over_time(store, on="lab-test", dates={"net-s": 3.0})
    assert "One record gives no rate" in alone.statement
    assert alone.figures[0].x_unit == "number"
    with pytest.raises(NotKeptError, match="no model that has a date"):
        progress_over_time(store, on="lab-test", dates={})
    published = progress_over_time(table(), on="old", dates={"m0": 2001.0, "m9": 2003.0})
    assert "2 records" in published.statement
