"""Sequences from the picture to the flip rate."""

import numpy as np
import pytest

import fieldmark as fm
from fieldmark.datasets import mnist_test
from fieldmark.datasets.held import held
from fieldmark.records import Condition
from fieldmark.shifts import sequence
from fieldmark.studies import flip_rate


def digits(n: int = 20):
    whole = mnist_test()
    rows = np.arange(n)
    labels = whole.first_labels[rows].copy()
    return held(whole.card, whole.classes, whole.ids[:n], labels, whole.images(rows).copy())


def steady(images):
    """The same answer, whatever it is shown."""
    return np.tile(np.eye(10, dtype=np.float32)[3], (len(images), 1))


def nervous(images):
    """Another answer for every number of bright pixels, as the hundredth part of all."""
    bright = (images > 0.5).sum(axis=(1, 2, 3)) % 10
    return np.eye(10, dtype=np.float32)[bright]


@pytest.mark.slow
def test_flip_rate_of_sequences_that_were_asked(tmp_path):
    names = ("translate-sequence", "gaussian-noise-sequence", "brightness-sequence")
    conditions = [Condition(digits(), sequence(name)) for name in names]
    subjects = [fm.subject(steady, name="steady"), fm.subject(nervous, name="nervous")]
    store = fm.run(subjects, [Condition(digits()), *conditions], str(tmp_path / "store"))
    for one in conditions:
        found = flip_rate(store, on=one.name)
        rates = {row[0]: row[2] for row in found.table.rows}
        assert rates["steady"].value == 0.0
        length = one.perturbation.length((28, 28, 1))
        bright = (one.images() > 127).sum(axis=(1, 2, 3)).reshape(20, length) % 10
        noise = "noise" in one.name
        pairs = bright[:, 1:] != (bright[:, :1] if noise else bright[:, :-1])
        assert rates["nervous"].value == float(pairs.mean())
        assert ("held against the first" in " ".join(found.caveats)) == noise
    grid = fm.accuracy_grid(store)
    assert len(grid.table.rows) == 2 * 4
    caveat = next(line for line in grid.caveats if "intervals on" in line)
    assert all(one.name in caveat for one in conditions)
    # A sequence is a kind of its own: studies of plain shifts do not stumble over it.
    assert {one.condition.kind for one in store.headers()} == {"test", "sequence"}
