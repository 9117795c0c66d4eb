"""Commands that curate: filter by errors, find copies, and ask what is left."""

import json
import re

import numpy as np
import pytest

import fieldmark as fm
from tests.datasets.duplicates.test_searching import pictures

FACTORY = """
import numpy as np


def bright():
    def scores(images):
        ink = images.mean(axis=(1, 2, 3))
        return np.stack([1 - ink, ink], axis=1).astype(np.float32)

    return scores
"""


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder of two archives and a model, and that folder is where we are."""
    monkeypatch.chdir(tmp_path)
    ours, theirs = pictures(0, 20), pictures(1, 30)
    theirs[4], theirs[9] = ours[3], ours[8][:, ::-1]
    np.savez("train.npz", images=ours, labels=np.arange(20) % 2)
    np.savez(
        "test.npz",
        images=theirs,
        labels=np.arange(30) % 2,
        camera=np.array(["a", "b", "c"])[np.arange(30) % 3],
    )
    (tmp_path / "ink.py").write_text(FACTORY)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_slices_are_asked_and_studied(fieldmark, photos):
    ended = fieldmark(
        "run",
        "--subjects",
        "python:ink:bright",
        "--conditions",
        "npz:test.npz,npz:test.npz[camera=*],npz:test.npz[camera=a|b][classes=1]+contrast@2",
        "--store",
        "s",
    )
    assert (ended.status, "5 cells answered" in ended.out) == (0, True), ended.err
    names = {cell.condition for cell in fm.open_store("s").cells()}
    assert names == {
        "test",
        "test[camera=a]",
        "test[camera=b]",
        "test[camera=c]",
        "test[camera=a|b][classes=1]+contrast@2",
    }
    ended = fieldmark("study", "slices", "s", "--on", "test", "--set", "by=camera", "--json")
    assert json.loads(ended.out)["rows"][0]["accuracy"]["n"] == 30
    ended = fieldmark("run", "--subjects", "ridge", "--conditions", "npz:test.npz[camera=z]")
    assert ended.status == 2
    assert "no example with [camera=z]; there are: a (10), b (10), c (10)" in ended.err


def test_filter_keeps_what_is_wrong_and_the_part_can_be_asked(fieldmark, photos):
    args = ("--subjects", "python:ink:bright", "--store", "s")
    fieldmark("run", *args, "--conditions", "npz:test.npz")
    (subject,) = {cell.subject for cell in fm.open_store("s").cells()}
    filtering = ("filter", "s", "--condition", "test", "--wrong-for", subject, "--name", "hard")
    ended = fieldmark(*filtering)
    assert ended.status == 0, ended.err
    kept = json.loads((photos / "hard.json").read_text())
    assert f"hard.json: {len(kept['ids'])} examples of test: those that {subject}" in ended.out
    assert "not for: the accuracy of" in ended.out
    ended = fieldmark("run", *args, "--conditions", "npz:test.npz[selection=hard]")
    assert ended.status == 0, ended.err
    rows = json.loads(fieldmark("table", "s", "--long", "--json").out)
    (row,) = [one for one in rows["rows"] if one["condition"] == "test[selection=hard]"]
    assert row["accuracy"]["value"] == 0.0
    assert any("decided which examples" in line for line in rows["caveats"])
    assert fieldmark("leaderboard", "s", "--on", "test[selection=hard]").status == 2
    for words, told in (
        (filtering[:-2], "filter needs --condition, --wrong-for and --name"),
        ((*filtering[:5], "nobody", *filtering[6:]), "no subject called 'nobody'"),
    ):
        ended = fieldmark(*words)
        assert (ended.status, told in ended.err) == (2, True), ended.err
    ended = fieldmark("run", *args, "--conditions", "npz:test.npz[selection=soft]")
    assert "cannot read the selection soft.json: No such file" in ended.err
    ended = fieldmark("run", *args, "--conditions", "npz:train.npz[selection=hard]")
    assert "the selection hard was made from test with the fingerprint" in ended.err


def test_copies_are_found_looked_at_and_left_out(fieldmark, photos):
    both = ("duplicates", "npz:train.npz", "npz:test.npz")
    ended = fieldmark(*both, "--sheet", "pairs.html", "--json")
    found = json.loads(ended.out)
    assert [row["verdict"] for row in found["rows"] if row["verdict"] != "similar"] == [
        "exact",
        "near",
    ]
    page = (photos / "pairs.html").read_text()
    keys = re.findall(r'data-key="([^"]+)"', page)
    assert keys[:2] == ["000004 | 000003", "000009 | 000008"]
    assert "https://" not in page
    said = {"kind": "fieldmark pairs 1", "verdicts": {keys[1]: "different"}}
    (photos / "verdicts.json").write_text(json.dumps(said))
    ended = fieldmark(*both, "--verdicts", "verdicts.json", "--keep", "clean.json")
    assert "People looked at one pair (1 different)." in ended.out
    assert "clean.json: 29 of 30 stay" in ended.err
    ended = fieldmark(
        "run", "--subjects", "python:ink:bright", "--store", "s", "--conditions",
        "npz:test.npz[selection=clean]",
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert fm.open_store("s").headers()[0].condition.examples.n == 29


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("npz:train.npz", "mnist-test+fog@3"), "is no data set; copies are looked for in"),
        (("npz:train.npz", "--sheet", "x.pdf"), "--sheet writes .html, not x.pdf"),
        (("npz:train.npz", "--verdicts", "none.json"), "cannot read none.json"),
        (("npz:train.npz", "--verdicts", "ink.py"), "ink.py holds no verdicts"),
        (("npz:nothing.npz",), "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_line(fieldmark, photos, words, told):
    ended = fieldmark("duplicates", *words)
    assert (ended.status, told in ended.err) == (2, True), ended.err
    assert ended.err.count("\n") == 1
