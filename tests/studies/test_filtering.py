"""Filtering: who is wrong decides, the card says so, and nobody who decided is ranked."""

import re
from dataclasses import replace

import numpy as np
import pytest

from fieldmark.records import (
    ConfigError,
    DataError,
    NotKeptError,
    UnknownNameError,
    selected,
    selection_of,
)
from fieldmark.studies import accuracy_grid, compare, effective_robustness, filtered, leaderboard
from fieldmark.studies import filtering as bias

N = 200


@pytest.fixture
def photos(filler):
    filler.data("photos", N, unlabelled=10)
    for name, accuracy in (("a", 0.6), ("b", 0.7), ("c", 0.8), ("d", 0.9), ("e", 0.5)):
        filler.answer(name, "photos", accuracy)
    return filler


def wrong(filler, name):
    kept = filler.store.correct("photos")
    return ~kept.matrix()[kept.subjects.index(name)] & kept.labelled


def choose(filler, **options):
    given = {"on": "photos", "wrong_for_subjects": ("a",), "name": "hard", **options}
    return filtered(filler.store, **given)


def test_what_is_kept_is_what_they_got_wrong(photos):
    ids = np.array(photos.examples["photos"].ids)
    a, b = wrong(photos, "a"), wrong(photos, "b")
    assert choose(photos).ids == tuple(ids[a])
    both = {"wrong_for_subjects": ("a", "b")}
    assert choose(photos, **both).ids == tuple(ids[a & b])
    assert choose(photos, **both, rule="any").ids == tuple(ids[a | b])
    assert choose(photos, **both, rule="most").ids == tuple(ids[a & b])


def test_a_few_of_each_class_are_drawn_by_the_seed(photos):
    few = choose(photos, per_class=2)
    labels = dict(
        zip(
            photos.examples["photos"].ids,
            photos.examples["photos"].first_labels.tolist(),
            strict=True,
        )
    )
    counts = np.bincount([labels[one] for one in few.ids])
    assert counts.max() == 2
    assert set(few.ids) < set(choose(photos).ids)
    assert choose(photos, per_class=2) == few
    assert choose(photos, per_class=2, seed=1).ids != few.ids


def test_confidence_is_asked_of_scores(photos):
    assert choose(photos, confidence=0.85).ids == choose(photos).ids  # all are 0.9 sure
    with pytest.raises(DataError, match="the selection hard keeps no example of photos"):
        choose(photos, confidence=0.95)


def test_the_part_says_who_decided_and_comes_back_from_its_file(photos):
    chosen = choose(photos, made="2026-11-30")
    again = selection_of(chosen.text(), where="hard.json")
    assert again == chosen
    part = selected(photos.examples["photos"], again)
    assert part.card.name == "photos[selection=hard]"
    assert part.card.chosen_by == ("a",)
    assert part.card.reference == "photos"
    assert "those that a answered wrongly on photos: 74 (seed 0, made 2026-11-30)" in (
        part.card.collected
    )
    assert "the accuracy of a, which the choice decided" in part.card.not_for


def test_nobody_who_decided_is_ranked(photos):
    part = selected(photos.examples["photos"], choose(photos))
    name = part.card.name
    photos.examples[name] = part
    photos.store.keep_examples(part)
    for subject in "abcd":
        photos.answer(subject, name, {"a": 0.0}.get(subject, 0.5))
    told = "The answers of a decided which examples photos[selection=hard] has"
    ranked = leaderboard(photos.store, on=name)
    assert {row[1] for row in ranked.table.rows} == {"b", "c", "d"}
    assert any(told in line for line in ranked.caveats)
    assert any(told in line for line in accuracy_grid(photos.store).caveats)
    robust = effective_robustness(photos.store, on=name)
    assert "a" not in {row[0] for row in robust.table.rows}
    assert any(told in line for line in robust.caveats)
    with pytest.raises(NotKeptError, match="the answers of a decided which examples"):
        compare(photos.store, "a", "b", condition=name)
    assert len(compare(photos.store, "a", "b").table.rows) == 1
    assert len(compare(photos.store, "b", "c").table.rows) == 2


def test_the_bias_is_measured(photos):
    found = bias(photos.store, on="photos", wrong_for=["a"])
    rows = {row[0]: row for row in found.table.rows}
    kept = wrong(photos, "a")
    right = ~wrong(photos, "b")
    assert rows["b"][3].value == pytest.approx(right[kept].mean())
    assert rows["b"][5].high < 0  # the fixture makes all err on the same
    assert rows["a"][3:6] == (None, None, None)
    assert all(row[6].value < 0.02 for row in rows.values() if row[6].defined)
    assert "a is wrong on 74 of 190 labelled examples of photos." in found.statement


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"wrong_for_subjects": ()}, ConfigError, "name one or several different subjects"),
        ({"wrong_for_subjects": ("a", "a")}, ConfigError, "different subjects"),
        ({"wrong_for_subjects": ("z",)}, UnknownNameError, "no subject called 'z'"),
        ({"confidence": 2.0}, ConfigError, "a confidence is in [0, 1], not 2.0"),
        ({"name": "a\nb"}, ConfigError, "values of selection must be"),
        ({"on": "photo"}, UnknownNameError, "no condition called 'photo'"),
    ],
)
def test_what_cannot_be_filtered_is_refused(photos, options, error, told):
    with pytest.raises(error, match=re.escape(told)):
        choose(photos, **options)


def test_a_selection_of_other_pictures_is_refused(photos):
    chosen = choose(photos)
    other = replace(photos.examples["photos"], content="other")
    with pytest.raises(DataError, match="was made from photos with the fingerprint photos, but"):
        selected(other, chosen)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "fieldmark selection 1"}', "[" * 100_000, '{"kind": 3}']
)
def test_a_file_that_is_no_selection_is_refused(text):
    with pytest.raises(DataError, match=r"hard\.json is no selection; `fieldmark filter` writes"):
        selection_of(text, where="hard.json")


def test_a_selection_whose_fields_are_wrong_is_refused(photos):
    text = choose(photos).text()
    for old, new in (('"seed": 0', '"seed": "x"'), ('"name": "hard"', '"name": 3')):
        with pytest.raises(DataError, match="is no selection"):
            selection_of(text.replace(old, new), where="hard.json")
    with pytest.raises(DataError, match="chosen_by is no list of texts"):
        selection_of(re.sub(r'"chosen_by": \[[^]]*\]', '"chosen_by": "a"', text), where="x.json")
