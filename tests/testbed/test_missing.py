"""Broken pictures that may be missing: shown as black, searched by nobody, counted nowhere."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fieldmark.attacks import PGD
from fieldmark.datasets import folder
from fieldmark.records import Budget, Cell, Condition, DataError
from fieldmark.shifts import shift
from fieldmark.studies import accuracy_grid
from fieldmark.testbed import Options, run
from tests.testbed.bars import net_subject


@pytest.fixture
def damaged(tmp_path, bars):
    """Thirty bars in folders of their classes, three of them cut short."""
    for one, label, image in zip(bars.ids, bars.first_labels, bars.images(), strict=True):
        file = tmp_path / "bars" / bars.classes.names[label] / f"{one}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(file)
    for file in sorted((tmp_path / "bars").rglob("*.png"))[::12]:
        file.write_bytes(file.read_bytes()[:100])
    return tmp_path / "bars"


def test_a_broken_picture_stops_a_run_where_nothing_else_was_said(store, damaged):
    with pytest.raises(DataError, match=r"bars-0\.png is damaged .*\. With broken=missing such"):
        run([net_subject()], [Condition(folder(damaged))], store)


@pytest.mark.slow
def test_broken_pictures_count_as_missing_everywhere(store, damaged):
    examples = folder(damaged, broken="missing")
    attack = PGD(Budget("linf", 0.1), steps=3)
    asked = [Condition(examples, change) for change in (None, shift("contrast", 1), attack)]
    tally = run([net_subject()], asked, store, options=Options(part=10, attack_part=32))
    assert (tally.done, tally.not_applicable, tally.failed) == (3, 0, ())
    for row in accuracy_grid(store).table.rows:
        (accuracy,) = [one for one in row if hasattr(one, "missing")]
        assert (accuracy.n, accuracy.missing) == (27, 3)
    attacked = store.read(Cell("net", "bars+pgd-linf@0.1")).answers
    missing = np.isin(examples.ids, [one for one, _ in examples.broken])
    assert (attacked.measures["queries"] > 0).tolist() == (~missing).tolist()
    assert "3 broken pictures count as missing" in (
        store.header(Cell("net", "bars")).condition.examples.card.collected
    )


def test_examples_that_nobody_labelled_still_are_no_question_for_an_attack(store, damaged):
    examples = folder(damaged, broken="missing")
    labels = examples.labels.copy()
    labels[-1] = -1
    unknown = replace(examples, labels=labels)
    tally = run([net_subject()], [Condition(unknown, PGD(Budget("linf", 0.1), steps=1))], store)
    assert tally.not_applicable == 1
