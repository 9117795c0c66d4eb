"""Findings as text, Markdown, CSV and JSON."""

import csv
import io
import json
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldmark.records import Column, ConfigError, Estimate, Finding, Table, undefined
from fieldmark.reports import csv_of, plain, render
from fieldmark.reports.tables import words

METHOD = "Clopper-Pearson 95 %"
COLUMNS = (Column("subject", "Subject", ""), Column("accuracy", "Accuracy", "Share right."))


def of(*rows, columns=COLUMNS, caveats=()):
    return Finding("study", "How good?", "So good.", Table(columns, rows), caveats=caveats)


def half(n=100, missing=0):
    return Estimate(0.5, 0.398, 0.602, n=n, method=METHOD, missing=missing)


def sheet(table):
    return list(csv.reader(io.StringIO(csv_of(table))))


def test_an_equal_n_is_said_once_under_the_table():
    text = render(of(("a", half()), ("b", half())))
    assert text.count("n = 100") == 1
    assert f"Accuracy: Share right; n = 100; interval: {METHOD}." in text


def test_an_n_that_differs_gets_a_column():
    lines = render(of(("a", half(1000)), ("b", half(40, missing=2)))).splitlines()
    assert any(line.split() == ["Subject", "Accuracy", "n"] for line in lines)
    assert any(line.endswith("0.500 [0.398, 0.602]  40 (2 missing)") for line in lines)


def test_columns_of_text_line_up():
    lines = render(of(("a", half()), ("a longer name", undefined(METHOD, n=100)))).splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("Subject"))
    assert len({len(line) for line in lines[head : head + 4]}) == 1


def test_undefined_is_never_nought():
    finding = of(("a", undefined(METHOD, missing=3)))
    assert "undefined" in render(finding)
    assert sheet(finding.table)[1] == ["a", "", "", "", "0", "3", METHOD]
    row = json.loads(render(finding, "json"))["rows"][0]["accuracy"]
    assert (row["value"], row["low"], row["high"], row["n"], row["missing"]) == (
        None,
        None,
        None,
        0,
        3,
    )


def test_numbers_without_a_finite_value_are_null_in_json():
    finding = of(("a", nan), ("b", inf))
    rows = json.loads(render(finding, "json"))["rows"]
    assert [row["accuracy"] for row in rows] == [None, None]


def test_markdown_shows_names_as_they_are():
    text = render(of(("a|b <script>*x*_y_", half())), "md")
    row = next(line for line in text.splitlines() if "script" in line)
    assert r"a\|b &lt;script>\*x\*\_y\_" in row
    assert row.replace(r"\|", "").count("|") == 3


def test_markdown_has_one_bar_more_than_columns_in_every_row(findings):
    for finding in findings:
        table = [line for line in render(finding, "md").splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in table}) == 1


def test_caveats_are_told():
    finding = of(("a", half()), caveats=("Only digits.",))
    assert "  - Only digits." in render(finding)
    assert "- Only digits." in render(finding, "md")
    assert json.loads(render(finding, "json"))["caveats"] == ["Only digits."]


def test_csv_spreads_an_estimate_over_columns():
    header, row, none = sheet(of(("a", half(missing=1)), ("b", None)).table)
    parts = ("low", "high", "n", "missing", "method")
    assert header == ["subject", "accuracy", *(f"accuracy_{part}" for part in parts)]
    assert row == ["a", "0.5", "0.398", "0.602", "100", "1", METHOD]
    assert none == ["b", *[""] * 6]


@pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@sum", "\tx"])
def test_a_spreadsheet_takes_no_name_for_a_formula(name):
    assert sheet(of((name, half())).table)[1][0] == f"'{name}"


def test_negative_numbers_are_no_formulas():
    assert sheet(of(("a", -0.25)).table)[1][1] == "-0.25"


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30).map(lambda t: "x" + t))
def test_every_name_survives_csv_and_json(name):
    finding = of((name.replace("\r", ""), 0.5))
    assert sheet(finding.table)[1][0] == finding.table.rows[0][0]
    assert json.loads(render(finding, "json"))["rows"][0]["subject"] == finding.table.rows[0][0]


@given(st.floats(-1, 1))
def test_a_printed_number_is_the_number(value):
    printed = float(plain(value).replace("−", "-"))
    assert printed == pytest.approx(value, abs=0.0005 + 1e-12)
    assert (printed == 0) == (value == 0)


def test_values_of_every_kind_are_words():
    values = (None, "a", True, 1797, 0.25, nan, half(), undefined(METHOD), -inf)
    assert [plain(value) for value in values] == [
        *("", "a", "yes", "1,797", "0.250", "undefined"),
        *("0.500 [0.398, 0.602]", "undefined", "−∞"),
    ]


def test_columns_of_places_have_no_decimals_and_shares_keep_theirs():
    def column(*values):
        ends = [Estimate(*map(float, one), n=9, method=METHOD) for one in values]
        table = of(*((f"m{row}", one) for row, one in enumerate(ends))).table
        return [row[1] for row in words(table).rows]

    assert column((1, 1, 2), (12, 9, 1204)) == ["1 [1, 2]", "12 [9, 1,204]"]
    assert column((0, -1, 1), (-2, -3, 0)) == ["0 [−1, 1]", "−2 [−3, 0]"]
    assert column((1, 1, 2), (nan, nan, nan), (2, nan, nan)) == ["1 [1, 2]", "undefined", "2"]
    # One half place among them, and all have decimals; a share that happens to be 1 keeps its own.
    assert column((1, 1, 2), (2.5, 2, 3)) == ["1.000 [1.000, 2.000]", "2.500 [2.000, 3.000]"]
    assert column((1, 0, 1), (0, 0, 1)) == ["1.000 [0.000, 1.000]", "0.000 [0.000, 1.000]"]


def test_an_interval_that_is_not_known_is_not_printed():
    assert plain(Estimate(0.5, nan, nan, n=3, method="")) == "0.500"


def test_an_unknown_format_is_refused():
    with pytest.raises(ConfigError, match="no format 'xml'; there are text, md, csv, json"):
        render(of(), "xml")


def test_json_is_complete(findings):
    for finding in findings:
        told = json.loads(render(finding, "json"))
        assert len(told["rows"]) == len(finding.table.rows)
        assert [figure["title"] for figure in told["figures"]] == [f.title for f in finding.figures]
