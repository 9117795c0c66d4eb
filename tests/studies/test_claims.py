"""Claims: each wording is understood, and each verdict follows from the answers."""

import numpy as np
import pytest

import fieldmark as fm
from fieldmark.records import (
    ConfigError,
    NotKeptError,
    Scores,
    UnknownNameError,
    claim_of,
)
from fieldmark.studies import check_claims


@pytest.fixture(scope="module")
def store(rehearsed):
    return rehearsed


def verdict(known, *sentences):
    found = check_claims(known, [claim_of(one) for one in sentences])
    return [row[1] for row in found.table.rows]


@pytest.mark.parametrize(
    ("sentence", "kind", "names"),
    [
        ("a beats b on x", "better", ("a", "b", "x", "")),
        ("a-1 is more accurate than b 2 on x+fog@3.", "better", ("a-1", "b 2", "x+fog@3", "")),
        ("a is the best on x", "best", ("a", "", "x", "")),
        ("a is the best model on x", "best", ("a", "", "x", "")),
        ("a is superhuman on x", "superhuman", ("a", "", "x", "")),
        ("a beats people on x", "superhuman", ("a", "", "x", "")),
        ("a has effective robustness on x", "more robust", ("a", "", "x", "")),
        ("a has effective robustness on x given r", "more robust", ("a", "", "x", "r")),
        ("a is more robust on x than the line predicts", "more robust", ("a", "", "x", "")),
        (
            "a is more robust on x than its accuracy on r predicts",
            "more robust",
            ("a", "", "x", "r"),
        ),
    ],
)
def test_every_wording_is_understood(sentence, kind, names):
    claim = claim_of(sentence)
    assert (claim.kind, claim.subject, claim.than, claim.on, claim.reference) == (kind, *names)


@pytest.mark.parametrize("sentence", ["", "a is good", "a beats b", "beats b on x", "x" * 100_000])
def test_what_nobody_can_tell_is_refused_in_a_line(sentence):
    with pytest.raises(ConfigError, match="cannot tell what is claimed") as caught:
        claim_of(sentence)
    assert len(str(caught.value)) < 600


def test_a_clear_difference_is_supported_and_its_opposite_is_not(store):
    assert verdict(store, "deep-xl beats linear-a on lab-test") == ["supported"]
    assert verdict(store, "linear-a beats deep-xl on lab-test") == ["not supported"]


def test_a_lean_that_chance_can_explain_cannot_be_told(filler):
    filler.data("t", 100)
    filler.answer("a", "t", np.arange(100) < 72)
    filler.answer("b", "t", np.arange(100) % 10 < 7)
    assert verdict(filler.store, "a beats b on t") == ["cannot be told"]
    assert verdict(filler.store, "b beats a on t") == ["not supported"]


def test_the_best_must_beat_everybody_at_once(filler):
    filler.data("t", 400)
    for name, right in (("a", 380), ("b", 330), ("c", 300)):
        filler.answer(name, "t", np.arange(400) < right)
    assert verdict(filler.store, "a is the best on t") == ["supported"]
    filler.answer("d", "t", np.arange(400) < 379)
    found = check_claims(filler.store, [claim_of("a is the best on t")])
    assert found.table.rows[0][1] == "cannot be told"
    assert "cannot be told apart from one other: d" in found.statement


def test_superhuman_needs_people(filler, store):
    filler.data("t", 50)
    filler.answer("a", "t", 0.9)
    found = check_claims(filler.store, [claim_of("a is superhuman on t")])
    assert found.table.rows[0][1] == "cannot be told"
    assert "no person has answered t" in found.statement
    assert verdict(store, "linear-a is superhuman on field-test") == ["not supported"]


def test_robustness_is_held_against_the_line(store):
    assert verdict(store, "deep-s has effective robustness on field-test") != ["supported"]
    sentence = "net-l-augmented has effective robustness on lab-test+gaussian-noise@5"
    assert verdict(store, sentence) == ["supported"]


def test_more_claims_make_each_harder(filler):
    filler.data("t", 300)
    filler.answer("a", "t", np.arange(300) < 250)
    filler.answer("b", "t", np.arange(300) < 244)
    alone = verdict(filler.store, "a beats b on t")
    among = verdict(filler.store, "a beats b on t", *["b beats a on t"] * 40)
    assert (alone[0], among[0]) == ("supported", "cannot be told")


def table(**more):
    return Scores(
        ("a", "b", "c", "d", "e"),
        ("val", "v2"),
        np.array([[0.6, 0.5], [0.7, 0.61], [0.8, 0.72], [0.9, 0.84], [0.7, 0.75]]),
        np.full((5, 2), 10_000),
        standard=(True, True, True, True, False),
        **more,
    )


def test_a_table_is_compared_unpaired_and_says_so():
    found = check_claims(table(), [claim_of("b beats a on val")])
    assert found.table.rows[0][1] == "supported"
    assert any("nothing is paired" in one for one in found.caveats)
    assert verdict(table(), "e has effective robustness on v2 given val") == ["supported"]
    assert verdict(table(), "d is the best on v2") == ["supported"]


@pytest.mark.parametrize(
    ("sentence", "error", "said"),
    [
        ("a is superhuman on v2", ConfigError, "needs a store"),
        ("e has effective robustness on v2", ConfigError, "given REFERENCE"),
        ("z beats a on v2", UnknownNameError, "no subject called 'z'"),
    ],
)
def test_what_a_table_cannot_tell(sentence, error, said):
    with pytest.raises(error, match=said):
        verdict(table(), sentence)


@pytest.mark.parametrize(
    ("sentence", "error"),
    [
        ("nobody beats deep-s on lab-test", UnknownNameError),
        ("deep-s beats nobody on lab-test", UnknownNameError),
        ("deep-s beats deep-m on the-moon", UnknownNameError),
        ("nobody has effective robustness on field-test", UnknownNameError),
    ],
)
def test_unknown_names_are_named(store, sentence, error):
    with pytest.raises(error):
        verdict(store, sentence)


def test_no_claims_and_lonely_claims(filler):
    with pytest.raises(ConfigError, match="no claims"):
        check_claims(filler.store, [])
    filler.data("t", 50)
    filler.answer("a", "t", 0.9)
    with pytest.raises(NotKeptError, match="nobody else has answered t"):
        verdict(filler.store, "a is the best on t")


@pytest.mark.slow
def test_a_file_of_claims_names_its_store(tmp_path):
    fm.rehearse(tmp_path / "kept", n=60)
    path = tmp_path / "claims.toml"
    path.write_text('store = "kept"\nclaims = ["deep-xl beats linear-a on lab-test"]\n')
    assert fm.check_claims(path).table.rows[0][1] == "supported"
    path.write_text('claims = ["deep-xl beats linear-a on lab-test"]\n')
    with pytest.raises(ConfigError, match="name a store"):
        fm.check_claims(path)
    for text, said in (
        ("claims = []", "at least 1"),
        ("claims = 3", "claims"),
        ("clams = []", "there are claims, store"),
        ("claims = [", "is no TOML"),
        ('claims = ["a beats b on x"]\nstore = "s"\ntable = "t"', "a store and a table"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match=said):
            fm.check_claims(path)


def test_a_file_of_claims_may_name_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("subject,val\na,76.1\nb,71.0\n")
    path = tmp_path / "claims.toml"
    path.write_text('table = "t.csv"\npercent = true\nn = 50000\nclaims = ["a beats b on val"]\n')
    assert fm.check_claims(path).table.rows[0][1] == "supported"
