"""The page on attacks that see less: its Python runs as it stands, and its names are known."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.attacks import ATTACKS, FROM, TRANSFERS
from fieldmark.catalog import ConditionName
from fieldmark.catalog.changes import is_change
from fieldmark.records import Budget

PAGE = (Path(__file__).parents[2] / "docs" / "attacks-black-box.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow  # it waits for torch
@pytest.mark.parametrize("block", BLOCKS)
def test_what_stands_on_the_page_runs(block):
    ended = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "untargeted" in ended.stdout


def test_every_condition_on_the_page_has_a_name_that_is_known():
    named = re.findall(r"mnist-test\+[\w.-]+@[\w./]+", PAGE)
    assert len(named) >= 6
    for text in named:
        assert is_change(ConditionName.parse(text).change), text


def test_every_attack_that_sees_less_is_on_the_page():
    for name, recipe in ATTACKS.items():
        threat = recipe(Budget(recipe.norm, 0.1)).threat
        if threat.knowledge != "white-box":
            stem, _, norm = name.rpartition("-")
            known = (f"`{name}`", f"`{stem}-*`", f"`-{norm}`")
            assert any(one in PAGE for one in known), name
            assert f"{threat.queries:,}" in PAGE
    for name in TRANSFERS:
        assert f"{name}{FROM}" in PAGE or f"{name}-…" in PAGE
