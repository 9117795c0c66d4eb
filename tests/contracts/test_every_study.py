"""What every study must do; a new name in the table is tested without anyone writing a test."""

import json
import re
from collections.abc import Iterator
from functools import cache
from inspect import signature
from itertools import zip_longest

import numpy as np
import pytest
from scripts.draw_studies import OPTIONS

from fieldmark.records import (
    Bar,
    Estimate,
    FieldmarkError,
    Finding,
    Forest,
    Gallery,
    Grid,
    NotKeptError,
    Point,
    Scatter,
    UnknownNameError,
)
from fieldmark.reports import chart, figure_png, render
from fieldmark.store import Store, open_store
from fieldmark.studies import STUDIES
from tests.contracts import worlds

# Columns of ranks: a rank may be certain, a share never is.
RANKS = {"rank", "places", "rank_original", "rank_corrected", "rank_change"}
# Numbers that are drawn, and words that follow from the ends of intervals that are drawn.
DRAWN = {"from_images", "from_models", "from_axis", "best", "chance_worst", "p_z"}
FOLLOWING = {"verdict", "reading", "quantity", "thresholdout", "cost"}
# Words that name something in the store.
NAMES = (
    "on",
    "reference",
    "labels",
    "first",
    "second",
    "condition",
    "subject",
    "baseline",
    "newer",
)


@pytest.fixture(scope="session")
def world() -> worlds.World:
    return worlds.simulated(120)


@pytest.fixture(scope="session")
def store(world) -> Store:
    return worlds.kept(world)


@pytest.fixture(scope="session")
def findings(store) -> dict[str, Finding]:
    """What was found so far; each study is asked once."""
    return {}


@pytest.fixture
def finding(request, store, findings) -> Finding:
    name = request.getfixturevalue("name")
    if name not in findings:
        findings[name] = ask(name, store)
    return findings[name]


@pytest.fixture(scope="session")
def turned(world) -> Store:
    """The same world, its examples in another order, its cells kept from the last to the first."""
    return worlds.kept(worlds.rows(world, worlds.shuffled)[::-1])


@pytest.fixture(scope="session")
def renamed(world) -> Store:
    """The same world, its classes in another order."""
    return worlds.kept(worlds.renamed_classes(world, np.roll(np.arange(10)[::-1], 3)))


@pytest.fixture(scope="session")
def hostile():
    small = worlds.small()

    @cache
    def made(name: str) -> Store:
        return worlds.kept(worlds.HOSTILE[name](small))

    return made


def ask(name: str, store: Store, **other: object) -> Finding:
    assert name in OPTIONS, f"scripts/draw_studies.py says nothing of {name}"
    return STUDIES[name](store, **{**OPTIONS[name], **other})


every_study = pytest.mark.parametrize("name", STUDIES)
# What tells most; the rest of what may befall a store is asked among the slow tests.
TELLING = (
    "no label",
    "one example",
    "one subject",
    "two identical subjects",
    "nobody said anything",
    "some failed",
)
befallen = [
    pytest.param(one, marks=[] if one in TELLING else pytest.mark.slow) for one in worlds.HOSTILE
]


@every_study
def test_a_finding_is_whole_and_found_again(name, store, finding):
    whole(finding)
    assert render(finding, "md")
    assert render(finding, "csv")
    assert repr(ask(name, store)) == repr(finding)


@every_study
@pytest.mark.slow
def test_order_does_not_matter(name, turned, finding):
    same_numbers(finding, ask(name, turned))


@pytest.mark.slow
@every_study
def test_the_order_of_the_classes_does_not_matter(name, renamed, finding):
    same_numbers(finding, ask(name, renamed))


@every_study
def test_an_empty_store_holds_nothing(name):
    with pytest.raises(NotKeptError) as error:
        ask(name, open_store(f"memory://empty-{name}", create=True))
    one_line(error.value)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, one)
        for name in STUDIES
        for one in NAMES
        if one in signature(STUDIES[name]).parameters
    ],
)
def test_what_is_not_there_is_not_found(name, option, store):
    with pytest.raises(UnknownNameError, match=r"There are: |Did you mean lab-test\?") as error:
        ask(name, store, **{option: "lab-tset" if option in ("on", "reference") else "nobody"})
    one_line(error.value)
    with pytest.raises(UnknownNameError) as error:
        ask(name, store, **{option: "n" * 100_000})
    one_line(error.value)


@every_study
@pytest.mark.parametrize("befallen", befallen)
def test_a_hostile_store_is_refused_or_answered_honestly(name, befallen, hostile):
    kept = hostile(befallen)
    try:
        found = ask(name, kept, **told(name, kept))
    except FieldmarkError as error:
        one_line(error)
        return
    whole(found)
    for key, estimate in estimates(found):
        made_up = estimate.defined and estimate.low == estimate.high
        assert estimate.n > 0 or not estimate.defined, (key, estimate)
        assert not made_up or (key in RANKS and estimate.n > 1), (key, estimate)


def told(name: str, store: Store) -> dict[str, object]:
    """Options that name the subjects of a small store, and few draws."""
    there = sorted({one.subject.name for one in store.headers()})
    options: dict[str, object] = dict(OPTIONS[name])
    takes = signature(STUDIES[name]).parameters
    if "baseline" in options or "subject" in options:
        options |= {one: there[0] for one in ("baseline", "subject") if one in options}
    if name == "compare":
        options |= {"first": there[0], "second": there[-1]}
    for one in ("order", "dates"):
        if one in options:
            some = {who: options[one] for who in options[one] if who in there}
            options[one] = tuple(some) if one == "order" else {w: options[one][w] for w in some}
    few = {one: 60 for one in ("draws", "deals") if one in takes}
    return options | few


def one_line(error: FieldmarkError) -> None:
    assert 10 < len(str(error)) < 500
    assert "\n" not in str(error)


def whole(found: Finding) -> None:
    """Words that are sentences, numbers that carry their intervals, figures that can be drawn."""
    for text in (found.statement, *found.caveats):
        assert re.fullmatch(r"\S.*[.?]", text), text
    for text in (found.title, found.statement, *found.caveats):
        assert text.strip()
        assert not re.search(r"\b(nan|inf)\b|  |\(\)", text, re.IGNORECASE), text
    json.loads(render(found, "json"), parse_constant=lambda word: pytest.fail(word))
    printed = render(found, "text")
    for _, one in estimates(found):
        sound(one)
    in_table = [one for row in found.table.rows for one in row if isinstance(one, Estimate)]
    if any(one.defined and np.isnan(one.low) for one in in_table):
        assert "no interval where" in printed
    for figure in found.figures:
        if isinstance(figure, Gallery):
            assert figure_png(figure).startswith(b"\x89PNG")
        else:
            json.dumps(chart(figure), allow_nan=False)


def sound(one: Estimate) -> None:
    assert one.n >= 0
    assert one.missing >= 0
    assert one.method
    assert np.isfinite(one.value) or np.isnan([one.value, one.low, one.high]).all(), one
    assert not one.low > one.value, one
    assert not one.high < one.value, one


def estimates(found: Finding) -> Iterator[tuple[str, Estimate]]:
    """Every number of the table and of the figures, with its column or its figure's title."""
    for row in found.table.rows:
        for column, value in zip(found.table.columns, row, strict=True):
            if isinstance(value, Estimate):
                yield column.key, value
    for figure in found.figures:
        match figure:
            case Forest(unit=unit, bars=bars):
                key = "rank" if unit == "rank" else figure.title
                yield from ((key, bar.estimate) for bar in bars if isinstance(bar, Bar))
            case Scatter(points=points):
                some = [one for one in points if isinstance(one, Point)]
                yield from ((figure.title, one) for each in some for one in (each.x, each.y))
            case Grid(squares=squares):
                yield from ((figure.title, one.estimate) for one in squares if one.estimate)


def same_numbers(one: Finding, other: Finding) -> None:
    """The same rows with the same numbers; what chance drew may differ by as much as it does."""
    first, second = keyed(one), keyed(other)
    common = first.keys() & second.keys()
    assert len(common) >= 0.8 * max(len(first), len(second))
    for key in common:
        for column, a, b in zip_longest(one.table.columns, first[key], second[key]):
            if column.key in FOLLOWING:
                continue
            if isinstance(a, Estimate):
                same_estimate(a, b)
            elif isinstance(a, float):
                near = 0.15 if column.key in DRAWN else 1e-9
                assert b == pytest.approx(a, abs=near, nan_ok=True), (key, column.key)
            else:
                assert a == b, (key, column.key)


def same_estimate(a: Estimate, b: Estimate) -> None:
    assert (a.n, a.missing, a.method) == (b.n, b.missing, b.method)
    assert b.value == pytest.approx(a.value, abs=1e-9, nan_ok=True)
    chance = re.search("bootstrap|shrinkage", a.method)
    near = max(0.5 * (a.high - a.low), 1.5 if a.value >= 1 else 0.05) if chance else 1e-9
    assert [b.low, b.high] == pytest.approx([a.low, a.high], abs=near, nan_ok=True), (a, b)


def keyed(found: Finding) -> dict[tuple[str, ...], tuple[object, ...]]:
    """The rows by what stands in them in words; a row that says the same again is counted."""
    rows: dict[tuple[str, ...], tuple[object, ...]] = {}
    for row in found.table.rows:
        pairs = zip(found.table.columns, row, strict=True)
        words = [v for column, v in pairs if isinstance(v, str) and column.key != "verdict"]
        again = sum(key[:-1] == tuple(words) for key in rows)
        rows[*words, str(again)] = row
    return rows
