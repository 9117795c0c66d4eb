"""Figures as Vega-Lite, PNG and SVG."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import altair
import numpy as np
import pytest
from jsonschema import Draft7Validator
from PIL import Image

from fieldmark.records import (
    ConfigError,
    Curves,
    Finding,
    Grid,
    Panel,
    Point,
    Scatter,
    Series,
    Square,
    Table,
    undefined,
)
from fieldmark.reports import chart, figure_png, figure_svg, write_figure
from fieldmark.reports.curves import extremes
from fieldmark.reports.heatmap import headings, lies_flat, short, squares_of, told
from fieldmark.reports.palette import FAMILY_COLOURS, GREY
from fieldmark.reports.scatter import undrawn
from fieldmark.statistics import accuracy


def rows_of(spec):
    """Every row of data anywhere in a specification."""
    if isinstance(spec, list):
        return [row for part in spec for row in rows_of(part)]
    if not isinstance(spec, dict):
        return []
    stored = [row for rows in spec.get("datasets", {}).values() for row in rows]
    inline = spec["values"] if set(spec) == {"values"} else []
    parts = [part for key, part in spec.items() if key not in ("datasets", "values")]
    return [row for row in stored + inline if isinstance(row, dict)] + rows_of(parts)


def texts_of(svg):
    return {element.text for element in ElementTree.fromstring(svg).iter() if element.text}


def proportion(share, n):
    return accuracy(np.arange(n) < round(share * n))


def test_a_scatter_holds_every_point_with_both_intervals(scatter):
    named = {row["name"]: row for row in rows_of(chart(scatter)) if "across" in row}
    assert set(named) == {point.name for point in scatter.points}
    row = named["cnn-large"]
    assert row["across"] == "98.4 % [97.4 %, 99.08 %], n = 1,000"
    assert row["x_low"] < row["x"] < row["x_high"]
    assert row["y_low"] < row["y"] < row["y_high"]


def test_a_scatter_is_labelled_in_percent_and_names_what_is_not_fitted(scatter_svg):
    texts = texts_of(scatter_svg)
    assert {"90 %", "95 %", "99 %", "50 %"} <= texts
    assert {"cnn-augmented", "cnn-adversarial-linf", "standard (in the fit)"} <= texts
    assert "cnn-large" not in texts
    assert "scattering" in texts  # the legend of families


@pytest.mark.parametrize("axis", ["linear", "probit"])
def test_a_scatter_can_have_other_axes(scatter, axis):
    texts = texts_of(figure_svg(replace(scatter, axis=axis)))
    assert {"90 %", "80 %"} <= texts


def test_points_without_a_number_are_not_drawn_but_named(attacked_scatter):
    drawn = {row["name"] for row in rows_of(chart(attacked_scatter)) if "across" in row}
    assert set(undrawn(attacked_scatter)) == {
        "knn-1",
        "knn-5",
        "svm-rbf",
        "svm-poly",
        "forest",
        "boosting",
        "scattering-linear",
    }
    assert drawn | set(undrawn(attacked_scatter)) == {p.name for p in attacked_scatter.points}


def test_a_piece_of_the_diagonal_is_always_in_sight(attacked_scatter):
    line = [row for row in rows_of(chart(attacked_scatter)) if set(row) == {"x", "y"}]
    assert len(line) == 2
    assert all(row["x"] == row["y"] for row in line)


def test_a_scatter_of_nothing_is_drawn_too():
    nothing = undefined("Wilson 95 %")
    point = Point("a", "f", nothing, nothing)
    assert "no data" in texts_of(
        figure_svg(Scatter("no data", "x", "y", (point,), None, "logit", ""))
    )


def test_families_keep_their_colours_when_told(attacked_scatter):
    families = ["scattering", "convolutional net", "linear model", "fully connected net"]
    text = json.dumps(chart(attacked_scatter, families=families))
    assert '["convolutional net", "linear model", "fully connected net"]' in text


def test_a_grid_gathers_columns_under_their_change(grid):
    found = [(heading.title, heading.levels) for heading in headings(grid)]
    assert found[:3] == [
        ("mnist-test", ("",)),
        ("uci-digits", ("",)),
        ("gaussian-noise", ("1", "2", "3", "4", "5")),
    ]
    assert found[-1] == ("pgd-l2", ("0.75", "1.5"))
    assert not lies_flat(headings(grid)[0])


def test_a_grid_prints_numbers_and_says_why_there_are_none(grid):
    squares = squares_of(grid)
    assert short(squares["cnn-large", "mnist-test"].estimate) == "98"
    lost = squares["boosting", "mnist-test+fog@5"]
    assert (short(lost.estimate), told(lost)) == ("n/a", "failed: out of memory")
    rows = {
        (row["subject"], row["condition"]): row for row in rows_of(chart(grid)) if "short" in row
    }
    assert len(rows) == len(grid.rows) * len(grid.columns)
    assert rows["knn-1", "mnist-test+pgd-l2@1.5"]["accuracy"] == "knn-1 gives no gradients"
    assert rows["knn-1", "mnist-test+pgd-l2@1.5"]["value"] is None


def test_budgets_are_printed_short_and_it_is_said(grid):
    texts = texts_of(figure_svg(grid))
    assert {"8", "16", "51", "0.75"} <= texts
    assert "Budgets are printed without their /255." in texts
    assert "8/255" not in texts


def test_a_square_that_nobody_gave_is_not_measured():
    grid = Grid("", ("a",), ("c", "d"), ("test", "test"), (Square("a", "c", None, "failed"),), "")
    assert [told(square) for square in squares_of(grid).values()] == ["failed", "not measured"]


@pytest.mark.parametrize("figure", ["scatter", "grid", "curves"])
def test_charts_hold_their_data_and_say_what_they_are(figure, request):
    drawn = request.getfixturevalue(figure)
    spec = chart(drawn)
    assert spec["description"] == f"{drawn.title}. {drawn.caption}"
    assert "url" not in json.dumps(spec)
    if figure == "curves":
        titles = [panel["title"]["text"] for panel in spec["concat"]]
        assert titles == [panel.title for panel in drawn.panels]


@pytest.fixture(scope="module")
def vega_lite():
    """The schema that Altair carries is the judge."""
    return Draft7Validator(altair.load_schema())


@pytest.mark.parametrize("figure", ["scatter", "attacked_scatter", "grid", "curves"])
def test_charts_are_valid_vega_lite(figure, request, vega_lite):
    spec = json.loads(json.dumps(chart(request.getfixturevalue(figure))))
    assert vega_lite.is_valid(spec)
    assert not vega_lite.is_valid(spec | {"title": {"texts": "no such property"}})


def test_a_point_outside_the_figure_stretches_no_axis(scatter):
    low = proportion(0.1, 1000)
    guess = Point("guess", "chance", low, low, fitted=False, shown="outside")
    with_guess = replace(scatter, points=(*scatter.points, guess))
    assert chart(with_guess) == chart(scatter)
    drawn = replace(with_guess, points=(*scatter.points, replace(guess, shown="dot")))
    assert chart(drawn) != chart(scatter)


def test_points_that_the_figure_names_have_their_name_beside_them(scatter, scatter_svg):
    named = tuple(
        replace(point, shown="named") if point.name == "ridge" else point
        for point in scatter.points
    )
    assert "ridge" not in texts_of(scatter_svg)
    assert "ridge" in texts_of(figure_svg(replace(scatter, points=named)))


def test_the_diagonal_is_labelled(scatter_svg):
    assert "y = x" in texts_of(scatter_svg)


def series(name, family, *values):
    estimates = tuple(proportion(value, 100) for value in values)
    return Series(name, family, tuple(map(float, range(len(values)))), estimates)


def test_a_panel_names_the_highest_and_the_lowest_but_not_chance():
    lines = (
        series("guess", "chance", 0.1, 0.1),
        series("a", "net", 0.9, 0.3),
        series("b", "net", 0.8, 0.3),
        series("c", "net", 0.7, 0.6),
        series("weak", "net", 0.01),  # it never reached the greatest strength
    )
    assert extremes(Panel("fog", "severity", lines)) == [
        "highest: c, 60 %",
        "lowest: a and 1 more, 30 %",
    ]
    assert extremes(Panel("fog", "severity", lines[:2])) == []
    assert extremes(Panel("fog", "severity", ())) == []


def test_chance_is_a_grey_dashed_line():
    lines = (series("guess", "chance", 0.1, 0.1), series("a", "net", 0.9, 0.3))
    svg = figure_svg(Curves("t", (Panel("fog", "severity", lines),), ""))
    strokes = {
        element.get("stroke"): element.get("stroke-dasharray")
        for element in ElementTree.fromstring(svg).iter()
        if element.get("stroke-width") in ("1.2", "2.6") and element.get("stroke-dasharray")
    }
    assert strokes[GREY] == "4,3"
    assert strokes[FAMILY_COLOURS[0]] == "1,0"


def test_a_figure_drawn_twice_is_the_same_svg(scatter, grid):
    first = figure_svg(scatter)
    assert "clip-path" in first
    assert figure_svg(grid) == figure_svg(grid)
    assert figure_svg(scatter) == first
    used = set(re.findall(r"url\(#([^)]+)\)", first))
    assert used <= set(re.findall(r' id="([^"]+)"', first))


@pytest.mark.parametrize("figure", ["scatter", "gallery"])
def test_a_png_is_twice_the_size_by_default(figure, request):
    with Image.open(io.BytesIO(figure_png(request.getfixturevalue(figure)))) as image:
        assert image.format == "PNG"
        assert image.width > 600
        assert len(image.convert("L").getcolors()) > 20


def test_a_gallery_is_no_chart_but_an_svg_with_its_pictures(gallery):
    with pytest.raises(ConfigError, match="is a gallery, not a chart: save it as PNG"):
        chart(gallery)
    assert ElementTree.fromstring(figure_svg(gallery))[0].text == gallery.title


def test_figures_are_written_and_numbered(tmp_path, findings, gallery):
    one = write_figure(findings[-1], tmp_path / "f.svg")
    assert one == (tmp_path / "f.svg",)
    both = Finding("s", "t", "w", Table((), ()), (gallery, gallery))
    assert write_figure(both, tmp_path / "g.PNG") == (tmp_path / "g-1.PNG", tmp_path / "g-2.PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.svg", "g-1.PNG", "g-2.PNG"]


def test_figures_that_cannot_be_written_are_refused(tmp_path, findings):
    with pytest.raises(ConfigError, match=r"headline has no figure to write to f\.png"):
        write_figure(findings[0], tmp_path / "f.png")
    with pytest.raises(ConfigError, match=r"written to \.png, \.svg or \.html, not to 'f\.gif'"):
        write_figure(findings[-1], tmp_path / "f.gif")
    with pytest.raises(ConfigError, match=r"cannot write .*: No such file or directory"):
        write_figure(findings[-1], tmp_path / "no" / "f.svg")


def test_importing_the_room_draws_nothing():
    heavy = "{'torch', 'altair', 'vl_convert', 'jinja2', 'PIL', 'duckdb'}"
    code = f"import sys, fieldmark.reports; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
