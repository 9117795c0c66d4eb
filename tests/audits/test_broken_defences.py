"""Every broken defence is caught, by the rule that should; honest nets are not accused."""

import numpy as np
import pytest
import torch

from fieldmark.audits import BROKEN, RULES, broken
from fieldmark.records import UnknownNameError
from tests.audits.conftest import dressed

SAME = ("noisy-gradient", "nan-gradient", "detached", "scaled-logits", "probabilities")
"""Defences that never change what the net answers."""

NEARLY = ("thermometer", "quantised-activations", "top-hat", "shattered", "test-time-optimisation")


def test_there_are_ten_at_least_and_every_rule_named_exists():
    assert len(BROKEN) >= 10
    for name, defence in BROKEN.items():
        assert set(defence.caught_by) <= set(RULES), name
        assert defence.what


def test_an_unknown_name_is_told_the_near_one():
    with pytest.raises(UnknownNameError, match="Did you mean stateful"):
        broken("statefull", torch.nn.Identity())


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_defence_answers_nearly_as_the_net_inside(name, honest, pictures):
    tensor = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    with torch.no_grad():
        bare = honest(tensor).argmax(dim=1)
        with_it = broken(name, honest).eval()(tensor).argmax(dim=1)
    agree = float((bare == with_it).float().mean())
    assert agree == 1 if name in SAME else agree >= 0.6, agree


@pytest.mark.parametrize("name", NEARLY)
def test_what_fools_the_net_inside_fools_the_defence(name, honest, worst):
    """The truth is known: a defence that answers like the net is as fragile as the net."""
    images, labels = worst
    answers = dressed(broken(name, honest))(images).argmax(axis=1)
    assert (answers == labels).mean() < 0.3


def test_a_quick_look_catches_what_is_scaled(audited):
    found = audited("scaled-logits", images=12)
    assert found.kind == "do not believe"
    assert "K35" in found.keys("fail")


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_every_one_is_caught_by_a_rule_that_should(name, audited):
    found = audited(name)
    assert found.kind == "do not believe"
    assert set(found.keys("fail")) & set(BROKEN[name].caught_by), found.keys("fail")
    assert found.verdict.startswith("Do not believe this evaluation: ")


@pytest.mark.slow
def test_the_honest_net_is_not_accused(audited):
    found = audited(images=30)
    assert found.kind == "nothing found", found.keys("fail")
    assert found.accuracy.value < 0.05
    assert np.array(found.evidence.answering.right).mean() > 0.8
