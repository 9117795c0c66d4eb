"""Every study has a page: the question, the formula, the figure, an example that runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.studies import STUDIES

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "studies"
HEADINGS = [
    "## The question",
    "## The formula",
    "## How to read the figure",
    "## When not to use it",
    "## Try it",
]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def page_of(study):
    path = PAGES / f"{study}.md"
    assert path.exists(), f"docs/studies/{study}.md is missing"
    return path.read_text("utf-8")


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_has_its_headings_in_order(study):
    text = re.sub(r"^```.*?^```$", "", page_of(study), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ .*$", text, re.MULTILINE)
    assert text.startswith("# ")
    assert headings[1:] == HEADINGS


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_says_how_to_ask(study):
    text = page_of(study)
    assert len(blocks(text, "python")) == 1
    assert any("fieldmark " in block for block in blocks(text, "sh"))


@pytest.mark.parametrize("study", STUDIES)
def test_what_a_page_links_to_exists(study):
    links = [link for link in LINK.findall(page_of(study)) if "://" not in link]
    assert [link for link in links if not (PAGES / link).exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("study", STUDIES)
def test_the_example_of_a_page_runs(study, capsys):
    (code,) = blocks(page_of(study), "python")
    exec(compile(code, f"docs/studies/{study}.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip(), "an example prints what it found"


def test_the_index_names_every_page():
    linked = set(LINK.findall((PAGES / "README.md").read_text("utf-8")))
    assert {f"{study}.md" for study in STUDIES} <= linked


@pytest.mark.slow
def test_the_figures_are_as_the_studies_draw_them():
    script = ROOT / "scripts" / "draw_studies.py"
    ended = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"python scripts/draw_studies.py\n{ended.stderr}"
