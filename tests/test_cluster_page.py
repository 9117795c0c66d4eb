"""The page on clusters: its commands run, and say what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "on-a-cluster.md"


@pytest.mark.slow
def test_the_commands_of_the_page_run(tmp_path):
    commands = re.findall(r"^```sh run\n(.*?)\n```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    said = []
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "fieldmark"
        told = subprocess.run(
            [sys.executable, "-m", "fieldmark", *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stderr
        said.append(told.stdout.splitlines()[0])
    assert re.match(r"2 cells answered in .* s, 0 kept from before", said[0])
    assert re.match(r"0 cells answered in .* s, 2 kept from before", said[1])


def test_the_grid_file_of_the_page_is_read(tmp_path):
    from fieldmark.catalog import read_grid

    text = re.search(r"^```toml\n(.*?)\n```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)[1]
    start, run = text.split("[run]")
    lines = 'subjects = ["linear"]\nconditions = ["uci-digits"]'
    file = tmp_path / "grid.toml"
    file.write_text(f"{start}\n{lines}\n[run]{run}")
    grid = read_grid(file)
    assert (grid.store, grid.engine, grid.address) == ("s3://bucket/grid", "ray", "FIRST:6379")
