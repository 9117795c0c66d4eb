"""Answers are believed when they are in order, refused when not, repaired when told."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.archives import REPAIRS
from fieldmark.archives.admitting import admit
from fieldmark.archives.keys import Classes
from fieldmark.archives.sheets import Sheet
from fieldmark.archives.suspicions import MISTAKES, suspicions, undone
from fieldmark.records import NO_ANSWER, ClassSpace, DataError, UnknownNameError


def sheet(values, ids=(), **more) -> Sheet:
    return Sheet("net", "net.npy", tuple(ids), values, **more)


def accuracy(admitted, key) -> float:
    return float(admitted.answers.correct(key.labels).mean())


def by_order(key):
    return replace(key, numbered=True)


def test_answers_in_order_are_taken_as_they_are(top3, key):
    found = admit(sheet(top3), by_order(key))
    assert found.done == ()
    assert (found.answers.classes == top3).all()
    assert not found.answers.scored


def test_rows_are_joined_by_id_whatever_their_order(top3, key):
    order = np.random.default_rng(0).permutation(len(top3))
    shuffled = sheet(top3[order], [key.ids[row] for row in order])
    assert (admit(shuffled, key).answers.classes == top3).all()


SPOILT = {
    "reversed-top-k": lambda top3: top3[:, ::-1],
    "class-numbers-one-up": lambda top3: top3 + 1,
    "class-numbers-one-down": lambda top3: (top3 - 1) % 20,
    "text-sorted-answers": lambda top3: np.argsort(sorted(range(20), key=str))[top3],
    "text-sorted-labels": lambda top3: np.array(sorted(range(20), key=str))[top3],
    "rows-one-late": lambda top3: np.roll(top3, 1, axis=0),
    "rows-one-early": lambda top3: np.roll(top3, -1, axis=0),
}


@pytest.mark.parametrize("name", SPOILT)
def test_each_mistake_is_found_refused_and_repaired_when_told(name, top3, key):
    spoilt = sheet(SPOILT[name](top3))
    with pytest.raises(DataError, match=f"--repair {name}"):
        admit(spoilt, by_order(key))
    mended = admit(spoilt, by_order(key), repair=[name])
    assert accuracy(mended, key) == pytest.approx(np.mean(top3[:, 0] == key.labels[:, 0]))
    assert len(mended.done) == 1
    assert mended.done[0].startswith(name)


def test_every_mistake_has_a_repair_and_a_test():
    assert set(SPOILT) == set(MISTAKES)
    assert set(MISTAKES) < set(REPAIRS)


@given(st.integers(0, 2**32 - 1))
def test_a_bad_classifier_is_not_suspected(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, (300, 1))
    assert suspicions(rng.integers(0, 10, (300, 3)), labels, 10, ordered=True) == []


@given(st.integers(2, 40), st.integers(0, 99))
def test_the_two_text_orders_undo_each_other(k, seed):
    ranked = np.random.default_rng(seed).integers(-1, k, (50, 2))
    back = undone(undone(ranked, k, "text-sorted-answers"), k, "text-sorted-labels")
    assert (back == ranked).all()


def test_ids_make_a_shift_of_rows_impossible(top3, key):
    late = sheet(np.roll(top3, 1, axis=0), key.ids)
    assert accuracy(admit(late, key), key) < 0.2  # wrong, but nobody may call it late


def test_repeated_ids_are_refused_or_the_first_is_kept(top3, key):
    twice = sheet(np.concatenate([top3, (top3[:5] + 1) % 20]), (*key.ids, *key.ids[:5]))
    with pytest.raises(DataError, match="5 answers are to an example that was answered before"):
        admit(twice, key)
    assert (admit(twice, key, repair=["repeated-ids"]).answers.classes == top3).all()


def test_unknown_and_missing_ids(top3, key):
    ids = [*key.ids[:-3], "stray-1", "stray-2", "stray-3"]
    with pytest.raises(DataError, match="3 of 600 ids are unknown, such as 'stray-1'"):
        admit(sheet(top3, ids), key)
    with pytest.raises(DataError, match="3 of 600 examples have no answer"):
        admit(sheet(top3, ids), key, repair=["unknown-ids"])
    found = admit(sheet(top3, ids), key, repair=["unknown-ids", "missing-answers"])
    assert (found.answers.classes[-3:] == NO_ANSWER).all()
    assert not found.answers.correct(key.labels)[-3:].any()


def test_a_wrong_length_without_ids_cannot_be_mended(top3, key):
    with pytest.raises(DataError, match="599 answers to 600 examples of digits, and no ids"):
        admit(sheet(top3[1:]), by_order(key), repair=list(REPAIRS))


def test_scores_become_the_best_classes_with_probabilities(truth, key):
    logits = np.random.default_rng(0).normal(size=(600, 20))
    logits[np.arange(600), truth] += 3
    found = admit(sheet(logits), by_order(key)).answers
    assert found.classes.shape == (600, 5)
    powers = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.scores[:, 0], powers.max(axis=1), rtol=1e-5)
    assert (np.diff(found.scores, axis=1) <= 0).all()


def test_nan_scores_are_refused_or_count_as_wrong(truth, key):
    logits = np.zeros((600, 20))
    logits[np.arange(600), truth] = 3.0
    logits[7, 2] = np.nan
    with pytest.raises(DataError, match="1 of 600 examples have scores that are not numbers"):
        admit(sheet(logits), by_order(key))
    found = admit(sheet(logits), by_order(key), repair=["not-a-number"])
    assert np.flatnonzero(~found.answers.correct(key.labels)).tolist() == [7]


def test_score_columns_follow_their_names_not_their_order(truth, key):
    order = sorted(map(str, range(20)))
    logits = np.zeros((600, 20))
    logits[np.arange(600), [order.index(str(one)) for one in truth]] = 3.0
    assert accuracy(admit(sheet(logits, order=tuple(order)), by_order(key)), key) == 1.0


def test_class_names_and_wordnet_ids_are_known_and_strangers_refused(key):
    space = ClassSpace(("tench", "goldfish"))
    known = {"tench": 0, "n01440764": 0, "goldfish": 1, "n01443537": 1}
    pond = replace(
        key,
        ids=("a", "b", "c"),
        labels=np.array([[0], [1], [1]]),
        classes=Classes(space, known),
    )
    said = np.array([["n01440764"], ["goldfish"], ["carp"]])
    with pytest.raises(DataError, match="1 answers name no class, such as 'carp'"):
        admit(sheet(said, "abc"), pond)
    found = admit(sheet(said, "abc"), pond, repair=["unknown-classes"])
    assert found.answers.classes[:, 0].tolist() == [0, 1, NO_ANSWER]


def test_silence_is_an_answer_that_is_never_right(key):
    pond = replace(
        key,
        ids=("a", "b"),
        labels=np.array([[0], [1]]),
        classes=Classes(ClassSpace(("tench", "goldfish")), {"tench": 0, "goldfish": 1}),
    )
    found = admit(sheet(np.array([["tench"], ["na"]]), "ab"), pond)
    assert found.answers.correct(pond.labels).tolist() == [True, False]
    assert found.done == ("1 times it said nothing, which counts as wrong",)


def test_an_unknown_repair_is_named(top3, key):
    with pytest.raises(UnknownNameError, match="Did you mean reversed-top-k"):
        admit(sheet(top3), by_order(key), repair=["reversed-topk"])
