"""People beside machines, error consistency and shape bias, on answers that are known."""

from dataclasses import replace

import numpy as np
import pytest

import fieldmark
from fieldmark.records import (
    PEOPLE,
    Answers,
    ConfigError,
    NotKeptError,
    Scatter,
    UnknownNameError,
)
from fieldmark.statistics import clopper_pearson, mean_difference
from fieldmark.studies import error_consistency, humans_and_machines, shape_bias
from tests.studies.conftest import Filler


class Laboratory(Filler):
    """A store in which those called person-… are people."""

    def header(self, subject, condition, status="done", reason=""):
        header = super().header(subject, condition, status, reason)
        if not subject.startswith("person"):
            return header
        card = header.subject.card
        card = replace(card, family=PEOPLE)
        return header.model_copy(
            update={"subject": header.subject.model_copy(update={"card": card})}
        )

    def relabelled(self, name, of, labels):
        """The pictures of a data set under another name, with other labels."""
        self.examples[name] = replace(
            self.examples[of],
            card=replace(self.examples[of].card, name=name),
            labels=labels[:, None],
            content=name,
        )
        self.store.keep_examples(self.examples[name])

    def say(self, subject, condition, classes):
        """Exactly these answers."""
        header = self.header(subject, condition)
        said = classes.astype(np.uint16)[:, None]
        self.store.commit(header, 0, Answers(said, np.full(said.shape, 0.5, np.float32)))
        self.store.finish(header)


def rows_of(finding):
    keys = [column.key for column in finding.table.columns]
    return [dict(zip(keys, row, strict=True)) for row in finding.table.rows]


@pytest.fixture
def lab():
    return Laboratory()


@pytest.fixture(scope="module")
def world_of_people():
    made = Laboratory()
    made.data("lab", 200)
    made.data("field", 200, reference="lab")
    right = {
        "person-1": np.arange(200) >= 40,
        "person-2": np.arange(200) >= 50,
        "person-3": (np.arange(200) >= 30) & (np.arange(200) < 190),
        "better": np.arange(200) >= 10,
        "like-people": np.arange(200) >= 44,
        "unlike-people": np.arange(200) < 156,
    }
    for name, mask in right.items():
        made.answer(name, "field", mask)
        made.answer(name, "lab", np.arange(200) >= 5)
    return made, right


@pytest.fixture(scope="module")
def beside(world_of_people):
    return humans_and_machines(world_of_people[0].store, on="field", draws=100)


def test_a_machine_is_better_than_people_only_where_the_interval_clears_it(beside):
    verdicts = {row["subject"]: row["verdict"] for row in rows_of(beside)}
    assert verdicts["better"] == "more accurate than people"
    assert verdicts["like-people"] == "cannot be told"
    assert verdicts["person-1"] == ""
    assert "One machine is more accurate than people" in beside.statement
    assert "for 2 machines it cannot be told" in beside.statement


def test_the_difference_is_paired_and_to_the_mean_of_people(beside, world_of_people):
    right = {name: mask.astype(float) for name, mask in world_of_people[1].items()}
    people = np.mean([right[f"person-{number}"] for number in (1, 2, 3)], axis=0)
    rows = {row["subject"]: row for row in rows_of(beside)}
    expected = mean_difference(people, right["better"], paired=True)
    assert rows["better"]["difference"] == expected
    others = (right["person-2"] + right["person-3"]) / 2
    assert rows["person-1"]["difference"] == mean_difference(others, right["person-1"], paired=True)
    assert rows["better"]["better"] == 3  # McNemar against each: 30, 40 and 30 discordant, all his
    assert rows["person-1"]["better"] is None


def test_whose_errors_are_alike_is_told(beside):
    kappas = {row["subject"]: row["kappa"].value for row in rows_of(beside)}
    assert kappas["like-people"] > 0.5 > 0 > kappas["unlike-people"]
    assert "like-people errs most like people" in beside.statement


def test_the_scatter_has_the_reference_that_the_card_names(beside, world_of_people):
    scatter = beside.figures[1]
    assert isinstance(scatter, Scatter)
    assert scatter.x_title == "accuracy on lab"
    alone = humans_and_machines(world_of_people[0].store, on="lab", draws=10)
    assert len(alone.figures) == 1


def test_slices_are_of_classes(world_of_people):
    store = world_of_people[0].store
    found = humans_and_machines(store, on="field", slices={"even": ["0", "2", "4"]}, draws=10)
    rows = [row for row in rows_of(found) if row["slice"] == "even"]
    mask = np.isin(np.arange(200) % 10, [0, 2, 4])
    best = next(row for row in rows if row["subject"] == "better")
    assert best["accuracy"].n == 60
    assert best["accuracy"].value == world_of_people[1]["better"][mask].mean()
    assert "On even (60 examples) people are right on" in found.statement
    with pytest.raises(UnknownNameError, match="no class called 'eleven'"):
        humans_and_machines(store, on="field", slices={"odd": ["eleven"]})
    with pytest.raises(ConfigError, match="holds no labelled example"):
        humans_and_machines(store, on="field", slices={"none": []})
    with pytest.raises(ConfigError, match='other than "all"'):
        humans_and_machines(store, on="field", slices={"all": ["0"]})


def test_without_people_or_without_machines_it_says_what_is_lacking(lab):
    lab.data("test", 30)
    lab.answer("cnn-a", "test", 0.8)
    with pytest.raises(NotKeptError, match="no person answered test"):
        humans_and_machines(lab.store, on="test")
    lab.data("other", 30)
    lab.answer("person-1", "other", 0.8)
    with pytest.raises(NotKeptError, match="only people answered other"):
        humans_and_machines(lab.store, on="other")


def test_one_person_who_is_always_right(lab):
    lab.data("test", 30)
    lab.answer("person-1", "test", np.ones(30, bool))
    lab.answer("cnn-a", "test", np.ones(30, bool))
    found = humans_and_machines(lab.store, on="test", draws=20)
    machine = next(row for row in rows_of(found) if row["subject"] == "cnn-a")
    assert machine["verdict"] == "cannot be told"
    assert machine["difference"].value == 0.0
    assert not machine["kappa"].defined
    assert "one person is right on 100.0 %" in found.statement


def test_consistency_among_people_is_the_ceiling(world_of_people):
    found = error_consistency(world_of_people[0].store, on="field", draws=100)
    rows = {(row["who"], row["partners"]): row for row in rows_of(found)}
    assert rows["people", "people"]["kappa"].n == 3
    assert rows["machines", "people"]["kappa"].n == 9
    assert rows["machines", "machines"]["kappa"].n == 3
    assert rows["person-1", "people"]["kappa"].n == 2
    assert found.figures[0].mark == rows["people", "people"]["kappa"].value
    assert "people" in rows["people", "people"]["kappa"].method
    assert found.figures[1].rows[:3] == ("person-1", "person-2", "person-3")
    assert "like-people errs most like people" in found.statement


def test_all_severities_of_a_change_are_averaged(world):
    store = world.store
    whole = error_consistency(store, on="mnist-test+fog", draws=20)
    parts = [error_consistency(store, on=f"mnist-test+fog@{level}", draws=0) for level in (1, 3, 5)]
    means = [rows_of(part)[0]["kappa"].value for part in parts]
    assert rows_of(whole)[0]["who"] == "machines"
    assert rows_of(whole)[0]["kappa"].value == pytest.approx(np.mean(means))
    assert "There are no people among them" in whole.statement
    assert whole.figures[0].mark == 0.0
    every = error_consistency(store, on="corruptions", draws=0)
    assert "6 conditions" in every.statement


def test_nobody_to_be_consistent_with(lab, world):
    lab.data("test", 30)
    lab.answer("cnn-a", "test", 0.8)
    with pytest.raises(NotKeptError, match="one subject finished test"):
        error_consistency(lab.store, on="test")
    with pytest.raises(NotKeptError, match="holds no shifts"):
        error_consistency(lab.store, on="corruptions")
    with pytest.raises(UnknownNameError, match="mnist-test"):
        error_consistency(world.store, on="mnist-tset")


@pytest.fixture
def conflict(lab):
    """60 pictures of the digits 0 to 9, whose textures are of the next digit; 10 have no texture's
    class of their own."""
    lab.data("shapes", 60)
    shape = np.arange(60) % 10
    texture = np.where(np.arange(60) < 50, (shape + 1) % 10, shape)
    lab.relabelled("textures", "shapes", texture)
    said = {
        "person-1": np.where(np.arange(60) < 45, shape, texture),
        "person-2": np.where(np.arange(60) < 44, shape, (shape + 5) % 10),
        "cnn-a": np.where(np.arange(60) < 10, shape, texture),
        "cnn-b": (shape + 5) % 10,
    }
    for name, classes in said.items():
        lab.say(name, "shapes", classes)
        lab.say(name, "textures", classes)
    return lab


def test_shape_bias_counts_decisions_where_the_cues_conflict(conflict):
    found = shape_bias(conflict.store, on="shapes", reference="textures")
    rows = {(row["subject"], row["class"]): row for row in rows_of(found)}
    assert rows["cnn-a", "all"]["bias"] == clopper_pearson(10, 50)
    assert rows["person-2", "all"]["bias"] == clopper_pearson(44, 44, missing=6)
    assert not rows["cnn-b", "all"]["bias"].defined
    assert (rows["people", "all"]["shape"], rows["people", "all"]["texture"]) == (89, 5)
    assert rows["people", "all"]["bias"].value == 89 / 94
    assert rows["cnn-a", "3"]["bias"].n == 5
    assert "50 pictures of shapes whose shape and texture" in found.statement
    assert "10 pictures left out" in " ".join(found.caveats)
    assert {bar.name for bar in found.figures[0].bars} == {
        "people",
        "person-1",
        "person-2",
        "cnn-a",
    }


def test_textures_may_be_named_by_metadata(conflict):
    """The same answers, kept once, with a column that says the texture of each picture."""
    store = conflict.store
    wanted = rows_of(shape_bias(store, on="shapes", reference="textures"))
    with pytest.raises(ConfigError, match="nothing says what texture the pictures of shapes have"):
        shape_bias(store, on="shapes")
    textures = conflict.examples["textures"].labels[:, 0].astype(str).tolist()
    told = replace(conflict.examples["shapes"], metadata={"texture": tuple(textures)})
    store.keep_examples(told)
    assert rows_of(shape_bias(store, on="shapes")) == wanted
    unknown = replace(told, metadata={"texture": ("felt",) * 60})
    store.keep_examples(unknown)
    with pytest.raises(NotKeptError, match="nothing is in conflict"):
        shape_bias(store, on="shapes")


def test_shape_bias_wants_one_set_of_pictures_with_two_labels(conflict):
    store = conflict.store
    conflict.data("elsewhere", 60)
    conflict.answer("cnn-a", "elsewhere", 0.5)
    with pytest.raises(ConfigError, match="do not show the same pictures"):
        shape_bias(store, on="shapes", reference="elsewhere")
    with pytest.raises(ConfigError, match="name as reference those by texture"):
        shape_bias(store, on="shapes", reference="shapes")
    conflict.relabelled("copies", "shapes", np.arange(60) % 10)
    conflict.say("cnn-a", "copies", np.zeros(60))
    with pytest.raises(NotKeptError, match="nothing is in conflict"):
        shape_bias(store, on="shapes", reference="copies")
    conflict.relabelled("unlike", "shapes", (np.arange(60) + 1) % 10)
    conflict.say("cnn-a", "unlike", (np.arange(60) + 1) % 10)
    with pytest.raises(ConfigError, match="different answers of one subject"):
        shape_bias(store, on="shapes", reference="unlike")


@pytest.mark.slow
def test_the_three_studies_agree_with_the_rehearsal_s_truth():
    store = fieldmark.rehearse("memory://humans-and-machines-truth", n=150)
    found = humans_and_machines(store, on="lab-test+fog@5", draws=20)
    rows = {row["subject"]: row for row in rows_of(found)}
    assert rows["net-m"]["verdict"] == "less accurate than people"
    biases = rows_of(shape_bias(store, on="cue-conflict-shape", reference="cue-conflict-texture"))
    people, linear = (
        next(row["bias"] for row in biases if row["subject"] == name)
        for name in ("people", "linear-a")
    )
    assert linear.high < people.low
