"""Real digit classifiers answer the same, however many are asked at once and in what batches."""

import numpy as np
import pytest

from fieldmark.attacks import attack
from fieldmark.datasets import mnist_test, mnist_train
from fieldmark.records import Cell, Condition
from fieldmark.shifts import shift
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from fieldmark.training import digit_recipes, subject

NAMES = ("cnn-small", "mlp-small", "nearest-neighbour", "random-forest", "rbf-svm")


def conditions():
    digits = mnist_test()
    changes = (
        None,
        shift("gaussian-noise", "3"),
        attack("pgd-linf", "26/255"),
        attack("pgd-l2", "1"),
    )
    return [Condition(digits, change) for change in changes]


@pytest.mark.slow
def test_jobs_and_batches_change_no_answer(tmp_path):
    subjects = [
        subject(digit_recipes()[name], mnist_train(), cache=tmp_path / "cache") for name in NAMES
    ]
    asked = conditions()
    one, many = (
        open_store(tmp_path / name, create=True) for name in ("one at a time", "two at once")
    )
    run(subjects, asked, one, options=Options(jobs=1, batch=64))
    run(subjects, asked, many, options=Options(jobs=2, batch=250))
    assert one.cells() == many.cells()
    assert len(one.cells()) == len(NAMES) * len(asked)
    for condition in asked:
        assert one.specimens(condition.name) == many.specimens(condition.name)
        for name in NAMES:
            _refuse_difference(*(kept.read(Cell(name, condition.name)) for kept in (one, many)))


def _refuse_difference(one, other):
    where = str(one.header.cell)
    assert (one.header.status, one.header.reason) == (other.header.status, other.header.reason)
    if one.header.status != "done":
        return
    first, second = one.answers, other.answers
    assert first.pictures == second.pictures, where
    assert np.array_equal(first.classes[:, 0], second.classes[:, 0]), where
    assert np.allclose(first.scores, second.scores, rtol=0, atol=1e-5), where
    for name, values in first.measures.items():
        assert np.array_equal(values, second.measures[name]), where
