"""Studies of published tables: effective robustness, transfer and broken lines without answers."""

import numpy as np
import pytest

from fieldmark.records import (
    ConfigError,
    DataError,
    Forest,
    Scatter,
    Scores,
    UnknownNameError,
    generator,
)
from fieldmark.statistics import from_axis, to_axis
from fieldmark.studies import (
    published_broken_line,
    published_effective_robustness,
    published_transfer,
)

FAMILIES = [f"family {i // 3}" for i in range(18)]


def table(*, n=10_000, standard=True, families=True, source=""):
    """Eighteen models on a line, the last one far above it, one without the shift."""
    x = np.linspace(0.55, 0.9, 18)
    y = from_axis(0.9 * to_axis(x, "logit") - 0.6 + 0.02 * generator(0).normal(size=18), "logit")
    y[17] += 0.1
    bent = np.where(x < 0.75, 0.2 + 0.1 * x, 0.275 + 1.5 * (x - 0.75))
    bent += 0.002 * generator(1).normal(size=18)
    values = np.stack([x, y, bent], axis=1)
    values[16, 1] = np.nan
    return Scores(
        subjects=tuple(f"model-{i}" for i in range(18)),
        conditions=("val", "shift", "bent"),
        values=values,
        counted=np.full((18, 3), n, np.int64),
        families=tuple(FAMILIES) if families else (),
        standard=tuple(i != 17 for i in range(18)) if standard else (),
        source=source,
    )


def rows(finding):
    keys = [column.key for column in finding.table.columns]
    return {row[0]: dict(zip(keys, row, strict=True)) for row in finding.table.rows}


def test_who_lies_above_the_line_is_found_and_the_noise_is_said_to_be_drawn():
    found = published_effective_robustness(table(source="a paper"), on="shift", reference="val")
    lifted = rows(found)["model-17"]
    assert lifted["verdict"] == "above the line"
    assert lifted["effective"].value == pytest.approx(0.1, abs=0.01)
    assert "families together" in lifted["effective"].method
    assert lifted["fitted"] is False
    assert sum(lifted[name] for name in ("from_images", "from_models", "from_axis")) == (
        pytest.approx(1)
    )
    assert lifted["swung_by"] in FAMILIES
    assert [name for name, row in rows(found).items() if row["verdict"] == "above the line"] == [
        "model-17"
    ]
    assert "fitted to 16 standard subjects" in found.statement
    assert "Fitted to counts of right answers" in found.statement
    assert any("binomial distributions" in one for one in found.caveats)
    assert any("lack of an accuracy on one of the two: model-16." in one for one in found.caveats)
    assert found.caveats[-1] == "Source: a paper."


def test_its_figures_are_a_scatter_and_a_sorted_forest():
    found = published_effective_robustness(table(), on="shift", reference="val")
    scatter, forest = found.figures
    assert isinstance(scatter, Scatter)
    assert isinstance(forest, Forest)
    assert [point.name for point in scatter.points if point.shown == "named"] == ["model-17"]
    values = [bar.estimate.value for bar in forest.bars]
    assert values == sorted(values, reverse=True)
    assert forest.bars[0].name == "model-17"
    assert "variance from images" in forest.bars[0].note


def test_it_is_the_same_every_time_and_another_seed_is_another_draw():
    ask = {"on": "shift", "reference": "val", "draws": 100}
    one = published_effective_robustness(table(), **ask)
    assert one == published_effective_robustness(table(), **ask)
    assert one != published_effective_robustness(table(), seed=1, **ask)


def test_without_sizes_families_or_types_it_says_what_is_not_known():
    bare = table(n=0, standard=False, families=False)
    found = published_effective_robustness(bare, on="shift", reference="val")
    assert "Who lies beside it cannot be told, for nobody says how many" in found.statement
    assert {row["verdict"] for row in rows(found).values()} == {"cannot be told"}
    assert rows(found)["model-17"]["from_images"] is None
    assert any("Nobody says which subjects are standard" in one for one in found.caveats)
    assert any("behind 34 of these numbers" in one for one in found.caveats)
    assert any("one by one" in one for one in found.caveats)


def test_an_edge_of_unknown_size_has_no_place():
    scores = table(n=0)
    scores.values[0, 1] = 0.0
    with pytest.raises(DataError, match="has no place on the logit axis"):
        published_effective_robustness(scores, on="shift", reference="val")
    found = published_effective_robustness(scores, on="shift", reference="val", axis="linear")
    assert "on the linear axis" in found.statement


def test_nobody_with_both_and_too_few():
    scores = table()
    scores.values[:, 1] = np.nan
    found = published_effective_robustness(scores, on="shift", reference="val")
    assert found.statement.startswith("No subject has an accuracy on both val and shift")
    scores.values[:2, 1] = 0.5
    found = published_effective_robustness(scores, on="shift", reference="val")
    assert found.statement.endswith("a line needs at least 3 models, got 2.")


def test_a_knee_is_found_where_it_is_and_named_where_it_is_known():
    searched = published_broken_line(table(), on="bent", reference="val", axis="linear")
    numbers = dict(searched.table.rows)
    assert numbers["knee (reference accuracy)"].value == pytest.approx(0.75, abs=0.03)
    assert numbers["slope above"].value == pytest.approx(1.5, abs=0.1)
    assert "One line does not fit these subjects" in searched.statement
    assert "it is steeper above the knee" in searched.statement
    given = published_broken_line(
        table(), on="bent", reference="val", subject="model-9", axis="linear"
    )
    assert dict(given.table.rows)["knee (reference accuracy)"].value == pytest.approx(
        0.55 + 9 * 0.35 / 17
    )
    assert "the accuracy of model-9" in given.statement
    (figure,) = given.figures
    assert [point.name for point in figure.points if point.shown == "named"] == ["model-9"]
    straight = published_broken_line(table(), on="shift", reference="val")
    assert "Whether there is a knee cannot be told" in straight.statement


def test_transfer_takes_standard_subjects_with_every_accuracy():
    found = published_transfer(table(), reference="val", on=["shift", "bent"])
    assert "Over 16 standard subjects" in found.statement
    assert any("being no standard subjects: model-17." in one for one in found.caveats)
    assert any("on some set: model-16." in one for one in found.caveats)
    scatter, forest = found.figures
    assert len(scatter.points) == 16
    assert forest.bars[0].name == "all 2 together"
    assert rows(found)["shift"]["r"].value > 0.99


@pytest.mark.parametrize(
    "ask",
    [
        lambda scores, name: published_effective_robustness(scores, on=name, reference="val"),
        lambda scores, name: published_broken_line(scores, on=name, reference="val"),
        lambda scores, name: published_transfer(scores, on=[name], reference="val"),
    ],
)
def test_what_a_table_lacks_is_named(ask):
    with pytest.raises(UnknownNameError, match="Did you mean shift"):
        ask(table(), "shft")
    with pytest.raises(ConfigError, match="val cannot"):
        ask(table(), "val")


def test_other_refusals():
    with pytest.raises(ConfigError, match="at least one other test set"):
        published_transfer(table(), on=[], reference="val")
    with pytest.raises(UnknownNameError, match="no subject with answers to both called 'model-l'"):
        published_broken_line(table(), on="shift", reference="val", subject="model-l")
