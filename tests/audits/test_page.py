"""The page about the audit: its example runs, and its table lists every broken defence."""

import re
from pathlib import Path

from fieldmark.audits import BROKEN

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"


def test_the_example_runs_and_prints_a_verdict(capsys):
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block
    exec(compile(block[1], str(PAGE), "exec"), {})  # the point of this test
    assert "an upper bound" in capsys.readouterr().out


def test_the_table_lists_every_broken_defence_and_what_is_broken():
    text = PAGE.read_text()
    for name, defence in BROKEN.items():
        assert f"| {name} | {defence.what} |" in text, name
    assert f"- broken, and not believed: {len(BROKEN)}" in text
