"""The page on shifts: its Python runs as it stands, and it counts what there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.shifts import DIFFICULTIES, LEVELS

PAGE = (Path(__file__).parents[2] / "docs" / "shifts.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow  # it waits for torch
@pytest.mark.parametrize("block", BLOCKS)
def test_what_stands_on_the_page_runs(block):
    ended = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_names_on_the_page_are_there_at_their_levels():
    known = {*LEVELS, *DIFFICULTIES}
    for name, level in re.findall(r"(?<![-\w.])([a-z][a-z-]+-[a-z-]+|fog|flip)@([\w:.-]*\w)", PAGE):
        if name in known:
            assert level in (*LEVELS.get(name, ()), *DIFFICULTIES.get(name, ())), f"{name}@{level}"
    for name in re.findall(r"`((?:resize|gamma|jpeg|webp|[a-z]+-round)-[a-z-]+)", PAGE):
        assert name.rstrip("-") in known, name
    assert f"… {len(DIFFICULTIES)} of them" in PAGE
    assert len(known) >= 50
