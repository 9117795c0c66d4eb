"""RobustBench's leaderboards, held to themselves."""

from collections import Counter

from fieldmark.replications.robustbench import claims, published
from fieldmark.studies import cross_check


def test_the_leaderboards_of_robustbench_held_to_themselves(data):
    rows = published(data)
    assert len(rows) == 188
    found = cross_check(rows)
    kinds = Counter((row[0], row[7]) for row in found.table.rows)
    assert kinds["re-attacked", "fell"] == 41
    assert sum(n for (kind, _), n in kinds.items() if kind == "re-attacked") == 185
    assert not any(kind in ("weaker attack", "larger budget", "above clean") for kind, _ in kinds)
    assert kinds["places", "told apart"] == 36
    assert sum(n for (kind, _), n in kinds.items() if kind == "places") == 183
    assert "linf 0.031 (6 figures) beside linf 8/255 (93 figures) on cifar10" in found.statement
    assert "Alfarra2020ClusTR, cifar10, linf 8/255: 74.0 % reported, 0.0 % left" in found.statement


def test_the_rows_say_what_the_claims_say(data):
    """Where nobody found more than AutoAttack, both readers give the same figure."""
    left = {(row.model, row.dataset, row.budget.norm): row for row in published(data)}
    for claim in claims(data):
        dataset, threat = claim.threat.split("/")
        row = left[claim.name, dataset, threat.lower()]
        assert row.reported == claim.reported
        assert row.reattacked <= claim.reattacked
