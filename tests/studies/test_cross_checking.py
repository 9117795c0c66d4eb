"""Cross-checking a table: what falls, contradicts itself, crosses threat models, shares a place."""

import pytest

import fieldmark as fm
from fieldmark.archives import read_attack_table
from fieldmark.records import Budget, DataError, Published
from fieldmark.studies import cross_check
from fieldmark.studies.robust.strengths import Strength, strength_of

SMALL, LARGE = Budget("linf", 4 / 255), Budget("linf", 8 / 255)


def row(model="net", attack="pgd-20", budget=LARGE, n=1000, **more):
    return Published(model, attack, budget, n, **({"reported": 0.5} | more))


def notes(*rows):
    return [(one[0], one[2], one[3], one[7]) for one in cross_check(rows).table.rows]


def test_figures_fall_or_hold():
    found = cross_check([row("a", reattacked=0.2), row("b", reattacked=0.49)])
    readings = {one[1]: one[7] for one in found.table.rows if one[0] == "re-attacked"}
    assert readings == {"a, linf 8/255": "fell", "b, linf 8/255": "holds: intervals overlap"}
    assert "Of 2 figures that others re-attacked, one fell" in found.statement
    assert "a, linf 8/255: 50.0 % reported, 20.0 % left" in found.statement
    assert len(found.figures) == 2


@pytest.mark.parametrize(
    ("weaker", "stronger", "why"),
    [
        ({"attack": "FGSM"}, {"attack": "PGD-20"}, "many steps after one step"),
        ({"attack": "PGD-20"}, {"attack": "PGD-100"}, "more steps after fewer"),
        ({"attack": "PGD-100"}, {"attack": "AutoAttack"}, "an ensemble after many steps"),
        ({"attack": "random noise"}, {"attack": "fgsm-linf"}, "one step after random noise"),
        ({"attack": "pgd", "knowledge": "transfer"}, {"attack": "pgd"}, "white-box after transfer"),
        ({"attack": "transfer-pgd"}, {"attack": "pgd-10"}, "white-box after transfer"),
    ],
)
def test_a_stronger_attack_must_not_leave_more(weaker, stronger, why):
    found = notes(row(**weaker, reported=0.4), row(**stronger, reported=0.6))
    assert [one for one in found if one[0] == "weaker attack"] == [
        ("weaker attack", weaker["attack"], stronger["attack"], f"{why} left more; beyond chance")
    ]
    ordered = notes(row(**weaker, reported=0.6), row(**stronger, reported=0.4))
    assert not [one for one in ordered if one[0] == "weaker attack"]


def test_names_that_say_nothing_are_held_to_nothing():
    assert not [one for one in notes(row(attack="ours"), row(reported=0.9)) if "weaker" in one[0]]
    assert strength_of(row(attack="PGD (20 steps)")) == Strength(2, 20, False)
    assert strength_of(row(attack="apgd-ce")).grade == 3
    assert strength_of(row(attack="MI-FGSM")).grade == 2
    assert strength_of(row(attack="square")).grade is None


def test_a_larger_budget_must_not_leave_more():
    found = notes(row(budget=SMALL, reported=0.5), row(budget=LARGE, reported=0.503))
    told = [one for one in found if one[0] == "larger budget"]
    assert [one[1:3] for one in told] == [("4/255", "8/255")]
    assert "chance could do that" in told[0][3]


def test_no_attack_leaves_more_than_there_was():
    found = cross_check([row(clean=0.45, reattacked=0.1)])
    assert [one[0] for one in found.table.rows] == ["re-attacked", "above clean"]
    assert "contradicts itself" in found.statement


def test_rankings_that_cross_threat_models_are_named():
    found = cross_check([row("a"), row("b"), row("c", budget=Budget("linf", 0.031))])
    assert "linf 0.031 (one figure) beside linf 8/255 (2 figures)" in found.statement
    assert any("not comparable: c" in one[7] for one in found.table.rows)
    apart = cross_check([row("a"), row("b", budget=Budget("l2", 0.5))])
    assert "face one threat model" in apart.statement


def test_neighbours_are_told_apart_or_not():
    found = notes(row("a", reported=0.9), row("b", reported=0.5), row("c", reported=0.49))
    assert [one[1:] for one in found if one[0] == "places"] == [
        ("a", "b", "told apart"),
        ("b", "c", "intervals do not tell them apart"),
    ]


def test_tables_that_are_none():
    with pytest.raises(DataError, match="no published figures"):
        cross_check([])
    with pytest.raises(DataError, match="two rows are about net"):
        cross_check([row(), row()])
    with pytest.raises(DataError, match="are they in percent"):
        row(reported=50.0)
    with pytest.raises(DataError, match="neither a reported"):
        row(reported=float("nan"))
    with pytest.raises(DataError, match="at least one example"):
        row(n=0)


HEAD = "model,attack,norm,eps,reported,reattacked\n"


def table(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_file_is_read(tmp_path):
    text = f"{HEAD}net,pgd,Linf,8/255,57.1,44\nnet,cw,L2,0.5,,12.5\n"
    one, other = read_attack_table(table(tmp_path, text), percent=True, n=100)
    assert (one.budget, one.n, one.reported, one.reattacked) == (
        LARGE,
        100,
        pytest.approx(0.571),
        0.44,
    )
    assert other.reported != other.reported
    assert str(other.budget) == "0.5"
    found = fm.cross_check(table(tmp_path, text), percent=True, n=100)
    assert found.study == "cross-check"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model,attack,norm\na,b,linf\n", "lacks eps"),
        (f"{HEAD.strip()},eps2\na,b,linf,8/255,0.5,,1\n", "has eps2; the columns are"),
        (f"{HEAD}net,pgd,linf,8,0.5,0.4\n", "line 2: .*did you mean 8/255"),
        (f"{HEAD}net,pgd,l7,8,0.5,0.4\n", "'l7' is no norm"),
        (f"{HEAD}net,pgd,linf,-1,0.5,0.4\n", "is no budget"),
        (f"{HEAD}net,pgd,linf,8/255,half,0.4\n", "'half' is no accuracy"),
        (f"{HEAD}net,pgd,linf,8/255,50,0.4\n", "are they in percent"),
        (f"{HEAD}net,pgd,linf,8/255,,\n", "neither a reported"),
        (f"{HEAD},pgd,linf,8/255,0.5,\n", "names its model"),
        (HEAD, "holds no rows"),
    ],
)
def test_a_file_that_is_refused(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        read_attack_table(table(tmp_path, text), n=100)


def test_counts_must_be_told(tmp_path):
    text = f"{HEAD}net,pgd,linf,8/255,0.5,0.4\n"
    with pytest.raises(DataError, match="give a column n"):
        read_attack_table(table(tmp_path, text))
    text = "model,attack,norm,eps,reported,n\nnet,pgd,linf,8/255,0.5,many\n"
    with pytest.raises(DataError, match="'many' is no number of examples"):
        read_attack_table(table(tmp_path, text))
