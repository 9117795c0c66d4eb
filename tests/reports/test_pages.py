"""The page: one file, complete, safe, and drawn without a network."""

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from urllib.parse import unquote

import pytest

from fieldmark.records import (
    Bar,
    Column,
    Estimate,
    Finding,
    Forest,
    Gallery,
    Grid,
    Histogram,
    Lines,
    Matrix,
    Picture,
    Point,
    Scatter,
    Square,
    Table,
    Track,
)
from fieldmark.reports import page
from fieldmark.reports.outline import large_numbers

EVIL = "</script><script>alert(1)</script>"
VOID = {"meta", "img", "br", "link", "input"}


class Reader(HTMLParser):
    """What a browser would find: tags in their order, ids, script texts; and is it nested well?"""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.scripts, self.attributes = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data

    def named(self, name):
        return [value[name] for _, value in self.attributes if name in value]


@pytest.fixture(scope="module")
def read(text):
    return Reader(text)


def test_the_page_is_well_formed(read):
    assert read.open == []
    ids = read.named("id")
    assert len(ids) == len(set(ids))


def test_headings_come_in_order(read):
    levels = [int(tag[1]) for tag in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_link_leads_somewhere_on_the_page(read):
    targets = [link for link in read.named("href") if link.startswith("#")]
    assert len(targets) >= 7
    assert {target[1:] for target in targets} <= set(read.named("id"))


def test_nothing_is_fetched_and_only_our_scripts_run(read):
    sources = read.named("src") + read.named("href")
    assert all(source.startswith(("#", "data:")) for source in sources)
    policy = next(v["content"] for _, v in read.attributes if "http-equiv" in v)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    for script in read.scripts[1:]:
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_each_chart_of_the_page_has_its_specification(read):
    specs = json.loads(read.scripts[0])["specs"]
    assert set(read.named("data-chart")) == set(specs)
    assert len(specs) == 3 + 10  # three scatters, ten panels


def test_findings_of_one_study_are_chosen_among(read):
    values = [v["value"] for tag, v in read.attributes if tag == "option"]
    assert len(values) == 3
    assert set(values) <= set(read.named("id"))


def test_caveats_are_merged(text):
    part = text[text.index('<ul class="caveats">') :]
    assert part.count("nothing here is about photographs") == 1
    assert "One more thing." in part


def test_the_grid_has_a_cell_for_every_pair(read, grid):
    squares = [v for tag, v in read.attributes if tag == "td" and "data-tip" in v]
    assert len(squares) == len(grid.rows) * len(grid.columns)
    assert "knn-1 gives no gradients" in read.named("data-tip")


def test_the_grid_has_room_for_its_longest_name_and_tells_all(read, grid):
    longest = max(map(len, grid.rows))
    style = next(v["style"] for tag, v in read.attributes if v.get("class") == "heat")
    assert f"--letters: {longest}" in style
    rows = [v["title"] for tag, v in read.attributes if tag == "th" and "title" in v]
    assert rows == list(grid.rows)


def test_every_table_can_be_saved_as_csv(read):
    links = [v for tag, v in read.attributes if tag == "a" and "download" in v]
    assert len(links) == read.tags.count("details")
    heads = unquote(links[0]["href"].removeprefix("data:text/csv;charset=utf-8,")).splitlines()[0]
    assert heads.startswith("condition,quantity,unit,about,estimate,estimate_low")


def test_pictures_say_what_they_show(read, gallery):
    alts = [v["alt"] for tag, v in read.attributes if tag == "img"]
    assert len(alts) == len(gallery.pictures)
    assert alts[0].startswith("mnist-test+gaussian-noise@1, label 0")


def test_what_cannot_be_drawn_is_named(text):
    assert "Not drawn, because undefined: knn-1, knn-5" in text


def test_names_cannot_break_out_of_the_page(gallery):
    half = Estimate(0.5, 0.4, 0.6, n=100, method=EVIL)
    figures = (
        Scatter(
            EVIL, EVIL, EVIL, (Point(EVIL, EVIL, half, half, False, EVIL),), None, "logit", EVIL
        ),
        Grid(EVIL, (EVIL,), (EVIL,), (EVIL,), (Square(EVIL, EVIL, None, EVIL),), EVIL),
        Gallery(EVIL, EVIL, (Picture(gallery.pictures[0].png, EVIL, (EVIL,)),)),
    )
    table = Table((Column(EVIL, EVIL, EVIL),), ((EVIL,),))
    finding = Finding(EVIL, EVIL, EVIL, table, figures, (EVIL,))
    read = Reader(page([finding], title=EVIL, subtitle=EVIL, meta={EVIL: EVIL}, commands=[EVIL]))
    assert read.open == []
    assert len(read.scripts) == 3
    assert not any("alert(1)" in script for script in read.scripts[1:])
    point = json.loads(read.scripts[0])["specs"]["chart-1"]
    assert EVIL in json.dumps(point)


def test_every_kind_of_figure_has_its_place_on_the_page():
    half = Estimate(0.5, 0.4, 0.6, n=100, method="Wilson 95 %")
    bars = tuple(Bar(f"b{at}", "gh"[at % 2], half) for at in range(61))
    figures = (
        Forest("A forest", "x", bars, "share", "Caption one."),
        Matrix("A matrix", ("a",), ("b",), ((0.5,),), "share", 0.0, 1.0, "Caption two."),
        Lines("Some lines", "x", "y", (Track("t", (1.0,), (2.0,)),), "number", "Caption three."),
        Histogram("A histogram", "x", (0.0, 1.0), (("s", (3,)),), "share", "Caption four."),
    )
    finding = Finding("s", "t", "w", Table((), ()), figures)
    text = page([finding], title="t")
    read = Reader(text)
    specs = json.loads(read.scripts[0])["specs"]
    assert read.named("data-chart") == list(specs)
    assert read.named("data-saves") == list(specs)
    assert not any("title" in spec for spec in specs.values())
    for figure in figures:
        assert figure.title in text
        assert figure.caption in text
    assert "Drawn are the first 25 and the last 25 of 61; the table has all." in text
    assert read.open == []


def test_a_page_without_charts_carries_no_library():
    text = page([], title="Nothing yet")
    assert len(text) < 40_000
    assert "vegaEmbed=" not in text


def test_large_numbers_are_one_per_condition_and_quantity(findings):
    numbers = large_numbers(findings[0])
    assert numbers[0].value == "98.4 %"
    assert numbers[0].under == "[97.4, 99.1] %, n = 1,000"
    assert numbers[1].value == "−21.4 points"
    assert numbers[1].under == "[−22.7, −20.2] points, n = 1,000"
    labels = [(large.label, large.detail.split(", ")[0]) for large in numbers]
    assert labels == [
        ("mnist-test", "highest accuracy"),
        ("uci-digits", "mean change from mnist-test"),
        ("mnist-test+fog@5", "mean change at the strongest level"),
        ("mnist-test+pgd-linf@16/255", "highest robust accuracy"),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_in_dark(scheme):
    from fieldmark.reports.palette import contrast

    css = files("fieldmark.reports").joinpath("templates/page.css").read_text()
    blocks = [dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in css.split(":root {")[1:3]]
    colours = blocks[0] if scheme == "light" else blocks[1]
    for ink in ("ink", "soft", "accent"):
        for ground in ("paper", "raised"):
            assert contrast(colours[ink], colours[ground]) >= 4.5
