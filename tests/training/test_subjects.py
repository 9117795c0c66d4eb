from dataclasses import replace

import numpy as np
import pytest

from fieldmark.records import ConfigError, DataError, GradientClassifier, ModelError
from fieldmark.training import (
    FitSettings,
    Forest,
    Guess,
    Nearest,
    Network,
    Recipe,
    Ridge,
    Svm,
    digit_recipes,
    subject,
)
from fieldmark.training.shown import shown

QUICK = FitSettings(epochs=6)
METHODS = {
    "guess": Guess(),
    "nearest": Nearest(),
    "forest": Forest(trees=10),
    "svm": Svm(),
    "ridge": Ridge(),
    "features": Ridge(features=60),
    "mlp": Network("mlp", (16,), fit=QUICK),
    "convnet": Network("convnet", (4, 6), fit=QUICK),
}
ENDINGS = {"forest": "skops", "svm": "skops", "features": "safetensors", "convnet": "safetensors"}


def recipe(method, **changes):
    return Recipe(method, "any", "as a test does", METHODS[method], **changes)


@pytest.mark.parametrize("method", METHODS)
def test_a_subject_learns_and_its_card_says_what_it_is(method, bars, tmp_path):
    made = subject(recipe(method, intervention="none"), bars, cache=tmp_path)
    model = made.load()
    scores = model(bars.images())
    assert scores.dtype == np.float32 and scores.shape == (240, 3)
    if method != "guess":
        right = scores.argmax(axis=1)[:234] == bars.first_labels[:234]
        assert right.mean() > 0.9
    assert (made.name, model.card.name) == (method, method)
    assert (model.card.classes, model.card.frame) == (bars.classes.names, (16, 16, 1))
    assert model.card.training == "as a test does (234 examples of bars)"
    assert model.card.intervention == "none"
    nets = {"ridge", "features", "mlp", "convnet"}
    assert isinstance(model, GradientClassifier) == (method in nets)
    assert (model.card.parameters > 0) == (method in nets)


@pytest.mark.parametrize("method", ENDINGS)
def test_what_was_trained_is_kept_and_read_back(method, bars, tmp_path):
    told = []
    made = subject(
        recipe(method), bars, cache=tmp_path / "new", watch=lambda *words: told.append(words)
    )
    scores = made.load()(bars.images())
    (kept,) = (tmp_path / "new").iterdir()
    assert kept.name == f"{method}-{made.fingerprint}.{ENDINGS[method]}"
    epochs = 6 if method == "convnet" else 1
    assert told == [(method, done, epochs) for done in range(1, epochs + 1)]
    content = kept.read_bytes()
    np.testing.assert_array_equal(made.load()(bars.images()), scores)
    assert len(told) == epochs  # nothing was trained a second time
    assert kept.read_bytes() == content


def flip(content):
    """The file with one bit of its middle changed, where the numbers are."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 64]) + content[at + 1 :]


@pytest.mark.parametrize("method", ["svm", "convnet"])
@pytest.mark.parametrize("damage", [flip, lambda content: content[:-40], lambda content: b""])
def test_a_damaged_file_is_made_anew(method, damage, bars, tmp_path):
    made = subject(recipe(method), bars, cache=tmp_path)
    scores = made.load()(bars.images())
    (kept,) = tmp_path.iterdir()
    good = kept.read_bytes()
    kept.write_bytes(damage(good))
    np.testing.assert_array_equal(made.load()(bars.images()), scores)
    assert kept.read_bytes() != damage(good)
    assert list(tmp_path.iterdir()) == [kept]


@pytest.mark.parametrize("method", ["svm", "features"])
def test_a_file_of_another_recipe_is_not_taken_for_this_one(method, bars, tmp_path):
    one = subject(recipe(method), bars, cache=tmp_path)
    other = subject(recipe(method, share=0.5), bars, cache=tmp_path)
    one.load()
    scores = other.load()(bars.images())
    name = f"{method}-{{}}.{ENDINGS[method]}"
    moved = (tmp_path / name.format(one.fingerprint)).read_bytes()
    (tmp_path / name.format(other.fingerprint)).write_bytes(moved)
    np.testing.assert_array_equal(other.load()(bars.images()), scores)


def test_a_cache_that_cannot_be_written_is_said(bars, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(ModelError, match=r"cannot keep .*features-\w+\.safetensors: "):
        subject(recipe("features"), bars, cache=tmp_path / "taken").load()


def test_the_fingerprint_is_of_what_decides_the_answers(bars, tmp_path):
    def mark(recipe, examples=bars):
        return subject(recipe, examples, cache=tmp_path).fingerprint

    plain = recipe("mlp")
    assert mark(plain) == mark(replace(plain, name="other", training="better words"))
    others = [
        replace(plain, seed=1),
        replace(plain, share=0.5),
        replace(plain, method=Network("mlp", (17,), fit=QUICK)),
        replace(plain, method=Network("mlp", (16,), fit=FitSettings(epochs=7))),
        recipe("ridge"),
    ]
    marks = {mark(other) for other in others} | {mark(plain, replace(bars, content="else"))}
    assert len(marks | {mark(plain)}) == 7
    assert mark(recipe("guess")) != mark(recipe("nearest"))  # neither has a setting


def test_a_share_is_of_each_class_alike_and_smaller_ones_lie_within(bars):
    half, quarter = shown(bars, 0.5), shown(bars, 0.25)
    assert np.bincount(half.labels).tolist() == [39, 39, 39]
    assert np.bincount(quarter.labels).tolist() == [20, 20, 20]
    within = {picture.tobytes() for picture in half.images}
    assert all(picture.tobytes() in within for picture in quarter.images)


def test_a_class_without_examples_cannot_be_learnt(bars, tmp_path):
    labels = np.where(bars.labels == 2, -1, bars.labels)
    made = subject(recipe("nearest"), replace(bars, labels=labels), cache=tmp_path)
    with pytest.raises(DataError, match="bars leaves no example of 'slanting' to train on"):
        made.load()


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 1.5}, {"seed": -1}])
def test_a_recipe_out_of_range_is_refused(wrong):
    with pytest.raises(ConfigError, match=r"share must be in \(0, 1\] and seed >= 0"):
        recipe("mlp", **wrong)


def test_a_net_of_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="not a 'transformer'"):
        Network("transformer", (1,))


def test_the_digits_recipes_differ_and_vary_one_thing_at_a_time():
    recipes = digit_recipes()
    assert len(recipes) == 18
    assert len({one.fingerprint("") for one in recipes.values()}) == 18
    assert all(name == one.name for name, one in recipes.items())
    mended = {one.intervention for one in recipes.values()}
    assert mended == {"", "augmentation", "Gaussian noise", "adversarial training"}
    medium = recipes["cnn-medium"].method.sizes
    twins = [one for name, one in recipes.items() if name.startswith("cnn-medium-")]
    assert len(twins) == 6 and all(one.method.sizes == medium for one in twins)
