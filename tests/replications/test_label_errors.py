"""Label errors made again: what the votes say, and what the data cannot say."""

from fieldmark.replications import REPLICATIONS
from fieldmark.replications.label_errors import CHECKED, audit

LABEL_ERRORS = REPLICATIONS["label-errors"]


def test_what_can_be_had_agrees_and_the_rest_says_why(data):
    checks = LABEL_ERRORS.check(data)
    assert sum(one.verdict == "agrees" for one in checks) == 10
    assert {one.verdict for one in checks} == {"agrees", "not in the data"}
    assert all(one.note for one in checks if one.verdict == "not in the data")


def test_only_flagged_labels_were_checked_so_there_is_no_rate(data):
    for name in CHECKED:
        found = audit(data, name)
        assert not found.rate().defined
        assert found.found().value > 0


def test_the_figure_has_a_line_per_set(data):
    (forest,) = LABEL_ERRORS.figures(data)
    assert [bar.name for bar in forest.bars] == list(CHECKED)
