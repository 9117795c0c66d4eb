"""A surrogate × target matrix in a store: each surrogate is loaded once, whoever it is shown to."""

import numpy as np
import pytest

from fieldmark.attacks import Spatial, Transfer
from fieldmark.records import Budget, Cell, Condition, Subject
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from tests.testbed.bars import net_subject, plain_subject

BALL = Budget("linf", 0.2)


def _counted(name: str, loads: list[str]) -> Subject:
    made = net_subject(name)

    def load() -> object:
        loads.append(name)
        return made.load()

    return Subject(name, made.fingerprint, load)


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.slow
def test_a_surrogate_is_loaded_once_and_shown_to_every_target(tmp_path, bars, jobs):
    loads: list[str] = []
    condition = Condition(bars, Transfer(BALL, _counted("similar", loads)))
    targets = [net_subject("net"), plain_subject("kernel"), plain_subject("tree")]
    store = open_store(tmp_path / "store", create=True)
    run(targets, [condition], store, options=Options(jobs=jobs, attack_part=7))
    assert condition.name == "bars+mi-linf-from-similar@51/255"
    assert loads == ["similar"]
    kept = [store.read(Cell(target.name, condition.name)) for target in targets]
    for cell in kept:
        assert cell.header.status == "done"
        assert cell.header.condition.settings["surrogate"] == "similar"
        assert cell.header.condition.settings["knowledge"] == "transfer"
        wrong = cell.answers.classes[:, 0] != bars.first_labels
        assert wrong.any()
    pictures = [cell.answers.pictures for cell in kept]
    assert pictures[1] == pictures[2]  # the same examples were right at first


@pytest.mark.slow
def test_the_answers_hang_on_neither_the_company_nor_the_order(tmp_path, bars):
    condition = Condition(bars, Transfer(BALL, net_subject("similar"), method="di"))
    targets = [net_subject("net"), plain_subject("plain")]
    read = []
    for place, some in enumerate((targets, targets[::-1], targets[:1])):
        store = open_store(tmp_path / str(place), create=True)
        asked = Condition(bars, Transfer(BALL, net_subject("similar"), method="di"))
        run(some, [asked], store, options=Options(jobs=2, attack_part=5 + 4 * place))
        read.append(store.read(Cell("net", condition.name)).answers)
    for other in read[1:]:
        np.testing.assert_array_equal(other.classes, read[0].classes)
        np.testing.assert_array_equal(other.measures["distance"], read[0].measures["distance"])


def test_a_surrogate_without_gradients_is_a_record(tmp_path, bars):
    condition = Condition(bars, Transfer(BALL, plain_subject("tree")))
    store = open_store(tmp_path / "store", create=True)
    tally = run([net_subject("net")], [condition], store)
    assert tally.not_applicable == 1
    reason = store.header(Cell("net", condition.name)).reason
    assert reason == "tree gives no gradients, so it cannot be a surrogate"


def test_turns_are_kept_in_degrees(tmp_path, bars):
    condition = Condition(bars, Spatial(Budget("degrees", 60.0), draws=15))
    store = open_store(tmp_path / "store", create=True)
    run([plain_subject("plain")], [condition], store)
    assert condition.name == "bars+spatial@60"
    cell = store.read(Cell("plain", condition.name))
    assert cell.header.condition.settings["norm"] == "degrees"
    distance = cell.answers.measures["distance"]
    assert 5 < distance.max() <= 60
