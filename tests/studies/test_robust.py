"""Robust accuracy: curves, sandwiches, worst cases and transfer, from cells made by hand."""

import numpy as np
import pytest

from fieldmark.records import (
    ANY,
    NO_ANSWER,
    Answers,
    ConfigError,
    NotKeptError,
    UnknownNameError,
)
from fieldmark.studies import (
    accuracy_budget,
    accuracy_grid,
    compare,
    error_consistency,
    headline,
    robustness_curves,
    sandwich,
    transfer_matrix,
    worst_case,
)

INF = np.inf
KEPT = {"knowledge": "white-box", "goal": "untargeted", "queries": 0, "adaptive": ""}


class Attacked:
    """Cells under attack: who is broken where is said by the test."""

    def __init__(self, filler, n=20, unlabelled=0):
        filler.data("digits", n, unlabelled=unlabelled)
        self.filler, self.n = filler, n

    @property
    def store(self):
        return self.filler.store

    def keep(self, subject, change, level, right, *, norm="l2", kind="attack", **more):
        measures = {k: np.asarray(v, np.float32) for k, v in more.pop("measures", {}).items()}
        name = f"digits+{change}@{level}"
        plain = self.filler.condition("digits")
        strength = 0.0 if level == ANY or kind == "certificate" else float(level)
        settings = {"norm": norm, "budget": strength or ANY, **KEPT, **more}
        condition = plain.model_copy(
            update={
                "name": name,
                "kind": kind,
                "fingerprint": name,
                "change": change,
                "level": level,
                "strength": strength,
                "settings": settings,
            }
        )
        header = self.filler.header(subject, "digits").model_copy(update={"condition": condition})
        truth = np.maximum(self.filler.examples["digits"].first_labels, 0)
        said = np.where(right, truth, (truth + 1) % 10)
        if kind == "certificate":
            said = np.where(measures["radius"] > 0, said, NO_ANSWER)
        scores = np.full((self.n, 1), 0.9, np.float32)
        self.store.keep(header, Answers(said[:, None].astype(np.uint16), scores, measures))

    def norms(self, subject, norms, *, change="fab-l2", **more):
        norms = np.asarray(norms, np.float64)
        measures = {"distance": norms}
        self.keep(subject, change, ANY, np.isinf(norms), measures=measures, **more)

    def plain(self, subject, right=1.0):
        self.filler.answer(subject, "digits", right)


@pytest.fixture
def attacked(filler):
    return Attacked(filler)


def rows(found, key="accuracy"):
    return {(row[0], row[3]): row for row in found.table.rows if row[2] == key}


# Accuracy along the budget


def test_one_cell_tells_every_budget(attacked):
    attacked.norms("net", [0.0] * 4 + [0.5] * 6 + [1.0] * 8 + [INF] * 2)
    found = accuracy_budget(attacked.store, on="digits+fab-l2@any")
    told = rows(found)
    values = {budget: row[4].value for (_, budget), row in told.items()}
    assert values["0"] == 0.8
    assert values["0.5"] == 0.5
    assert values["1"] == 0.1
    assert found.title.endswith("(L2)")
    band = told["net", "0"][5]
    half = np.sqrt(np.log(2 / 0.05) / 40)
    assert (band.low, band.high) == pytest.approx((0.8 - half, 1.0))
    (median,) = rows(found, "median norm").values()
    assert median[4].value == 0.5
    assert "at most" in found.statement
    assert "upper bound" in " ".join(found.caveats)


def test_of_several_searches_the_nearer_counts(attacked):
    attacked.norms("net", [0.5] * 10 + [INF] * 10)
    attacked.norms("net", [INF] * 5 + [0.25] * 15, change="boundary-l2", knowledge="decision")
    found = accuracy_budget(attacked.store, on="digits+fab-l2@any,digits+boundary-l2@any")
    (median,) = rows(found, "median norm").values()
    assert median[4].value == 0.25
    assert found.figures[0].tracks[0].y[-1] == 0.0
    assert "decision" in " ".join(found.caveats)


def test_two_subjects_are_subtracted_example_by_example(attacked):
    one = np.linspace(0.1, 2, 20)
    attacked.norms("net", one)
    attacked.norms("steady", one + 1.0)
    found = accuracy_budget(
        attacked.store, on="digits+fab-l2@any", first="steady", second="net", draws=200
    )
    assert "steady is the more accurate one" in found.statement
    gap = rows(found, "difference")
    assert all(row[4].value >= 0 for row in gap.values())
    assert all(row[5].low <= row[4].low for row in gap.values())
    assert len(found.figures) == 3


def test_a_few_budgets_make_a_curve_too(attacked):
    attacked.plain("net", 1.0)
    for level, left in (("0.5", 15), ("1", 5)):
        attacked.keep("net", "pgd-l2", level, np.arange(20) < left)
    found = accuracy_budget(attacked.store, on="digits+pgd-l2")
    assert [row[4].value for row in found.table.rows] == [1.0, 0.75, 0.25]
    assert "Bonferroni over 3 budgets" in found.table.rows[0][5].method
    with pytest.raises(ConfigError, match="needs smallest norms"):
        attacked.plain("other", 1.0)
        for level in ("0.5", "1"):
            attacked.keep("other", "pgd-l2", level, np.ones(20, bool))
        accuracy_budget(attacked.store, on="digits+pgd-l2", first="net", second="other")


def test_examples_that_never_break(attacked):
    attacked.norms("rock", [INF] * 20)
    found = accuracy_budget(attacked.store, on="digits+fab-l2@any")
    assert found.figures[0].tracks[0].y == (1.0,)
    assert "Of nobody were half of the examples broken" in found.statement


def test_unlabelled_examples_are_not_counted(filler):
    attacked = Attacked(filler, unlabelled=5)
    attacked.norms("net", [0.5] * 20)
    found = accuracy_budget(attacked.store, on="digits+fab-l2@any")
    assert rows(found)["net", "0"][4].n == 15
    assert "not counted: 5" in " ".join(found.caveats)


@pytest.mark.parametrize(
    ("on", "error", "words"),
    [
        ("digits+fab-l2@anny", UnknownNameError, "Did you mean digits"),
        ("digits", ConfigError, "is not attacked"),
        ("digits+fab-l2@any,digits+fab-linf@any", ConfigError, "no axis in common"),
        ("digits+fab-l2@any,digits+pgd-l2@0.5", ConfigError, "are not mixed"),
        ("digits+cw-l2@any", NotKeptError, "does not say the distance"),
        ("digits+fab-l2@any,digits+cw-l2@any", NotKeptError, "does not say the distance"),
    ],
)
def test_what_has_no_curve(attacked, on, error, words):
    attacked.plain("net")
    attacked.norms("net", [0.5] * 20)
    attacked.norms("net", [0.5] * 20, change="fab-linf", norm="linf")
    attacked.keep("net", "pgd-l2", "0.5", np.ones(20, bool))
    attacked.keep("net", "cw-l2", ANY, np.ones(20, bool))
    with pytest.raises(error, match=words):
        accuracy_budget(attacked.store, on=on)


def test_one_subject_has_no_difference(attacked):
    attacked.norms("net", [0.5] * 20)
    with pytest.raises(ConfigError, match="name --first and --second"):
        accuracy_budget(attacked.store, on="digits+fab-l2@any", first="net")


# The sandwich


def certified(attacked, radii, right=True, **more):
    measures = {"radius": radii, "hits": np.full(attacked.n, 90.0)}
    attacked.keep(
        "net",
        "certified-l2",
        "100",
        np.broadcast_to(right, attacked.n),
        kind="certificate",
        measures=measures,
        alpha=0.001,
        **more,
    )


def test_proof_attack_and_what_is_unknown(attacked):
    radii = np.array([0.0] * 5 + [0.2] * 10 + [0.4] * 5)
    attacked.norms("net", [0.0] * 4 + [0.3] * 1 + [0.3] * 10 + [0.9] * 5)
    certified(attacked, radii)
    found = sandwich(attacked.store, on="digits+fab-l2@any", reference="digits+certified-l2@100")
    at = {float(row[1]): row for row in found.table.rows}
    assert (at[0.0][2].value, at[0.0][3].value, at[0.0][4].value) == (0.75, 0.8, 0.05)
    assert "No example was broken inside its proved radius" in found.statement
    assert "average certified radius is 0.2" in found.statement
    assert "Each proof may fail with probability 0.001" in " ".join(found.caveats)
    tracks = {track.name: track for track in found.figures[0].tracks}
    below, above = tracks["at least (proved)"].y, tracks["at most (attacked)"].y
    assert all(low <= high for low, high in zip(below, above, strict=True))
    assert tracks["unknown"].style == "band"


def test_a_proof_that_failed_is_counted(attacked):
    attacked.norms("net", [0.1] * 3 + [0.9] * 17)
    certified(attacked, np.full(20, 0.5))
    found = sandwich(attacked.store, on="digits+fab-l2@any", reference="digits+certified-l2@100")
    assert "3 examples were broken inside the proved radius" in found.statement


def test_wrong_answers_prove_nothing(attacked):
    attacked.norms("net", [0.0] * 20)
    certified(attacked, np.full(20, 0.5), right=False)
    found = sandwich(attacked.store, on="digits+fab-l2@any", reference="digits+certified-l2@100")
    assert found.table.rows[0][2].value == 0.0
    assert "Nothing is proved of any example" in found.statement


@pytest.mark.parametrize(
    ("on", "reference", "words"),
    [
        ("digits+pgd-l2@0.5", "digits+certified-l2@100", "did not search"),
        ("digits+fab-l2@any", "digits", "is no certificate"),
        ("digits+fab-linf@any", "digits+certified-l2@100", "no axis in common"),
    ],
)
def test_what_makes_no_sandwich(attacked, on, reference, words):
    attacked.plain("net")
    attacked.norms("net", [0.5] * 20)
    attacked.norms("net", [0.5] * 20, change="fab-linf", norm="linf")
    attacked.keep("net", "pgd-l2", "0.5", np.ones(20, bool))
    certified(attacked, np.full(20, 0.5))
    with pytest.raises(ConfigError, match=words):
        sandwich(attacked.store, on=on, reference=reference)
    attacked.plain("other")
    with pytest.raises(NotKeptError, match="other lacks answers"):
        sandwich(
            attacked.store,
            on="digits+fab-l2@any",
            reference="digits+certified-l2@100",
            subject="other",
        )


# The worst case


def test_the_worst_of_two_norms(attacked):
    order = np.arange(20)
    attacked.keep("net", "pgd-linf", "0.3", order < 14, norm="linf")
    attacked.keep("net", "pgd-l2", "2", order >= 4)
    found = worst_case(attacked.store, on="digits+pgd-linf@0.3,digits+pgd-l2@2")
    by = {row[2]: row for row in found.table.rows}
    assert by["all at once"][4].value == 0.5
    assert (by["digits+pgd-linf@0.3"][5], by["digits+pgd-l2@2"][5]) == (6, 4)
    assert by["digits+pgd-l2@2"][6].value == pytest.approx(-0.3)
    assert "stays right on at most 50.0 %" in found.statement
    assert "Linf 0.3" in by["digits+pgd-linf@0.3"][3]


def test_the_worst_of_subjects_is_sorted_and_drawn(rehearsed):
    on = "lab-test+pgd-linf@8/255,lab-test+pgd-l2@0.5"
    found = worst_case(rehearsed, on=on)
    whole = [row[4].value for row in found.table.rows if row[2] == "all at once"]
    assert whole == sorted(whole, reverse=True)
    assert found.figures[0].columns[-1] == "all at once"
    for row, subject in enumerate(found.figures[0].rows):
        *single, last = found.figures[0].values[row]
        assert last <= min(single), subject


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("digits+pgd-l2@2", "name several"),
        ("digits+pgd-l2@2,digits+pgd-l2@2", "name several"),
        ("digits+pgd-l2@2,digits", "neither attacked nor shifted"),
        ("digits+pgd-l2@2,digits+fab-l2@any", "has no budget"),
    ],
)
def test_what_has_no_worst_case(attacked, on, words):
    attacked.plain("net")
    attacked.norms("net", [0.5] * 20)
    attacked.keep("net", "pgd-l2", "2", np.ones(20, bool))
    with pytest.raises(ConfigError, match=words):
        worst_case(attacked.store, on=on)


# Transfer


def transferred(attacked, surrogate, target, right, **more):
    change = f"mi-linf-from-{surrogate}"
    told = {"norm": "linf", "knowledge": "transfer", "surrogate": surrogate}
    attacked.keep(target, change, "0.3", right, **{**told, **more})


def test_transfer_counts_what_the_target_has_right(attacked):
    order = np.arange(20)
    attacked.plain("a", order < 10)
    attacked.plain("b", order < 20)
    for surrogate, target, left in (("a", "a", 0), ("a", "b", 15), ("b", "a", 5), ("b", "b", 2)):
        transferred(attacked, surrogate, target, order < left)
    found = transfer_matrix(attacked.store, on="digits")
    shares = {(row[0], row[1]): row[3] for row in found.table.rows}
    assert shares["a", "b"].value == 0.25
    assert (shares["b", "a"].value, shares["b", "a"].n) == (0.5, 10)
    assert found.figures[0].values == ((1.0, 0.25), (0.5, 0.9))
    assert found.title.endswith("digits+mi-linf@0.3")
    assert "through a" in " ".join(found.caveats)


def test_transfer_that_beats_white_box_is_a_sign(attacked):
    order = np.arange(20)
    attacked.plain("masked", 1.0)
    attacked.plain("other", 1.0)
    attacked.keep("masked", "pgd-linf", "0.3", order < 18, norm="linf")
    transferred(attacked, "other", "masked", order < 4)
    found = transfer_matrix(attacked.store, on="digits", condition="digits+pgd-linf@0.3")
    assert "sign of masked gradients" in found.statement
    (row,) = found.table.rows
    assert row[4].value == pytest.approx(0.7)
    assert row[5] < 0.001


def test_what_was_not_transferred(attacked):
    attacked.plain("net")
    with pytest.raises(NotKeptError, match="no cell names a surrogate"):
        transfer_matrix(attacked.store, on="digits")
    transferred(attacked, "a", "net", np.ones(20, bool))
    attacked.keep("net", "pgd-linf", "0.1", np.ones(20, bool), norm="linf")
    with pytest.raises(ConfigError, match="no white-box attack in the same norm and budget"):
        transfer_matrix(attacked.store, on="digits", condition="digits+pgd-linf@0.1")


# The guard: threat models are never compared in silence


def test_studies_name_the_threat_models_that_they_would_mix(attacked):
    for subject in ("one", "two"):
        attacked.plain(subject, 0.9)
        attacked.keep(subject, "pgd-linf", "0.3", np.arange(20) < 9, norm="linf")
        attacked.keep(
            subject, "square-linf", "0.3", np.arange(20) < 12, norm="linf", knowledge="score"
        )
    store = attacked.store
    for found in (
        accuracy_grid(store),
        compare(store, "one", "two"),
        headline(store, draws=20),
        robustness_curves(store),
    ):
        told = " ".join(found.caveats)
        assert "cannot be held against each other" in told, found.study
        assert "Linf 0.3, white-box, untargeted" in told
        assert "Linf 0.3, score, untargeted" in told
    alone = compare(store, "one", "two", condition="digits+pgd-linf@0.3")
    assert "The threat model is Linf 0.3, white-box, untargeted." in alone.caveats


def test_error_consistency_names_the_threat_models_that_it_averages(attacked):
    for subject in ("one", "two"):
        attacked.plain(subject, 0.9)
        for level, stand in (("0.1", 14), ("0.3", 9)):
            attacked.keep(subject, "pgd-linf", level, np.arange(20) < stand, norm="linf")
    mixed = error_consistency(attacked.store, on="digits+pgd-linf", draws=20)
    assert "cannot be held against each other" in " ".join(mixed.caveats)
    alone = error_consistency(attacked.store, on="digits+pgd-linf@0.3", draws=20)
    assert "The threat model is Linf 0.3, white-box, untargeted." in alone.caveats
    assert "threat model" not in " ".join(error_consistency(attacked.store, on="digits").caveats)


def test_a_search_without_a_budget_is_no_point_of_a_curve(attacked):
    attacked.plain("net")
    attacked.norms("net", [0.5] * 20)
    attacked.keep("net", "fab-l2", "1", np.arange(20) < 9)
    found = robustness_curves(attacked.store)
    assert {row[3] for row in found.table.rows} == {"digits", "digits+fab-l2@1"}
    assert "any" not in headline(attacked.store, draws=20).statement
