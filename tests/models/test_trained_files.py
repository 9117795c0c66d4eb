import json

import numpy as np
import pytest
import torch

from fieldmark.models import CARD, WEIGHTS, Blueprint, TorchClassifier, from_trained, trained_files
from fieldmark.records import ModelCard, ModelError

NET = Blueprint("mlp", (8,))
CLASSES = ("a", "b", "c")


def module(seed=0):
    return NET.build((6, 6, 1), 3, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def folder(tmp_path):
    card = ModelCard("small", "nets", "you", "MIT", "none", CLASSES, (6, 6, 1), 320)
    for name, content in trained_files(module(), NET, card, {"seed": 0}).items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def edit(folder, change):
    said = json.loads((folder / CARD).read_text())
    change(said)
    (folder / CARD).write_text(json.dumps(said))


def test_what_was_written_is_read(folder):
    subject = from_trained(folder)
    model = subject.load()
    images = np.arange(2 * 36, dtype=np.uint8).reshape(2, 6, 6, 1)
    np.testing.assert_array_equal(model(images), TorchClassifier(module(), model.card)(images))
    assert (subject.name, model.card.parameters, model.card.classes) == ("small", 323, CLASSES)
    assert not model.module.training


def test_the_fingerprint_is_of_net_and_weights(folder, tmp_path_factory):
    first = from_trained(folder).fingerprint
    edit(folder, lambda said: said["card"].update(training="other words"))
    assert from_trained(folder).fingerprint == first
    other = tmp_path_factory.mktemp("other")
    card = ModelCard("small", "nets", "you", "MIT", "none", CLASSES, (6, 6, 1))
    for name, content in trained_files(module(1), NET, card, {}).items():
        (other / name).write_bytes(content)
    assert from_trained(other).fingerprint != first


def flip(content):
    return content[:-3] + bytes([content[-3] ^ 64]) + content[-2:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (flip, "does not hold the weights that card.json tells of"),
        (lambda content: content[:-40], "weights.safetensors is damaged"),
        (lambda content: b"", "weights.safetensors is damaged"),
    ],
)
def test_damaged_weights_are_refused(damage, message, folder):
    file = folder / WEIGHTS
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ModelError, match=message):
        from_trained(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda said: said.update(format=2), "is of format 2, and 1 is known here"),
        (lambda said: said.pop("card"), "card.json is damaged: KeyError"),
        (lambda said: said["card"].update(colour="red"), "card.json is damaged: TypeError"),
        (lambda said: said["card"].update(frame=[6, 6]), "frame and classes"),
        (lambda said: said["card"].update(frame="abc"), "card.json is damaged: ValueError"),
        (lambda said: said["card"].update(name=""), "lacks its name"),
        (lambda said: said["network"].update(kind="zoo"), "a net is one of"),
        (lambda said: said["network"].update(sizes=[0]), "whole numbers above 0"),
        (lambda said: said["network"].update(sizes=8), "card.json is damaged: TypeError"),
    ],
)
def test_a_damaged_card_is_refused(change, message, folder):
    edit(folder, change)
    with pytest.raises(ModelError, match=message):
        from_trained(folder)


def test_weights_of_another_net_are_refused(folder):
    edit(folder, lambda said: said["network"].update(sizes=[9]))
    with pytest.raises(ModelError, match=r"are not those of the net that card.json tells of"):
        from_trained(folder).load()


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(ModelError, match=r"card.json is missing; `fieldmark train` makes one"):
        from_trained(tmp_path / "nowhere")
    (tmp_path / CARD).write_text("{")
    with pytest.raises(ModelError, match=r"card.json is damaged: JSONDecodeError"):
        from_trained(tmp_path)
    (tmp_path / CARD).write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="cannot read"):
        from_trained(tmp_path)
