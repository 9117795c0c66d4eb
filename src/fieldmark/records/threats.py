"""Threat models: what an attacker wants, knows and may do; the unit of any robust accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from fieldmark.records.budgets import Budget
from fieldmark.records.errors import ConfigError

Knowledge = Literal["white-box", "score", "decision", "transfer"]
"""What the attacker sees of the model: its gradients, its scores, its answer alone, or nothing
but another model."""

Goal = Literal["untargeted", "random", "least-likely", "second-likely", "next", "given"]
"""What the attacker wants: any wrong class, or one chosen by a policy: drawn at random for each
example, the least or the second likeliest, the one after the right one, or given by the user."""


@dataclass(frozen=True)
class ThreatModel:
    """What an attacker wants, knows and may do.

    Two robust accuracies may be compared when their threat models are equal, and not otherwise.

    Args:
        budget: How far a picture may be moved.
        knowledge: What the attacker sees of the model.
        goal: What counts as success.
        queries: How often the model may be asked for one example; None for as often as it likes.
        adaptive: What about the attack was made for this very defence, in words; "" for nothing.

    Raises:
        ConfigError: Knowledge or goal is none of those above, or fewer than one query is allowed.

    Source:
        The parts are those of Carlini et al. 2019, arXiv:1902.06705, section 2.2: goals,
        capabilities, knowledge.

    Example:
        >>> print(ThreatModel(Budget("linf", 8 / 255), "score", queries=5000))
        linf 8/255, score, untargeted, at most 5,000 queries
    """

    budget: Budget
    knowledge: Knowledge = "white-box"
    goal: Goal = "untargeted"
    queries: int | None = None
    adaptive: str = ""

    def __post_init__(self) -> None:
        if self.knowledge not in get_args(Knowledge):
            raise ConfigError(
                f"knowledge is one of {', '.join(get_args(Knowledge))}, got {self.knowledge!r}"
            )
        if self.goal not in get_args(Goal):
            raise ConfigError(f"a goal is one of {', '.join(get_args(Goal))}, got {self.goal!r}")
        if self.queries is not None and self.queries < 1:
            raise ConfigError(f"queries must be at least 1, got {self.queries}")

    @property
    def settings(self) -> Mapping[str, object]:
        """Its parts, as they are kept beside predictions; "queries" is 0 where there is no limit.

        Example:
            >>> ThreatModel(Budget("l2", 0.5)).settings["norm"]
            'l2'
        """
        return {
            "norm": self.budget.norm,
            "budget": self.budget.size if self.budget.bounded else str(self.budget),
            "knowledge": self.knowledge,
            "goal": self.goal,
            "queries": self.queries or 0,
            "adaptive": self.adaptive,
        }

    def __str__(self) -> str:
        parts = [f"{self.budget.norm} {self.budget}", self.knowledge, self.goal]
        if self.queries is not None:
            parts.append("one query" if self.queries == 1 else f"at most {self.queries:,} queries")
        if self.adaptive:
            parts.append(f"adapted: {self.adaptive}")
        return ", ".join(parts)
