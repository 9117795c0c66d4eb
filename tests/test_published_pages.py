"""The pages on ImageNetV2 and on differing numbers: their commands run, on small pictures.

Nets have random weights, and what is on the pages as measured is not measured again here (see the
slow tests of loaders and replications); the commands, their options and names are what is tested.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fieldmark.cli import main
from fieldmark.records import generator, imagenet_classes
from tests.datasets.published.conftest import save

ROOT = Path(__file__).parents[1]
LABELS = (0, 1, 2, 10, 100, 207, 281, 999)


def commands(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def run(command, monkeypatch, capsys):
    """What a command prints; a script of ours is another process."""
    words = shlex.split(command)
    if words[0] == "python":
        found = subprocess.run(
            [sys.executable, ROOT / words[1], *words[2:]],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        return found.stdout
    monkeypatch.setattr(sys, "argv", words)
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    told = capsys.readouterr()
    assert not code, f"{command}\n{told.err}"
    return told.out


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with published sets in their layout, where the commands are typed."""
    wnids = imagenet_classes().names
    for number, label in enumerate(LABELS * 2):
        old, new = "imagenet-val/val", "imagenet-v2/imagenetv2-matched-frequency-format-val"
        picture = f"ILSVRC2012_val_{number + 1:08d}.JPEG"
        save(tmp_path / "sets" / old / wnids[label] / picture, seed=number, size=(30, 40))
        save(tmp_path / "sets" / new / f"{label}/{number}.jpeg", seed=50 + number, size=(30, 40))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIELDMARK_DATA_SETS", str(tmp_path / "sets"))
    return tmp_path


def published(file, rows, seed):
    """Four models' five best answers, one of which is stored worst first, as the real files are."""
    draw = generator(seed)
    labels = np.arange(rows) % 1000
    answers = {}
    for name, right in (("alexnet", 0.5), ("vgg16", 0.6), ("resnet50", 0.7), ("fv_16k", 0.3)):
        wrong = (labels[:, None] + draw.integers(1, 999, (rows, 1)) + np.arange(5)) % 1000
        wrong[wrong == labels[:, None]] = 999
        order = wrong.astype(np.uint16)
        order[draw.random(rows) < right, 0] = 0
        hit = order[:, 0] == 0
        order[hit, 0] = labels[hit]
        answers[name] = order[:, ::-1] if name == "fv_16k" and seed else order
    np.savez(file, __labels__=labels.astype(np.uint16), **answers)


@pytest.mark.slow
def test_the_commands_on_imagenetv2(place, monkeypatch, capsys):
    (place / "wnids.txt").write_text("\n".join(imagenet_classes().names))
    published(place / "imagenet-validation-original.npz", 3000, 0)
    published(place / "imagenetv2-b-33.npz", 2000, 1)
    typed = commands("evaluate-on-imagenetv2.md")
    assert len(typed) >= 9
    said = {}
    for command in typed:
        # Published weights are not there; a smaller net with random ones is.
        said[command] = run(
            command.replace("timm:resnet50.a1_in1k", "'timm:resnet18.a1_in1k?weights=none'"),
            monkeypatch,
            capsys,
        )
    framings = said[next(one for one in typed if one.endswith('cells" try'))]
    assert "shorter side 248, bicubic, centre crop 224×224, RGB" in framings
    assert "shorter side 256, bilinear, centre crop 224×224, RGB" in framings
    assert "fitted to 4 standard subjects" in said[typed[-1]]


def test_the_published_answers_need_the_repair_that_the_page_names(place, monkeypatch, capsys):
    (place / "wnids.txt").write_text("\n".join(imagenet_classes().names))
    published(place / "imagenetv2-b-33.npz", 2000, 1)
    (command,) = [one for one in commands("evaluate-on-imagenetv2.md") if "--repair" in one]
    monkeypatch.setattr(sys, "argv", shlex.split(command.replace("--repair reversed-top-k", "")))
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--repair reversed-top-k would put that right" in capsys.readouterr().err


def graph(file):
    """A net of one layer for pictures of any size: (n, 3, h, w) in [0, 1] to 1,000 scores."""
    from onnx import TensorProto, helper, numpy_helper, save

    weights = generator(0).normal(size=(3, 1000)).astype(np.float32)
    model = helper.make_model(
        helper.make_graph(
            [
                helper.make_node("ReduceMean", ["images", "axes"], ["means"], keepdims=0),
                helper.make_node("MatMul", ["means", "weights"], ["scores"]),
            ],
            "net",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, ("n", 3, "h", "w"))],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ("n", 1000))],
            [
                numpy_helper.from_array(weights, "weights"),
                numpy_helper.from_array(np.array((2, 3)), "axes"),
            ],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )
    save(model, file)


@pytest.mark.slow
def test_the_commands_on_differing_numbers(place, monkeypatch, capsys):
    pytest.importorskip("onnx")
    graph(place / "net.onnx")
    table = ["id,label,target"]
    for number, label in enumerate(LABELS * 2):
        save(place / f"nips17/images/{number:03d}.jpg", seed=number, size=(40, 40))
        table.append(f"{number:03d},{label},0")
    (place / "nips17/labels.csv").write_text("\n".join([*table, "gone,3,0"]))
    stimuli = place / "sets/texture-vs-shape/cue-conflict"
    for shape, texture in (("cat", "dog"), ("dog", "cat"), ("cat", "cat"), ("bear", "clock")):
        save(stimuli / shape / f"{shape}1-{texture}1.png", size=(40, 40))
    typed = commands("why-your-number-differs.md")
    assert len(typed) >= 9
    said = {command: run(command, monkeypatch, capsys) for command in typed}
    assert said[typed[0]].startswith("16 photographs in photos; 1 rows without a file")
    bias = said[next(one for one in typed if "study shape-bias" in one)]
    assert "3 pictures of texture-vs-shape/cue-conflict whose shape and texture" in bias

    from fieldmark.store import open_store

    kept = [open_store(name) for name in ("from-parquet", "from-shards")]
    one, other = (store.read(store.cells()[0]) for store in kept)
    assert np.array_equal(one.answers.scores, other.answers.scores)
    assert one.header.condition.fingerprint == other.header.condition.fingerprint
    framings = {header.subject.name: header.framing for header in open_store("why").headers()}
    assert framings["cropped"].shorter == 256
    assert framings["bicubic"].interpolation == "bicubic"


def test_every_page_is_in_the_table_of_contents():
    listed = set(
        re.findall(r"\]\(([a-z0-9-]+\.md)\)", (ROOT / "docs/README.md").read_text("utf-8"))
    )
    there = {one.name for one in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert listed == there
