"""The page of coverages is current, and the intervals keep what they promise."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def measured():
    spec = spec_from_file_location("measure_coverage", ROOT / "scripts" / "measure_coverage.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_exact_part_of_the_page_is_current(measured):
    page = ROOT / "docs" / "coverage.md"
    assert measured.exact_part() in page.read_text(), "run python scripts/measure_coverage.py"


def test_clopper_pearson_never_covers_less_than_it_says(measured):
    rows = [one for one in measured.exact_rows() if one.interval == "Clopper-Pearson"]
    assert len(rows) == 18
    assert all(one.coverage >= 0.95 for one in rows)


@pytest.mark.parametrize("name", ["Wilson", "Jeffreys", "mid-p"])
def test_the_others_hold_on_average_and_are_shorter(measured, name):
    every = {(one.interval, one.n, one.truth): one for one in measured.exact_rows()}
    for n in ("10", "100", "1,000"):
        mean = every[name, n, "any: mean"]
        assert 0.949 <= mean.coverage <= 0.97
        assert mean.width < every["Clopper-Pearson", n, "any: mean"].width
        assert every[name, n, "any: worst"].coverage < 0.95  # which is why the page has it


def test_tango_covers(measured):
    rows = [one for one in measured.exact_rows() if one.interval == "Tango"]
    assert len(rows) == 8
    assert all(one.coverage >= 0.948 for one in rows)


@pytest.mark.slow
def test_the_simulated_part_runs_and_finds_nothing_far_too_sure(measured):
    rows = list(measured.simulated_rows(0.05))
    ours = [one for one in rows if "ignored" not in one.interval and "± t" not in one.interval]
    assert len({one.interval for one in ours}) == 12
    for one in ours:
        assert one.coverage >= 0.92 - 4 * one.error, one
    ignored = [one for one in rows if "ignored" in one.interval]
    assert all(one.coverage < 0.85 for one in ignored)
