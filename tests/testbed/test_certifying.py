"""Certifying: cells whose radii are held against the closed form of a linear model."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import fieldmark as fm
from fieldmark.catalog import change
from fieldmark.models import CallableClassifier, smoothed_subject, subject_of
from fieldmark.records import (
    NO_ANSWER,
    Cell,
    Certificate,
    ClassSpace,
    Condition,
    ConfigError,
    DatasetCard,
    Examples,
    ModelCard,
)
from fieldmark.testbed import Options

CLASSES = ClassSpace(("dark", "bright"))


def brightness(images):
    """Bright where the mean of four pixels is above one half: w = 1/4 each, so |w| = 1/2."""
    mean = images.mean(axis=(1, 2, 3))
    return np.stack([0.5 - mean, mean - 0.5], axis=1)


def examples(levels):
    pixels = np.asarray(levels, np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2)
    return Examples(
        card=DatasetCard("greys", "greys", "a test", "MIT", "made", "nothing"),
        classes=CLASSES,
        ids=tuple(f"g{i:03d}" for i in range(len(pixels))),
        labels=(np.asarray(levels) > 127).astype(np.int64)[:, None],
        frame=(2, 2, 1),
        decode=lambda rows: pixels[rows],
        content=f"greys {list(levels)}",
    )


def subject(sigma=0.25, **more):
    card = ModelCard("brightness", "function", "a test", "MIT", "none")
    base = subject_of(CallableClassifier(brightness, card))
    return smoothed_subject(base, sigma, clipped=False, **more)


def condition(levels, draws=2000, **more):
    return Condition(examples(levels), Certificate(draws, **more))


def kept(name, levels, **more):
    store = fm.run([subject()], [condition(levels, **more)], f"memory://certifying-{name}")
    (header,) = store.headers()
    assert header.condition.kind == "certificate"
    return header, store.read(header.cell).answers


def test_radii_stay_below_the_distance_to_the_boundary_and_come_near_it():
    levels = [0, 60, 100, 140, 180, 255]
    header, answers = kept("distance", levels)
    truth = np.abs(np.array(levels) / 255 - 0.5) / 0.5
    radius = answers.measures["radius"].astype(float)
    assert (radius <= truth).all()
    near = truth < 0.25 * 2  # further off than two deviations more draws would be needed
    assert (radius[near] > truth[near] - 0.06).all()
    assert header.condition.settings["selection"] == 100


def test_a_cell_holds_classes_hits_and_radii():
    _, answers = kept("measures", [0, 127, 255], draws=100)
    assert answers.classes[:, 0].tolist() == [0, NO_ANSWER, 1]
    assert answers.measures["radius"][1] == 0
    assert answers.measures["hits"][[0, 2]].tolist() == [100, 100]
    assert answers.measures["radius"][0] <= 0.25 * norm.ppf(0.001**0.01)
    np.testing.assert_allclose(answers.scores[:, 0], answers.measures["hits"] / 100)


@pytest.mark.slow
def test_an_example_s_radius_depends_on_no_other_example(tmp_path):
    """Parts, jobs and neighbours change nothing."""
    levels = list(range(0, 250, 9))
    one = fm.run([subject()], [condition(levels, 200)], "memory://certifying-parts")
    other = fm.run(
        [subject()],
        [condition(levels, 200)],
        "memory://certifying-parts-2",
        options=Options(jobs=2, part=7, batch=7),
    )
    cell = Cell("smoothed:0.25:brightness", "greys+certified-l2@200")
    a, b = (store.read(cell).answers for store in (one, other))
    np.testing.assert_array_equal(a.measures["radius"], b.measures["radius"])
    np.testing.assert_array_equal(a.classes, b.classes)


def test_who_is_not_smoothed_proves_nothing():
    card = ModelCard("plain", "function", "a test", "MIT", "none")
    plain = subject_of(CallableClassifier(brightness, card))
    store = fm.run([plain], [condition([0, 255], 10)], "memory://certifying-plain")
    (header,) = store.headers()
    assert header.status == "not applicable"
    assert "smoothed:0.25:plain" in header.reason


def test_the_catalogue_reads_both_names():
    from fieldmark.catalog import Conditions
    from fieldmark.catalog import subject as named

    assert change("certified-l2", "500") == Certificate(500)
    (made,) = Conditions().make("mnist-test+certified-l2@500")
    assert (made.name, made.kind) == ("mnist-test+certified-l2@500", "certificate")
    assert named("smoothed:0.25:linear").name == "smoothed:0.25:linear"
    assert named("smoothed:0.250:linear", name="mine").name == "mine"


@pytest.mark.parametrize("level", ["0", "-5", "many", "1e4", "9" * 12])
def test_draws_that_are_no_number_of_draws(level):
    with pytest.raises(ConfigError, match="draws"):
        change("certified-l2", level)


@pytest.mark.parametrize("place", ["linear", "0:linear", "x:linear", "nan:linear", "0.25:"])
def test_subjects_without_noise(place):
    from fieldmark.catalog import subject as named

    with pytest.raises(ConfigError, match=r"write smoothed:0\.25:cnn-small"):
        named(f"smoothed:{place}")


def test_certificates_that_cannot_be():
    with pytest.raises(ConfigError, match="selection is a whole number"):
        Certificate(10, 0)
    with pytest.raises(ConfigError, match="alpha lies between"):
        Certificate(10, 10, 0.7)


def test_the_front_door_certifies_and_goes_on_where_it_was():
    card = ModelCard("brightness", "function", "a test", "MIT", "none")
    base = subject_of(CallableClassifier(brightness, card))
    told = {"sigma": 0.25, "draws": 200, "clipped": False}
    store = fm.certify([base], examples([0, 100, 255]), "memory://certified-by-door", **told)
    kept = {head.condition.name: head for head in store.headers()}
    assert set(kept) == {"greys", "greys+certified-l2@200"}
    assert {head.subject.name for head in kept.values()} == {"smoothed:0.25:brightness"}
    again = fm.certify([base], examples([0, 100, 255]), store, **told)
    assert [head.times for head in again.headers()] == [head.times for head in store.headers()]
    with pytest.raises(ConfigError, match="is changed already"):
        fm.certify([base], "mnist-test+fog@3", store, sigma=0.25)


@pytest.mark.slow
def test_no_attack_breaks_what_is_proved_and_a_good_one_comes_near(tmp_path):
    """Certificate and attack on the very same smoothed net: the sandwich closes on the truth."""
    import torch

    from fieldmark.models import TorchClassifier
    from fieldmark.studies import sandwich

    class Brightness(torch.nn.Module):
        def forward(self, pictures):
            over = 12 * (pictures.mean(dim=(1, 2, 3)) - 0.5)
            return torch.stack([-over, over], dim=1)

    card = ModelCard("bright-net", "net", "a test", "MIT", "none")
    base = subject_of(TorchClassifier(Brightness(), card), version="1")
    # With few votes it is their noise that is attacked.
    net = smoothed_subject(base, 0.25, draws=2000, clipped=False)
    levels = [80, 100, 120, 140, 160, 175]
    asked = [condition(levels), Condition(examples(levels), change("pgd-l2", "0.3"))]
    asked.append(Condition(examples(levels), change("fab-l2", "any")))
    store = fm.run([net], asked, "memory://certified-and-attacked", options=Options(jobs=1))
    assert {head.status for head in store.headers()} == {"done"}
    found = sandwich(store, on="greys+fab-l2@any", reference="greys+certified-l2@2000")
    assert "No example was broken inside its proved radius" in found.statement
    truth = np.abs(np.array(levels) / 255 - 0.5) / 0.5
    norms = store.read(Cell(net.name, "greys+fab-l2@any")).answers.measures["distance"]
    np.testing.assert_allclose(norms, truth, atol=0.04)
    broken = store.read(Cell(net.name, "greys+pgd-l2@0.3")).answers.correct(examples(levels).labels)
    np.testing.assert_array_equal(broken, truth > 0.3)


@pytest.mark.slow
def test_votes_are_not_counted_for_classes_that_stand_for_several():
    members = ClassSpace(("night", "day"), members=(("dark",), ("bright",)), policy="merge-sum")
    grouped = replace(examples([0, 255]), classes=members)
    named = ModelCard("brightness", "function", "a test", "MIT", "none", classes=CLASSES.names)
    silent = replace(named, classes=())
    for name, card, status in (("named", named, "not applicable"), ("silent", silent, "done")):
        base = subject_of(CallableClassifier(brightness, card))
        asked = [smoothed_subject(base, 0.25, clipped=False)]
        store = fm.run(asked, [Condition(grouped, Certificate(200))], f"memory://grouped-{name}")
        (header,) = store.headers()
        assert header.status == status
        assert ("those of greys stand for several" in header.reason) == (name == "named")
