"""A run refuses to call it a measurement when labels plainly count classes in another order."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.catalog import change
from fieldmark.records import (
    Cell,
    ClassSpace,
    Condition,
    DatasetCard,
    Examples,
    fingerprint,
    imagenet_classes,
    text_order,
    titled,
)
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from tests.testbed.bars import plain_subject

K = 20
NUMBERS = tuple(str(number) for number in range(K))
TEXT = text_order(NUMBERS)


def shades(n: int = 200, classes: tuple[str, ...] = NUMBERS, labels=None) -> Examples:
    """Plain grey pictures whose shade says the class; ``labels`` are what somebody wrote down."""
    true = np.arange(n) % K
    said = true if labels is None else labels(true)
    return Examples(
        card=DatasetCard("shades", "Shades", "made here", "MIT", "drawn", "people"),
        classes=titled(ClassSpace(classes)),
        ids=tuple(f"shade-{row}" for row in range(n)),
        labels=said[:, None].astype(np.int64),
        frame=(16, 16, 1),
        decode=lambda rows: np.repeat((true[rows] * 12).astype(np.uint8), 256).reshape(
            -1, 16, 16, 1
        ),
        content=fingerprint(list(classes), said),
    )


class Eye:
    """Sees the class; counts how often it was asked, and may answer in another order."""

    def __init__(self, order=None):
        self.asked, self.order = 0, np.arange(K) if order is None else order

    def __call__(self, images):
        self.asked += len(images)
        grey = images.astype(np.float64).mean(axis=(1, 2, 3))
        grey = grey * 255 if images.dtype == np.float32 else grey
        seen = np.rint(grey / 12).astype(int).clip(0, K - 1)
        return np.eye(K, dtype=np.float32)[self.order[seen]] * 9


def kept(name, eye, shown, *, classes=(), **options):
    store = open_store(f"memory://doubting-{name}", create=True)
    subject = plain_subject("eye", eye, classes=classes)
    tally = run([subject], [Condition(shown)], store, options=Options(jobs=1, **options))
    return store, tally


MISCOUNTED = {
    "folders in the order of text": (
        {"labels": lambda true: np.argsort(TEXT)[true]},
        "labels look sorted as text, 0, 1, 10, 100, …",
    ),
    "counted from 1": (
        {"labels": lambda true: (true + 1) % K},
        "labels look counted from 1, answers from 0",
    ),
    "one too low": ({"labels": lambda true: (true - 1) % K}, "labels look one too low"),
}


@pytest.mark.parametrize("name", MISCOUNTED)
def test_miscounted_labels_are_a_failure_that_names_the_cure(name):
    spoilt, looks = MISCOUNTED[name]
    store, tally = kept(name, Eye(), shades(**spoilt))
    assert (tally.done, len(tally.failed)) == (0, 1)
    (head,) = store.headers()
    assert head.status == "failed"
    assert head.reason.startswith(f"{looks}: 100.0 % [98.2, 100.0] of 200 answers are")
    assert "?classes=NAME" in head.reason and "--trust-labels" in head.reason


def test_a_model_that_counts_in_the_order_of_text_is_told_to_name_its_classes():
    store, tally = kept("model", Eye(np.argsort(TEXT)), shades())
    assert len(tally.failed) == 1
    (head,) = store.headers()
    assert "answers look sorted as text" in head.reason
    assert "tell the model's card the classes" in head.reason
    # Told so, it is right, and nobody doubts anything.
    named = tuple(NUMBERS[place] for place in TEXT)
    _, tally = kept("model-named", Eye(np.argsort(TEXT)), shades(), classes=named)
    assert (tally.done, len(tally.failed)) == (1, 0)


@pytest.mark.slow
def test_labels_that_are_trusted_after_all_cost_no_second_asking():
    spoilt = shades(labels=lambda true: np.argsort(TEXT)[true])
    for options in ({}, {"batch": 7, "part": 21}):  # at one go, and in parts
        eye, name = Eye(), f"trust-{len(options)}"
        kept(name, eye, spoilt, **options)
        store, tally = kept(name, eye, spoilt, retry_failed=True, **options)
        assert len(tally.failed) == 1 and eye.asked == 200
        store, tally = kept(name, eye, spoilt, retry_failed=True, trust_labels=True, **options)
        assert (tally.done, len(tally.failed), eye.asked) == (1, 0, 200)
        answers = store.read(Cell("eye", "shades")).answers
        assert answers.classes[:, 0].tolist() == [row % K for row in range(200)]


def test_trusted_from_the_first_it_is_the_same_cell():
    spoilt = shades(labels=lambda true: np.argsort(TEXT)[true])
    store, tally = kept("trusted", Eye(), spoilt, trust_labels=True)
    assert tally.done == 1
    (head,) = store.headers()
    assert "trust_labels" not in head.execution


@pytest.mark.slow
def test_nobody_doubts_what_cannot_be_told():
    spoilt = {"labels": lambda true: np.argsort(TEXT)[true]}
    few = shades(n=20, **spoilt)
    named = shades(classes=tuple(f"shade {number}" for number in range(K)), **spoilt)
    filtered = shades(labels=lambda true: np.where(true < 5, (true + 1) % K, (true + 7) % K))
    for name, shown in {"few": few, "named": named, "filtered": filtered}.items():
        _, tally = kept(f"undoubted-{name}", Eye(), shown)
        assert (tally.done, len(tally.failed)) == (1, 0), name


def test_a_changed_condition_is_not_doubted():
    store = open_store("memory://doubting-changed", create=True)
    shown = Condition(shades(labels=lambda true: (true + 1) % K), change("contrast", "1"))
    tally = run([plain_subject("eye", Eye(), classes=())], [shown], store, options=Options(jobs=1))
    assert tally.done == 1


def test_wordnet_ids_in_alphabetical_order_of_words_are_found():
    ids = imagenet_classes().names[:K]
    titles = [one.lower() for one in imagenet_classes().titles[:K]]
    by_title = text_order(titles)
    shown = shades(classes=ids, labels=lambda true: np.argsort(by_title)[true])
    store, tally = kept("titles", Eye(), shown)
    assert len(tally.failed) == 1
    assert "labels look in alphabetical order of titles" in store.headers()[0].reason


def test_unlabelled_examples_are_no_evidence():
    spoilt = shades(labels=lambda true: np.argsort(TEXT)[true])
    hidden = replace(spoilt, labels=np.where(np.arange(200)[:, None] < 190, -1, spoilt.labels))
    _, tally = kept("hidden", Eye(), hidden)
    assert tally.done == 1
