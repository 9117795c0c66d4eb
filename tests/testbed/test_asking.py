import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import DataError, ModelError
from fieldmark.testbed.asking import ask, best, softmax
from tests.testbed.bars import Scores, brightest, examples

BARS = examples()


def asked(classifier, **options):
    return ask(classifier, BARS.images(), BARS, list(BARS.ids), **{"batch": 7, **options})


def test_the_batch_size_changes_nothing():
    whole, small = asked(Scores("s", brightest), batch=30), asked(Scores("s", brightest), batch=4)
    np.testing.assert_array_equal(whole.classes, small.classes)
    np.testing.assert_allclose(whole.scores, small.scores, atol=1e-6)


def test_scores_are_probabilities_best_first():
    answers = asked(Scores("s", brightest))
    np.testing.assert_allclose(answers.scores.sum(axis=1), 1, rtol=1e-6)
    assert (np.diff(answers.scores, axis=1) <= 0).all()
    assert answers.correct(BARS.labels).all()


@given(st.integers(0, 2**32), st.integers(2, 9))
def test_softmax_agrees_with_its_definition_and_never_overflows(seed, k):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(4, k)).astype(np.float32)
    plain = np.exp(logits.astype(np.float64))
    np.testing.assert_allclose(softmax(logits), plain / plain.sum(1, keepdims=True), rtol=1e-5)
    np.testing.assert_allclose(softmax(logits + np.float32(5000)), softmax(logits), atol=5e-4)


def test_of_equal_scores_the_smaller_class_comes_first():
    classes, _ = best(np.zeros((2, 4), np.float32), 3)
    assert classes.tolist() == [[0, 1, 2], [0, 1, 2]]


def test_classes_in_another_order_are_answered_in_the_examples_order():
    turned = Scores("t", lambda x: brightest(x)[:, ::-1], classes=("right", "middle", "left"))
    np.testing.assert_array_equal(asked(turned).classes, asked(Scores("s", brightest)).classes)


def test_more_classes_than_the_examples_have_are_left_out_before_the_best_is_asked_for():
    def loud(images):
        return np.concatenate([brightest(images), np.full((len(images), 1), 99, np.float32)], 1)

    answers = asked(Scores("loud", loud, classes=("left", "middle", "right", "other")))
    assert answers.correct(BARS.labels).all()


def nan(images):
    scores = brightest(images)
    scores[0] = np.nan
    return scores


def broken(images):
    raise RuntimeError("no\nmemory")


@pytest.mark.parametrize(
    ("classifier", "error", "message"),
    [
        (Scores("m", nan), ModelError, "m answered with NaN or infinite scores for 1 of 7 images, "
         "first for example bars-0"),
        (Scores("m", broken), ModelError, "m raised RuntimeError: no memory"),
        (Scores("m", lambda x: brightest(x)[:, :2]), ModelError,
         "m answered with an array of shape (7, 2) for 7 images and 3 classes; expected (7, 3)"),
        (Scores("m", lambda x: brightest(x)[0]), ModelError,
         "m answered with an array of shape (3,) for 7 images and 3 classes; expected (7, 3)"),
        (Scores("m", lambda x: brightest(x).argmax(1)), ModelError,
         "m answered with an array of shape (7,)"),
        (Scores("m", lambda x: (brightest(x) * 9).astype(int)), ModelError,
         "m answered with int64 values; expected float32 scores"),
        (Scores("m", brightest, frame=(16, 16, 3)), ModelError,
         "m expects 16×16×3 images, but those of bars are 16×16×1; give the data set that size"),
        (Scores("m", brightest, classes=("left", "middle", "zebra")), DataError,
         "the examples have classes that the model does not know: right"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_one_line(classifier, error, message):
    with pytest.raises(error) as raised:
        asked(classifier)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)
