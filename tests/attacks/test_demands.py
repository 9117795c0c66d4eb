"""Numbers out of their range are refused by name, and so is what is no number."""

from dataclasses import dataclass

import pytest

from fieldmark.attacks.demands import demand
from fieldmark.records import Budget, ConfigError, ThreatModel


@dataclass
class Numbers:
    some: float | tuple[int, ...] | None
    name: str = "numbers"

    @property
    def threat(self) -> ThreatModel:
        return ThreatModel(Budget("linf", float("inf")))


@pytest.mark.parametrize(
    ("some", "asked"),
    [
        (1, {"least": {"some": 1}}),
        (None, {"least": {"some": 1}}),
        ((3, 2), {"least": {"some": 2}}),
        (0.1, {"above": {"some": 0}}),
        (0, {"within": {"some": "[0, 1)"}}),
        (1, {"within": {"some": "(0, 1]"}}),
    ],
)
def test_what_is_in_its_range_is_taken(some, asked):
    demand(Numbers(some), **asked)


@pytest.mark.parametrize(
    ("some", "asked", "said"),
    [
        (0, {"least": {"some": 1}}, "some must be at least 1, got 0"),
        ((3, 1), {"least": {"some": 2}}, r"some must be at least 2, got \(3, 1\)"),
        (0, {"above": {"some": 0}}, "some must be > 0, got 0"),
        (1, {"within": {"some": "[0, 1)"}}, r"some must be in \[0, 1\), got 1"),
        (0, {"within": {"some": "(0, 1]"}}, r"some must be in \(0, 1\], got 0"),
        *(
            (float("nan"), {how: {"some": what}}, "got nan")
            for how, what in (("least", 1), ("above", 0), ("within", "[0, 1]"))
        ),
    ],
)
def test_what_is_not_is_refused_in_one_line(some, asked, said):
    with pytest.raises(ConfigError, match=f"^numbers: .*{said}$"):
        demand(Numbers(some), **asked)


def test_a_budget_without_an_end_where_it_makes_no_sense():
    with pytest.raises(ConfigError, match="numbers fills a budget; write one, such as 8/255"):
        demand(Numbers(1), bounded="fills a budget")
