"""A model of many classes, asked in few: its answers, attacks on it, and the record."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.catalog import Conditions, change
from fieldmark.records import (
    NO_ANSWER,
    Cell,
    ClassSpace,
    Condition,
    ConfigError,
    UnknownNameError,
    with_policy,
)
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from fieldmark.testbed.asking import ask
from tests.testbed.bars import Scores, brightest, examples, plain_subject

FINE = ("l1", "l2", "m", "r1", "r2", "outside")
COARSE = ClassSpace(
    ("left", "middle", "right"),
    titles=("Left", "Middle", "Right"),
    members=(("l1", "l2"), ("m",), ("r1", "r2")),
    policy="merge-mean",
)
BARS = replace(examples(), classes=COARSE)


def fine(images):
    """Six classes: each third in two halves but the middle, and one that wins where it is dark."""
    thirds = brightest(images)
    outside = np.full((len(images), 1), np.sort(thirds.max(axis=1))[len(images) // 2], np.float32)
    return np.concatenate([thirds[:, [0, 0, 1, 2, 2]], outside], axis=1)


MODEL = Scores("fine", fine, classes=FINE)


def asked(shown):
    return ask(MODEL, shown.images(), shown, list(shown.ids), batch=len(shown))


def test_what_lies_outside_is_no_answer_only_where_all_classes_are_asked():
    inside, outside = asked(BARS), asked(with_policy(BARS, "map-answer"))
    assert inside.correct(BARS.labels).all()
    assert inside.classes.shape == (30, 3) and outside.classes.shape == (30, 4)
    silent = outside.classes[:, 0] == NO_ANSWER
    assert 5 < silent.sum() < 25
    np.testing.assert_array_equal(outside.correct(BARS.labels), ~silent)
    # Whoever is outside keeps its place, and the four still share all of the probability.
    assert (np.sort(outside.classes, axis=1) == [0, 1, 2, NO_ANSWER]).all()
    np.testing.assert_allclose(outside.scores.sum(axis=1), 1, rtol=1e-5)


def test_another_policy_is_another_condition_with_its_name():
    shown = with_policy(BARS, "map-answer")
    assert Condition(shown).name == "bars[policy=map-answer]"
    assert shown.content != BARS.content and shown.ids == BARS.ids
    assert "by the policy map-answer instead of merge-mean" in shown.card.title
    assert with_policy(BARS, "merge-mean") is BARS
    with pytest.raises(UnknownNameError, match="no policy called 'merge-men'"):
        with_policy(BARS, "merge-men")


def test_a_condition_s_name_with_a_policy_is_read():
    (plain,) = Conditions().make("mnist-test")
    (mapped,) = Conditions().make("mnist-test[policy=map-answer]+contrast@2")
    assert mapped.name == "mnist-test[policy=map-answer]+contrast@2"
    assert mapped.examples.classes.policy == "map-answer"
    (same,) = Conditions().make("mnist-test[policy=restrict]")
    assert same.name == plain.name
    with pytest.raises(UnknownNameError, match="no policy called 'none'"):
        Conditions().make("mnist-test[policy=none]")
    with pytest.raises((ConfigError, UnknownNameError)):
        Conditions().make("[policy=map-answer]")


def test_the_store_keeps_members_titles_and_policy():
    store = open_store("memory://policies", create=True)
    subject = plain_subject("fine", fine, classes=FINE)
    tally = run(
        [subject],
        [Condition(BARS), Condition(with_policy(BARS, "map-answer"))],
        store,
        options=Options(jobs=1),
    )
    assert tally.done == 2
    assert store.examples("bars").classes == COARSE
    assert store.examples("bars[policy=map-answer]").classes.policy == "map-answer"
    heads = {one.condition.name: one.condition.examples.policy for one in store.headers()}
    assert heads == {"bars": "merge-mean", "bars[policy=map-answer]": "map-answer"}
    # Those who read everything at once meet the missing answers, too.
    said = store.top1("bars[policy=map-answer]").classes
    assert (said == NO_ANSWER).any()
    assert store.counts(["bars"]).hits.tolist() == [30]
    (row,) = store.sql(
        "select count(*) filter (where not correct) as wrong from predictions "
        "where condition = 'bars[policy=map-answer]'"
    ).to_pylist()
    kept = store.read(Cell("fine", "bars[policy=map-answer]")).answers
    assert row["wrong"] == (kept.classes[:, 0] == NO_ANSWER).sum()


def test_a_plain_condition_says_nothing_of_a_policy():
    store = open_store("memory://plain-policies", create=True)
    run([plain_subject()], [Condition(examples())], store, options=Options(jobs=1))
    (head,) = store.headers()
    assert head.condition.examples.policy == ""


def test_an_attack_on_classes_that_stand_for_several_is_recorded_as_not_applicable():
    store = open_store("memory://attacked-policies", create=True)
    subject = plain_subject("fine", fine, classes=FINE)
    attacked = Condition(BARS, change("noise-linf", "8/255"))
    tally = run([subject], [attacked], store, options=Options(jobs=1))
    assert tally.not_applicable == 1
    (head,) = store.headers()
    assert head.reason == (
        "an attack needs one class of fine's for each label, and those of bars stand for several "
        "(policy merge-mean)"
    )
