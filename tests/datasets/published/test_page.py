"""The page of cards is written from the cards."""

import subprocess
import sys
from pathlib import Path

import pytest

from fieldmark.datasets import PUBLISHED, published_facts, published_lines

ROOT = Path(__file__).parents[3]


def test_the_page_is_current():
    script = ROOT / "scripts" / "write_data_sets.py"
    ended = subprocess.run([sys.executable, str(script), "--check"], cwd=ROOT)
    assert ended.returncode == 0, "python scripts/write_data_sets.py, and look at what changed"


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_card_in_words_and_for_programs(name):
    found = PUBLISHED[name]
    known = published_facts(found, tuple(found.parts)[:1])
    assert len(known["parts"]) == len(found.parts)
    assert all(one["checksum"] for one in known["downloads"])
    text = "\n".join(published_lines(found, tuple(found.parts)[:1]))
    assert found.licence in text
    assert all(trap in text for trap in found.traps)
    assert all(one.url in text for one in found.downloads)
    assert f"On this machine: {'yes' if len(found.parts) == 1 else '1 of'}" in text
    assert "On this machine: no" in "\n".join(published_lines(found, ()))
