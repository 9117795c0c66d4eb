"""What docs/classes.md says is so: its examples run, and its published answers give its figures."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from fieldmark.records import CLASS_MAPS, class_map, imagenet_classes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "classes.md").read_text("utf-8")
DATA = Path(os.environ.get("FIELDMARK_DATA", ROOT.parent / "shared" / "data"))
FILE = DATA / "imagenetv2" / "predictions" / "imagenetv2-b-33.npz"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
DUE = ["113 restrict ()\n", "['great white shark', 'tiger shark', 'hammerhead']\n"]


@pytest.mark.parametrize(("code", "printed"), list(zip(BLOCKS, DUE, strict=True)))
def test_the_examples_run_and_print_what_is_so(code, printed, capsys):
    exec(compile(code, "docs/classes.md", "exec"), {})
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize("name", CLASS_MAPS)
def test_every_map_is_listed_with_its_numbers(name):
    facts = CLASS_MAPS[name]
    assert f"| `{name}` | {facts.classes:,} | {facts.members:,} |" in PAGE


@pytest.mark.skipif(not FILE.exists(), reason=f"no published predictions in {DATA}")
def test_published_answers_on_the_classes_of_imagenet_r():
    with np.load(FILE) as found:
        labels, ranked = found["__labels__"].astype(int), found["resnet50"].astype(int)
    asked = np.isin(imagenet_classes().names, class_map("imagenet-r").names)
    rows = asked[labels]
    labels, ranked, inside = labels[rows], ranked[rows], asked[ranked[rows]]
    first = np.where(inside.any(1), ranked[np.arange(len(ranked)), inside.argmax(1)], -1)
    figures = (len(labels), 100 * np.mean(ranked[:, 0] == labels), 100 * np.mean(first == labels))
    assert figures == pytest.approx((2000, 68.75, 81.85))
    for told in ("2,000 images", "68.8 %", "81.9 %"):
        assert told in PAGE
