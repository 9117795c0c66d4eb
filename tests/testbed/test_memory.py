import gc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from fieldmark.models import TorchClassifier
from fieldmark.records import Cell, Condition, ModelCard, Subject
from fieldmark.testbed import Options, run
from fieldmark.testbed.memory import free_memory, in_pieces, is_out_of_memory, room_for_weights
from tests.testbed.bars import (
    CLASSES,
    brightest,
    examples,
    linear_net,
    net_subject,
    plain_subject,
)


def test_what_torch_says_when_memory_is_short_is_understood():
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(error.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_free_memory_is_less_than_there_is_and_half_of_it_is_for_weights():
    free = free_memory()
    assert 2**26 < free < 2**45
    assert room_for_weights(0.0) == pytest.approx(free / 2, rel=0.3)
    assert room_for_weights(1.5) == 3 * 2**29


def small(most: int):
    """Cannot look at more than ``most`` pictures at once."""

    def look(images):
        if len(images) > most:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 8 bytes")
        return brightest(images)

    return look


def test_halving_keeps_the_order_and_what_a_failed_try_held_is_let_go():
    held = []

    class Large:
        pass

    def look(images):
        large = Large()
        held.append(weakref.ref(large))
        assert sum(one() is not None for one in held) == 1
        return small(3)(images)

    images = examples().images()
    np.testing.assert_array_equal(in_pieces(look, images, lambda size: None), brightest(images))


def test_a_batch_that_does_not_fit_is_halved_with_the_same_results_and_recorded(store, bars):
    subjects = [plain_subject("small", small(3)), plain_subject("large")]
    run(subjects, [Condition(bars)], store, options=Options(jobs=1, batch=10, part=10))
    kept = {name: store.read(Cell(name, "bars")) for name in ("small", "large")}
    np.testing.assert_array_equal(kept["small"].answers.classes, kept["large"].answers.classes)
    np.testing.assert_allclose(kept["small"].answers.scores, kept["large"].answers.scores)
    assert kept["small"].header.execution["batch halved to"] == 3
    assert kept["small"].header.execution["batch"] == 10
    assert "batch halved to" not in kept["large"].header.execution


def test_a_batch_is_not_tried_again_once_it_did_not_fit(store):
    sizes = []

    def look(images):
        sizes.append(len(images))
        return small(2)(images)

    run([plain_subject("p", look)], [Condition(examples(n=16))], store,
        options=Options(jobs=1, batch=4, part=4))  # fmt: skip
    assert sizes == [4, 2, 2, *[2] * 6]


def test_where_one_picture_does_not_fit_the_cell_failed(store, bars):
    tally = run([plain_subject("p", small(0))], [Condition(bars)], store, options=Options(jobs=1))
    assert [head.reason for head in tally.failed] == [
        "p raised RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"
    ]


@dataclass
class Loads:
    """Who is in memory, and how many were at most."""

    alive: weakref.WeakSet
    most: int = 0

    def subject(self, name: str) -> Subject:
        card = ModelCard(name, "linear", "made here", "MIT", "by hand", classes=CLASSES)

        def load():
            gc.collect()
            net = linear_net()
            self.alive.add(net)
            self.most = max(self.most, len(self.alive))
            return TorchClassifier(net, card)

        return Subject(name, f"{name}-1", load)


@pytest.mark.slow
@pytest.mark.parametrize(("kilobytes", "most"), [(3.5, 1), (6.5, 2), (100, 5)])
def test_models_that_do_not_fit_together_are_asked_one_group_after_the_other(
    store, bars, kilobytes, most
):
    loads = Loads(weakref.WeakSet())
    conditions = [Condition(bars), Condition(examples("more", seed=1))]
    # A net of 256 × 3 weights takes 3,084 bytes.
    tally = run([loads.subject(f"s{i}") for i in range(5)], conditions, store,
                options=Options(jobs=1, memory=kilobytes / 2**20))  # fmt: skip
    assert (tally.done, tally.failed) == (10, ())
    assert loads.most == most


@pytest.mark.slow
def test_pictures_are_kept_once_though_groups_come_one_after_the_other(store, bars):
    subjects = [net_subject("one"), net_subject("two")]
    run(subjects, [Condition(bars)], store, options=Options(jobs=1, memory=1e-9))
    kept = [store.read(Cell(name, "bars")).answers for name in ("one", "two")]
    np.testing.assert_array_equal(kept[0].scores, kept[1].scores)
