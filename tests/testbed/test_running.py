import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fieldmark.attacks import PGD
from fieldmark.models import TorchClassifier
from fieldmark.records import (
    Budget,
    Cell,
    Condition,
    ConfigError,
    DataError,
    MismatchError,
    StoreBusyError,
    StoreError,
    Subject,
)
from fieldmark.shifts import shift
from fieldmark.store import open_store
from fieldmark.testbed import Options, plan, run
from fieldmark.testbed.showing import small
from tests.testbed.bars import brightest, examples, linear_net, net_subject, plain_subject

SMALL = Options(jobs=2, batch=5, part=10, attack_part=100)


def conditions(bars):
    return [
        Condition(bars),
        Condition(bars, shift("gaussian-noise", 3)),
        Condition(bars, PGD(Budget("linf", 0.1), steps=3)),
    ]


def test_a_run_fills_the_grid_and_the_next_has_nothing_to_do(store, bars):
    subjects = [net_subject(), plain_subject()]
    first = run(subjects, conditions(bars), store, options=SMALL)
    assert (first.kept, first.done, first.not_applicable, first.failed) == (0, 5, 1, ())
    again = run(subjects, conditions(bars), store, options=SMALL)
    assert (again.kept, again.done, again.not_applicable) == (6, 0, 0)
    header = store.header(Cell("plain", "bars+pgd-linf@0.1"))
    assert header.status == "not applicable"
    assert header.reason == "plain gives no gradients, pgd-linf needs them"
    assert store.read(Cell("net", "bars")).answers.correct(bars.labels).all()


def test_an_attack_lowers_accuracy_and_says_how_far_it_went(store, bars):
    run([net_subject()], conditions(bars), store, options=SMALL)
    attacked = store.read(Cell("net", "bars+pgd-linf@0.1")).answers
    assert attacked.correct(bars.labels).mean() < 1
    assert attacked.measures["distance"].max() <= 0.1 + 1e-6
    assert len(attacked.pictures) == len(bars)


def test_a_picture_is_made_once_however_many_subjects_look_at_it(store, bars):
    made = []

    def counted(rows):
        made.extend(rows.tolist())
        return bars.decode(rows)

    watched = Condition(examples_with(bars, counted))
    run([plain_subject(f"s{i}") for i in range(4)], [watched], store, options=SMALL)
    assert sorted(made) == sorted([*range(len(bars)), *range(len(bars))])  # answers and specimens


def examples_with(bars, decode):
    return replace(bars, decode=decode)


def answers(store, options, bars):
    run([net_subject(), plain_subject()], conditions(bars), store, options=options)
    return {
        head.cell: store.read(head.cell).answers
        for head in store.headers()
        if head.status == "done"
    }


def test_neither_batch_nor_jobs_change_an_answer(tmp_path, bars):
    found = [
        answers(open_store(tmp_path / str(i), create=True), options, bars)
        for i, options in enumerate(
            [SMALL, Options(jobs=1, batch=30), Options(jobs=3, batch=7, part=7, attack_part=200)]
        )
    ]
    for other in found[1:]:
        assert other.keys() == found[0].keys()
        for cell, one in other.items():
            np.testing.assert_array_equal(one.classes, found[0][cell].classes)
            np.testing.assert_allclose(one.scores, found[0][cell].scores, atol=1e-5)
            assert dict(one.pictures) == dict(found[0][cell].pictures)


def test_a_model_that_fails_is_a_record_and_the_others_go_on(store, bars):
    def broken(images):
        raise ValueError("out of luck")

    tally = run(
        [plain_subject("bad", broken), plain_subject()], [Condition(bars)], store, options=SMALL
    )
    assert [head.reason for head in tally.failed] == ["bad raised ValueError: out of luck"]
    assert store.header(Cell("plain", "bars")).status == "done"
    again = run([plain_subject("bad", broken)], [Condition(bars)], store, options=SMALL)
    assert (again.kept, len(again.failed)) == (1, 1)
    mended = run(
        [plain_subject("bad")], [Condition(bars)], store,
        options=Options(jobs=1, retry_failed=True),
    )  # fmt: skip
    assert (mended.done, mended.failed) == (1, ())


def test_a_subject_that_cannot_be_loaded_is_a_record(store, bars):
    def load():
        raise OSError("no such\nweights")

    tally = run([Subject("lost", "x", load), plain_subject()], [Condition(bars)], store)
    assert [head.reason for head in tally.failed] == [
        "lost could not be loaded: OSError: no such weights"
    ]
    assert tally.done == 1


def test_what_takes_longest_to_load_is_begun_first(store, bars):
    begun = []

    def subject(name, effort):
        plain = plain_subject(name)

        def load():
            begun.append(name)
            return plain.load()

        return Subject(name, name, load, effort)

    subjects = [subject("quick", 1.0), subject("slow", 30.0), subject("middling", 5.0)]
    run(subjects, [Condition(bars)], store, options=Options(jobs=1))
    assert begun == ["slow", "middling", "quick"]


def test_a_function_of_the_users_is_never_called_by_two_threads_at_once(store):
    inside, most = [], []

    def slow(images):
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.002)
        inside.pop()
        return brightest(images)

    run([plain_subject("slow", slow)], [Condition(examples(n=90))], store,
        options=Options(jobs=4, batch=5, part=5))  # fmt: skip
    assert max(most) == 1


def test_a_broken_image_costs_its_own_condition_and_the_others_are_asked(store, bars):
    def decode(rows):
        if (rows >= 20).any():
            raise DataError("bars/21.png is truncated; mend or remove it")
        return bars.decode(rows)

    torn = Condition(examples_with(bars, decode))
    others = [Condition(examples("before")), Condition(examples("after"))]
    with pytest.raises(
        DataError,
        match=r"^bars could not be shown: bars/21\.png is truncated; mend or remove it\. "
        "Everything else was asked and is kept",
    ):
        run([plain_subject()], [others[0], torn, others[1]], store, options=SMALL)
    assert [header.condition.name for header in store.headers()] == ["after", "before"]
    mended = run([plain_subject()], [others[0], Condition(bars), others[1]], store, options=SMALL)
    assert (mended.kept, mended.done) == (2, 1)


def test_what_was_answered_of_a_condition_before_it_broke_is_not_asked_again(store, bars):
    few = examples("few", n=30)
    asked = []

    def counting(images):
        asked.append(len(images))
        return brightest(images)

    def decode(rows):  # the specimens, then the first part, then no more
        if len(rows) < 30 and (rows >= 20).any():
            raise DataError("few/21.png is truncated")
        return few.decode(rows)

    with pytest.raises(DataError):
        run([plain_subject("p", counting)], [Condition(examples_with(few, decode))], store,
            options=Options(jobs=1, batch=10, part=10))  # fmt: skip
    assert asked == [10, 10]
    run([plain_subject("p", counting)], [Condition(few)], store,
        options=Options(jobs=1, batch=10, part=10))  # fmt: skip
    assert asked == [10, 10, 10]


def test_one_model_with_one_part_keeps_every_worker_busy(store):
    wide = replace(
        examples("wide", n=8),
        frame=(1024, 1024, 3),
        decode=lambda rows: np.zeros((len(rows), 1024, 1024, 3), np.uint8),
    )
    together = threading.Barrier(2, timeout=20)  # breaks, and the cell fails, where one comes alone

    class Net(torch.nn.Module):
        def forward(self, pictures):
            together.wait()
            return pictures.mean((1, 2)).reshape(len(pictures), -1)[:, :3]

    card = net_subject().load().card
    subject = Subject("net", "1", lambda: TorchClassifier(Net(), card))
    tally = run([subject], [Condition(wide)], store, options=Options(jobs=2, batch=4))
    assert (tally.done, tally.failed) == (1, ())


def test_a_store_that_cannot_be_written_stops_the_run(store, bars, monkeypatch):
    def full(*args):
        raise StoreError("cannot write: no space left")

    monkeypatch.setattr(type(store), "commit", full)
    with pytest.raises(StoreError, match="no space left"):
        run([plain_subject()], [Condition(bars)], store, options=SMALL)


def test_ctrl_c_keeps_what_is_in_flight_and_the_next_run_goes_on(store, bars):
    calls = []

    def stopping(images):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return brightest(images)

    with pytest.raises(KeyboardInterrupt):
        run([plain_subject("p", stopping)], [Condition(bars)], store,
            options=Options(jobs=1, batch=10, part=10))  # fmt: skip
    assert len(store.parts(Cell("p", "bars"), Condition(bars).fingerprint, "p-1")) == 2
    tally = run([plain_subject("p")], [Condition(bars)], store,
                options=Options(jobs=1, batch=10, part=10))  # fmt: skip
    assert tally.done == 1
    assert store.read(Cell("p", "bars")).answers.correct(bars.labels).all()


def test_what_was_kept_from_something_else_is_refused_and_untouched(store, bars):
    run([plain_subject()], [Condition(bars)], store)
    kept = store.read(Cell("plain", "bars"))
    other = examples(seed=1)
    with pytest.raises(MismatchError, match="made from other examples"):
        run([plain_subject()], [Condition(other)], store)
    with pytest.raises(MismatchError, match=r"other seed \(0 kept, 5 wanted\)"):
        run([plain_subject()], [Condition(bars, seed=5)], store)
    with pytest.raises(MismatchError, match="other weights or recipe of plain"):
        run([Subject("plain", "else", plain_subject().load)], [Condition(bars)], store)
    np.testing.assert_array_equal(
        store.read(Cell("plain", "bars")).answers.classes, kept.answers.classes
    )


def test_two_runs_on_one_store_at_once_are_refused(store, bars):
    with open_store(store.url).hold(), pytest.raises(StoreBusyError):
        run([plain_subject()], [Condition(bars)], store)


def test_names_must_differ_and_there_must_be_some(store, bars):
    with pytest.raises(ConfigError, match="two of the subjects are called plain"):
        plan([plain_subject(), plain_subject()], [Condition(bars)], store)
    with pytest.raises(ConfigError, match="no condition given"):
        plan([plain_subject()], [], store)


@pytest.mark.slow
def test_threads_are_given_back_as_they_were(store, bars):
    before = torch.get_num_threads()
    run([net_subject()], [Condition(bars)], store, options=SMALL)
    assert torch.get_num_threads() == before
    assert linear_net()(torch.zeros(1, 1, 16, 16)).shape == (1, 3)


@pytest.mark.slow
def test_specimens_are_the_same_for_every_condition(store, bars):
    run([net_subject()], conditions(bars), store, options=SMALL)
    clean, noisy = store.specimens("bars"), store.specimens("bars+gaussian-noise@3")
    assert clean.keys() == noisy.keys()
    assert clean != noisy


def test_what_somebody_removed_of_an_answered_condition_is_made_anew(store, bars):
    subjects = [plain_subject()]
    run(subjects, [Condition(bars)], store, options=SMALL)
    pictures = store.specimens("bars")
    for folder in ("examples", "specimens"):
        shutil.rmtree(Path(store.url) / folder)
    assert run(subjects, [Condition(bars)], store, options=SMALL).kept == 1
    again = open_store(store.url)
    assert again.specimens("bars") == pictures
    assert again.examples("bars").ids == bars.ids


@pytest.mark.parametrize("name", ["two\nlines", " spaced", "", "bell\a"])
def test_a_name_that_cannot_be_printed_is_refused(store, clean, name):
    with pytest.raises(ConfigError, match="cannot name a subject"):
        run([Subject(name, "1", plain_subject().load)], [clean], store)


def test_a_model_that_ends_the_program_ends_only_its_own_cell(store, clean):
    tally = run(
        [plain_subject("leaves", lambda images: sys.exit(3)), plain_subject()], [clean], store
    )
    assert tally.done == 1
    assert [head.reason for head in tally.failed] == ["leaves raised SystemExit: 3"]


def test_large_pictures_are_shown_small():
    from tests.testbed.bars import SIDE

    assert small(np.zeros((2, SIDE, SIDE, 1), np.uint8)).shape == (2, SIDE, SIDE, 1)
    assert small(np.zeros((2, 300, 900, 3), np.uint8)).shape == (2, 64, 192, 3)
    assert small(np.zeros((2, 900, 300, 1), np.uint8)).shape == (2, 192, 64, 1)
