"""The command that audits: a verdict, a row for every rule, and mistakes in one line."""

import json

import pytest

MODEL = """
import torch

def plain():
    chance = torch.Generator().manual_seed(0)
    layer = torch.nn.Linear(784, 10)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(10, 784, generator=chance) / 28)
        layer.bias.zero_()
    return torch.nn.Sequential(torch.nn.Flatten(), layer)
"""

QUICK = ("--images", "12", "--queries", "20", "--draws", "5")


@pytest.fixture
def plain(tmp_path, monkeypatch):
    (tmp_path / "audited_nets.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    return "python:audited_nets:plain"


def test_it_prints_a_verdict_and_a_row_for_every_rule(fieldmark, plain):
    ended = fieldmark("audit", plain, "mnist-test+pgd-linf@0.1", *QUICK, "--json", "--code", "here")
    assert ended.status == 0, ended.err
    found = json.loads(ended.out)
    assert found["study"] == "audit"
    rows = {row["check"]: row["answer"] for row in found["rows"]}
    assert len(rows) == 42
    assert rows["K5"] == "pass"
    assert rows["K3"] == "unknown"
    assert "upper bound" in found["statement"] or "at most" in found["statement"]


def test_as_markdown(fieldmark, plain):
    ended = fieldmark("audit", plain, "mnist-test+fgsm-linf@0.1", *QUICK, "--format", "md")
    assert ended.status == 0, ended.err
    assert "| K42 |" in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mnist-test",), "an audit looks at an attacked condition"),
        (("mnist-test+fab-linf@any",), "has no budget to audit"),
        (("mnist-test+pgd-linf@0",), "has no budget to audit"),
        (("mnist-test+pgd-linf@0.1", "--claimed", "88.77"), "did you mean 0.8877"),
        (("mnist-test+pgd-linf@0.1", "--images", "0"), "wants a picture at least"),
        (("mnist-test+pgd-linf@0.1", "--twin", "nobody"), "no subject called 'nobody'"),
    ],
)
def test_mistakes_are_one_line(fieldmark, plain, words, said):
    ended = fieldmark("audit", plain, *words)
    assert ended.status == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
