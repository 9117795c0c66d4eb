"""The order probe: published answers with their labels miscounted, and what it must not call."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import ClassSpace, DataError, imagenet_classes, reorderings, text_order
from fieldmark.statistics import clopper_pearson, mcnemar, order_probe

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("FIELDMARK_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "imagenetv2" / "predictions" / "imagenetv2-b-33.npz"
TWELVE = {"text": text_order([str(number) for number in range(12)])}
IMAGENET = {one.name: one.meant for one in reorderings(imagenet_classes())}


@pytest.fixture(scope="module")
def published():
    """(answers of three models, labels) on ImageNetV2 matched-frequency, as published."""
    if not FILE.exists():
        pytest.skip(f"no published predictions in {DATA}")
    with np.load(FILE) as found:
        answers = {one: found[one][:, 0].astype(np.int64) for one in ("resnet50", "fv_4k")}
        return answers, found["__labels__"].astype(np.int64)


def miscounted(labels, meant):
    """What somebody writes down who means by i the class meant[i]."""
    return np.argsort(meant)[labels][:, None]


class TestPublishedAnswers:
    def test_as_published_nothing_is_called(self, published):
        answers, labels = published
        for best in answers.values():
            probe = order_probe(best, labels[:, None], IMAGENET)
            assert probe.call == "as labelled" and probe.first is None
        assert probe.given.n == 10_000 and probe.needed == 24

    @pytest.mark.parametrize("name", IMAGENET)
    @pytest.mark.parametrize("model", ["resnet50", "fv_4k"])
    def test_every_mistake_is_called_by_its_name(self, published, name, model):
        answers, labels = published
        probe = order_probe(answers[model], miscounted(labels, IMAGENET[name]), IMAGENET)
        assert probe.call == "another order" and probe.first.name == name
        due = {"resnet50": 0.6333, "fv_4k": 0.1496}[model]
        assert probe.first.right.value == pytest.approx(due)
        assert probe.given.value < 0.02 and probe.first.p < 1e-100

    @pytest.mark.parametrize(("n", "called"), [(10, 0), (20, 0), (100, 30), (1000, 30)])
    def test_it_needs_examples_and_few_of_them(self, published, n, called):
        answers, labels = published
        rng = np.random.default_rng(n)
        right = wrong = 0
        for _ in range(30):
            rows = rng.choice(len(labels), n, replace=False)
            best = answers["resnet50"][rows]
            wrong += order_probe(best, labels[rows][:, None], IMAGENET).call == "another order"
            spoilt = miscounted(labels[rows], IMAGENET["text-sorted"])
            found = order_probe(best, spoilt, IMAGENET)
            right += found.call == "another order"
            assert (found.call == "too few") == (n < found.needed)
        assert (right, wrong) == (called, 0)

    def test_pictures_that_the_model_gets_wrong_are_not_a_mistake_of_counting(self, published):
        answers, labels = published
        best = answers["resnet50"]
        missed = best != labels
        probe = order_probe(best[missed], labels[missed][:, None], IMAGENET)
        assert probe.given.value == 0
        assert probe.call == "doubtful"  # the next class is of the same kind, and not never right
        assert probe.first.p < 1e-30 and probe.first.agreeing < 0.1


@given(st.integers(0, 2**32))
def test_answers_at_random_are_never_called(seed):
    rng = np.random.default_rng(seed)
    best, labels = rng.integers(0, 12, 300), rng.integers(0, 12, (300, 1))
    assert order_probe(best, labels, TWELVE).call == "as labelled"


@given(st.integers(0, 2**32))
def test_its_numbers_are_those_of_the_tests_it_names(seed):
    rng = np.random.default_rng(seed)
    best, labels = rng.integers(0, 12, 50), rng.integers(-1, 12, (50, 1))
    probe = order_probe(best, labels, TWELVE)
    there = labels[:, 0] >= 0
    now, then = best == labels[:, 0], best == np.where(there, TWELVE["text"][labels[:, 0]], -9)
    n = int(there.sum())
    assert probe.given == clopper_pearson(int(now.sum()), n, missing=50 - n)
    assert probe.tests[0].p == pytest.approx(mcnemar(then & there, now, labelled=there).p_exact)
    assert probe.tests[0].right.value == pytest.approx(then[there].mean())


@pytest.mark.parametrize("k", [3, 5, 7])
def test_among_few_classes_no_order_is_called(k):
    labels = np.arange(400) % k
    up = {one.name: one.meant for one in reorderings(ClassSpace(tuple("abcdefgh"[:k])))}
    assert order_probe((labels - 1) % k, labels[:, None], up).call == "too few"


def test_ten_digits_counted_from_1_are_called():
    digits = ClassSpace(tuple("0123456789"))
    labels = np.arange(400) % 10
    orders = {one.name: one.meant for one in reorderings(digits)}
    best = np.where(np.arange(400) % 3 == 0, 0, (labels - 1) % 10)  # and a third of it is nonsense
    assert order_probe(best, labels[:, None], orders).first.name == "labels-one-up"


def test_tens_of_thousands_of_classes_take_no_table_of_all_pairs():
    many = ClassSpace(tuple(str(number) for number in range(22_000)))
    labels = np.random.default_rng(0).integers(0, 22_000, 500)
    orders = {one.name: one.meant for one in reorderings(many)}
    probe = order_probe(orders["text-sorted"][labels], labels[:, None], orders)
    assert probe.first.name == "text-sorted"


def test_an_example_belongs_to_its_first_label_wherever_the_padding_stands():
    labels = np.arange(240) % 12
    padded = np.stack([np.full(240, -1), labels], axis=1)
    text = TWELVE["text"]
    assert order_probe(text[labels], padded, TWELVE).tests[0].agreeing == 1.0


def test_no_answer_is_wrong_in_every_order():
    labels = np.arange(240)[:, None] % 12
    probe = order_probe(np.full(240, 65535), labels, TWELVE)
    assert probe.call == "as labelled"
    assert probe.given.value == probe.tests[0].right.value == 0


def test_what_does_not_belong_together_is_refused():
    with pytest.raises(DataError, match="3 answers cannot be held against 2 labels"):
        order_probe(np.zeros(3, np.int64), np.zeros((2, 1), np.int64), TWELVE)
    with pytest.raises(DataError, match=r"orders of \[12\] classes cannot explain a label 12"):
        order_probe(np.zeros(1, np.int64), np.array([[12]]), TWELVE)


def test_reorderings_are_permutations_that_change_something_and_differ():
    for space in (imagenet_classes(), ClassSpace(("b", "a", "c")), ClassSpace(tuple("0123456789"))):
        found = reorderings(space)
        for one in found:
            assert sorted(one.meant.tolist()) == list(range(len(space)))
        distinct = {tuple(one.meant.tolist()) for one in found} | {tuple(range(len(space)))}
        assert len(distinct) == len(found) + 1
