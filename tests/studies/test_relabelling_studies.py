"""Multi-label and label errors: the same answers under two labellings."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.records import ConfigError, Estimate, NotKeptError, UnknownNameError
from fieldmark.studies import label_errors, multi_label

STUDIES = (multi_label, label_errors)
SIDES = {"on": "lab-relabelled", "reference": "lab-test"}


@pytest.fixture(scope="module")
def store(rehearsed):
    return rehearsed


def column(finding, key) -> dict[str, object]:
    place = [one.key for one in finding.table.columns].index(key)
    return {row[0]: row[place] for row in finding.table.rows}


def wrong_labels(store):
    """Which labels of lab-test a rehearsal knows to be wrong."""
    single, sets = (store.examples(SIDES[side]).labels for side in ("reference", "on"))
    return ~(single == sets).any(axis=1)


def test_accuracy_is_lost_only_where_a_label_was_wrong(store):
    found = multi_label(store, **SIDES)
    kept, wrong = store.correct("lab-test"), wrong_labels(store)
    gained, lost = column(found, "gained"), column(found, "lost")
    for name, one in column(found, "difference").items():
        assert lost[name] == kept.of(name)[wrong].sum()
        assert one.value == pytest.approx((gained[name] - lost[name]) / 300)
        assert one.low <= one.value <= one.high


def test_more_right_labels_never_cost_accuracy(filler):
    relabel(filler, 5, keep=True)
    for name, share in {"cnn": 0.8, "tree": 0.5}.items():
        filler.answer(name, "one", share)
        right = filler.store.top1("one").classes[-1] == filler.examples["one"].labels[:, 0]
        filler.answer(name, "two", right | (np.arange(40) < 5))
    found = multi_label(filler.store, on="two", reference="one")
    assert set(column(found, "lost").values()) == {0}
    for name, one in column(found, "difference").items():
        assert one.value == pytest.approx(column(found, "gained")[name] / 40)


def test_columns_are_what_a_store_would_count(store):
    found = multi_label(store, **SIDES)
    kept, single = store.correct("lab-relabelled"), store.correct("lab-test")
    for name in ("linear-a", "person-1"):
        assert column(found, "micro")[name].value == pytest.approx(
            kept.matrix()[kept.subjects.index(name)].mean()
        )
        assert column(found, "single")[name].value == pytest.approx(
            single.matrix()[single.subjects.index(name)].mean()
        )
        first = store.examples("lab-relabelled").labels[:, 0]
        said = store.top1("lab-relabelled")
        assert column(found, "first")[name].value == pytest.approx(
            (said.classes[said.subjects.index(name)] == first).mean()
        )


def test_the_statement_counts_the_sets(store):
    labels = store.examples("lab-relabelled").labels
    share = 100 * (labels[:, 1] >= 0).mean()
    found = multi_label(store, **SIDES)
    assert f"{share:.1f} % have more than one right label;" in found.statement
    assert f"is in the set for {100 * (~wrong_labels(store)).mean():.1f} %" in found.statement
    assert "none are" not in found.statement


def test_turned_round_the_reference_has_sets(store):
    with pytest.raises(ConfigError, match="lab-relabelled has examples with several labels"):
        multi_label(store, on="lab-test", reference="lab-relabelled")


def test_all_labels_wrong_and_the_ceiling_they_set(store):
    found = label_errors(store, on="cue-conflict-texture", reference="cue-conflict-shape")
    assert "Of 150 labels of cue-conflict-shape, 150 are wrong" in found.statement
    assert "would be measured at 0.0 %" in found.statement


def test_the_wrong_labels_of_a_rehearsal_are_found(store):
    found, wrong = label_errors(store, **SIDES), int(wrong_labels(store).sum())
    assert 5 <= wrong <= 15
    assert f"Of 300 labels of lab-test, {wrong} are wrong" in found.statement
    assert "got further labels" in found.statement
    assert any("see multi-label" in one for one in found.caveats)


def test_no_label_wrong(filler):
    relabel(filler, 0)
    for name in ("one", "two"):
        filler.answer("cnn", name, 0.8)
    found = label_errors(filler.store, on="two", reference="one")
    assert "Of 40 labels of one, none is wrong" in found.statement


def test_ranks_are_those_of_the_accuracies(store):
    found = label_errors(store, on="cue-conflict-texture", reference="cue-conflict-shape")
    for accuracy, rank in (("original", "rank_original"), ("corrected", "rank_corrected")):
        values = {name: one.value for name, one in column(found, accuracy).items()}
        for name, one in column(found, rank).items():
            assert one.value == 1 + sum(other > values[name] for other in values.values())
            assert one.low <= one.value <= one.high
    for name, one in column(found, "rank_change").items():
        before, after = (column(found, f"rank_{side}")[name] for side in ("original", "corrected"))
        assert one.value == before.value - after.value


def test_a_seed_decides_every_number(store):
    again = [label_errors(store, **SIDES, seed=1) for _ in range(2)]
    assert again[0] == again[1]
    assert multi_label(store, **SIDES) == multi_label(store, **SIDES)


@pytest.mark.parametrize("study", STUDIES)
def test_hostile_names(store, study):
    with pytest.raises(UnknownNameError, match="lab-relabelled"):
        study(store, on="lab-relabeled", reference="lab-test")
    with pytest.raises(ConfigError, match="cannot be held against itself"):
        study(store, on="lab-test", reference="lab-test")
    with pytest.raises(ConfigError, match=r"300 examples only in lab-test, 150 .* field-test"):
        study(store, on="lab-test", reference="field-test")


def relabel(filler, wrong: int, *, backwards: bool = False, keep: bool = False) -> None:
    """The twin "two" of "one", with other labels for its first examples, or with further ones."""
    filler.data("one", 40)
    one = filler.examples["one"]
    labels = one.labels.copy()
    labels[:wrong] = (labels[:wrong] + 1) % 10
    if keep:
        further = np.where(labels == one.labels, -1, labels)
        labels = np.concatenate([one.labels, further], axis=1)
    order = slice(None, None, -1) if backwards else slice(None)
    twin = replace(
        one,
        card=replace(one.card, name="two"),
        content="two",
        ids=one.ids[order],
        labels=labels[order],
    )
    filler.store.keep_examples(twin)
    filler.examples["two"] = twin


@pytest.mark.parametrize("study", STUDIES)
def test_nobody_answered_both(filler, study):
    relabel(filler, 5)
    filler.answer("cnn", "one", 1.0)
    filler.refuse("cnn", "two", "failed", "out of memory")
    with pytest.raises(NotKeptError, match="no subject has answers to both two and one"):
        study(filler.store, on="two", reference="one")


@pytest.mark.parametrize("backwards", [False, True])
def test_examples_are_joined_by_their_ids(filler, backwards):
    relabel(filler, 5, backwards=backwards)
    filler.answer("cnn", "one", np.ones(40, bool))
    filler.answer("cnn", "two", np.arange(40) % 4 > 0)
    found = label_errors(filler.store, on="two", reference="one")
    assert "Of 40 labels of one, 5 are wrong" in found.statement
    assert column(found, "original")["cnn"].value == 1.0
    assert column(found, "change")["cnn"].value == -0.25


def test_every_number_has_an_interval(store):
    for study in STUDIES:
        for row in study(store, **SIDES).table.rows:
            for value in row:
                if isinstance(value, Estimate):
                    assert np.isfinite([value.value, value.low, value.high]).all()
                    assert value.method
