import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from fieldmark.models import CARD, WEIGHTS, Blueprint, from_trained
from fieldmark.records import ConfigError, DataError, GradientClassifier, ModelError
from fieldmark.training import Fast, Free, Pgd, Plan, Standard, Trades, Training, train
from fieldmark.training.runs import CHECKPOINT, LOOKS

NET = Blueprint("convnet", (4, 6), dropout=0.2)
BRIEF = {"epochs": 2, "batch": 40, "rate": 0.01}
DEAD = 18
"""A seed whose mlp of one unit is dead from the start, so that all pictures look alike to it."""


def wanted(objective=None, network=NET, seed=0, **plan):
    return Training(network, Plan(objective or Standard(), **{**BRIEF, **plan}), "bars", seed)


class StoppedError(Exception):
    """Somebody pulled the plug."""


def stop_at(step):
    def watch(done, total, note):
        if done == step:
            raise StoppedError

    return watch


def weights(folder):
    return load_file(folder / WEIGHTS)


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_a_trained_folder_is_a_subject(bars, tmp_path):
    told = []
    watch = lambda *words: told.append(words)  # noqa: E731
    course = wanted(epochs=8, rate=0.02)
    done = train(course, bars, tmp_path / "net", watch=watch)
    assert [one[:2] for one in told] == [(step, 48) for step in range(1, 49)]
    assert "clean" in told[-1][2]
    assert {one.name for one in (tmp_path / "net").iterdir()} == {CARD, WEIGHTS, LOOKS, ".lock"}
    subject = from_trained(tmp_path / "net")
    model = subject.load()
    assert isinstance(model, GradientClassifier)
    assert subject.name == model.card.name == done.name == "bars"
    assert model.card.classes == bars.classes.names and model.card.frame == (16, 16, 1)
    assert model.card.training.startswith("cross entropy; 8 epochs of batches of 40, adam")
    assert "(234 examples of bars)" in model.card.training
    assert model.card.parameters == sum(one.size for one in weights(tmp_path / "net").values())
    right = model(bars.images()).argmax(axis=1)[:234] == bars.first_labels[:234]
    assert right.mean() > 0.9


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bits_and_another_others(bars, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(wanted(Fast(0.1), seed=seed), bars, tmp_path / name)
    assert (tmp_path / "a" / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()
    assert (tmp_path / "a" / WEIGHTS).read_bytes() != (tmp_path / "c" / WEIGHTS).read_bytes()
    assert from_trained(tmp_path / "a").fingerprint == from_trained(tmp_path / "b").fingerprint
    assert from_trained(tmp_path / "a").fingerprint != from_trained(tmp_path / "c").fingerprint


def test_looking_changes_nothing(bars, tmp_path):
    often = train(wanted(Pgd(0.1, 2), looks=5), bars, tmp_path / "often")
    never = train(wanted(Pgd(0.1, 2), looks=0), bars, tmp_path / "never")
    assert [one.step for one in often.looks] == [5, 10, 12] and never.looks == ()
    assert_same(weights(tmp_path / "often"), weights(tmp_path / "never"))
    assert (tmp_path / "often" / LOOKS).read_text().count("\n") == 4
    again = train(wanted(Pgd(0.1, 2), looks=0), bars, tmp_path / "never", resume=True)
    assert again.looks == () and again.resumed == 12


@pytest.mark.parametrize(
    "course",
    [
        wanted(Fast(0.1), warmup=0.5, augment=True, noise=0.05),
        wanted(Free(0.1, replays=2), optimiser="sgd"),
        wanted(Trades(0.1, steps=2), optimiser="adamw", schedule="one-cycle"),
    ],
    ids=["fast", "free", "trades"],
)
@pytest.mark.parametrize("at", [1, 8])
def test_going_on_is_as_never_having_stopped(course, at, bars, tmp_path):
    train(course, bars, tmp_path / "whole")
    with pytest.raises(StoppedError):
        train(course, bars, tmp_path / "halves", every=0.0, watch=stop_at(at))
    assert (tmp_path / "halves" / CHECKPOINT).exists()
    torch.rand(5)  # the global generator is nobody's business
    done = train(course, bars, tmp_path / "halves", resume=True)
    assert done.resumed == at
    assert not (tmp_path / "halves" / CHECKPOINT).exists()
    assert_same(weights(tmp_path / "whole"), weights(tmp_path / "halves"))
    for name in (CARD, LOOKS):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "halves" / name).read_bytes()


def test_resume_begins_where_there_is_nothing_and_rests_where_all_is_done(bars, tmp_path):
    first = train(wanted(), bars, tmp_path, resume=True)
    before = (tmp_path / WEIGHTS).read_bytes()
    again = train(wanted(), bars, tmp_path, resume=True, watch=stop_at(1))
    assert (first.resumed, again.resumed) == (0, 12)
    assert again.looks == first.looks and (tmp_path / WEIGHTS).read_bytes() == before


def test_a_used_folder_is_left_alone(bars, tmp_path):
    with pytest.raises(StoppedError):
        train(wanted(), bars, tmp_path, every=0.0, watch=stop_at(2))
    with pytest.raises(ConfigError, match="a training that was stopped; go on with --resume"):
        train(wanted(), bars, tmp_path)
    with pytest.raises(ConfigError, match="of another training: epochs is 2 there and 3 here"):
        train(wanted(epochs=3), bars, tmp_path, resume=True)
    train(wanted(), bars, tmp_path, resume=True)
    with pytest.raises(ConfigError, match="holds a trained net already"):
        train(wanted(), bars, tmp_path)
    with pytest.raises(ConfigError, match="seed is 0 there and 1 here"):
        train(wanted(seed=1), bars, tmp_path, resume=True)
    with pytest.raises(ConfigError, match="of another training: data is"):
        train(wanted(), replace(bars, content="else"), tmp_path, resume=True)


def flip(content):
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 64]) + content[at + 1 :]


@pytest.mark.parametrize("damage", [flip, lambda content: content[:-40], lambda content: b""])
def test_a_damaged_checkpoint_is_never_gone_on_with(damage, bars, tmp_path):
    with pytest.raises(StoppedError):
        train(wanted(), bars, tmp_path, every=0.0, watch=stop_at(2))
    file = tmp_path / CHECKPOINT
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ModelError, match="remove it, and the training begins anew"):
        train(wanted(), bars, tmp_path, resume=True)


def test_two_trainings_do_not_share_a_folder(bars, tmp_path):
    def again(done, total, note):
        with pytest.raises(ModelError, match="another training holds"):
            train(wanted(), bars, tmp_path, resume=True)
        raise StoppedError

    with pytest.raises(StoppedError):
        train(wanted(), bars, tmp_path, watch=again)


def test_scores_that_are_no_numbers_stop_it_at_once(bars, tmp_path):
    course = wanted(optimiser="sgd", rate=1e30, schedule="constant")
    with pytest.raises(ModelError, match=r"not numbers \(step \d\); try a lower rate"):
        train(course, bars, tmp_path)


def test_naming_one_class_stops_it_or_is_written_down(bars, tmp_path):
    dull = wanted(optimiser="sgd", rate=1e-12, looks=1, network=Blueprint("mlp", (1,)), seed=DEAD)
    with pytest.raises(ModelError, match="it names one class for every image"):
        train(dull, bars, tmp_path / "stopped")
    done = train(dull, bars, tmp_path / "kept", keep_collapsed=True)
    assert "names one class" in done.collapse
    assert "names one class" in from_trained(tmp_path / "kept").load().card.training
    assert json.loads((tmp_path / "kept" / CARD).read_text())["notes"]["collapse"] == done.collapse


def test_what_cannot_be_trained_is_refused(bars, tmp_path):
    with pytest.raises(DataError, match="leaves no example of 'slanting'"):
        labels = np.where(bars.labels == 2, -1, bars.labels)
        train(wanted(), replace(bars, labels=labels), tmp_path / "a")
    with pytest.raises(ConfigError, match="halves its images 5 times, and they are 16×16"):
        train(wanted(network=Blueprint("convnet", (4,) * 5)), bars, tmp_path / "b")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match=r"cannot use .*file"):
        train(wanted(), bars, tmp_path / "file")
    with pytest.raises(ConfigError, match="a seed is a whole number"):
        wanted(seed=-1)


# A kill that nobody can catch


def command(folder, *more):
    return [
        sys.executable,
        "-m",
        "fieldmark",
        "train",
        "cnn-small",
        "mnist-train",
        *("--method", "fast", "--eps", "0.1", "--epochs", "3", "--every", "0.1", "--looks", "0"),
        "--keep-collapsed",
        *("--out", str(folder), *more),
    ]


@pytest.mark.slow
def test_killed_and_resumed_is_bit_for_bit_as_if_nothing_had_been(tmp_path):
    quiet = {"cwd": Path(__file__).parents[2], "capture_output": True, "text": True}
    assert subprocess.run(command(tmp_path / "whole"), **quiet).returncode == 0
    kills = 0
    for _ in range(2):
        process = subprocess.Popen(command(tmp_path / "killed", "--resume"), cwd=quiet["cwd"])
        file = tmp_path / "killed" / CHECKPOINT
        seen = file.stat().st_mtime_ns if file.exists() else 0
        while process.poll() is None:
            if file.exists() and file.stat().st_mtime_ns != seen:
                time.sleep(0.15)
                os.kill(process.pid, signal.SIGKILL)
                kills += process.wait() == -signal.SIGKILL
                break
            time.sleep(0.01)
    assert kills == 2, "it was killed in the middle, twice"
    assert not (tmp_path / "killed" / CARD).exists()
    ended = subprocess.run(command(tmp_path / "killed", "--resume", "--json"), **quiet)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["resumed"] > 0
    assert_same(weights(tmp_path / "whole"), weights(tmp_path / "killed"))
    assert {one.name for one in (tmp_path / "killed").iterdir()} == {CARD, WEIGHTS, ".lock"}
