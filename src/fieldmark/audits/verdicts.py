"""The verdict: what the rules come to, in words; it never says that a model withstands attacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldmark.audits.evidence.gathering import Evidence
from fieldmark.audits.evidence.searches import BLACK
from fieldmark.audits.rules import answers, declared, effort, gradients, strength
from fieldmark.audits.rules.judgement import Judgement, Rule, State, pictures
from fieldmark.records import Estimate

RULES: Mapping[str, Rule] = {
    rule.key: rule
    for rule in sorted(
        (*answers.RULES, *gradients.RULES, *strength.RULES, *effort.RULES, *declared.RULES),
        key=lambda rule: int(rule.key[1:]),
    )
}
"""The checklist, by key, in its order."""

LEAKS = ("K14", "K18", "K19", "K27")
"""Rules that fail when an attack that sees less does more."""


@dataclass(frozen=True)
class Audit:
    """An evaluation, judged.

    Args:
        evidence: What was looked at.
        judgements: What each rule says, by its key.
    """

    evidence: Evidence
    judgements: Mapping[str, Judgement]

    def keys(self, state: State) -> tuple[str, ...]:
        """Rules with this answer, in order."""
        return tuple(key for key, one in self.judgements.items() if one.state == state)

    @property
    def kind(self) -> str:
        """The verdict in one word or two: "do not believe", "unreliable", "nothing found"."""
        fails = set(self.keys("fail"))
        if not fails:
            return "nothing found"
        return "unreliable" if fails <= {*LEAKS, "K15"} else "do not believe"

    @property
    def accuracy(self) -> Estimate:
        """What all attacks together leave: an upper bound of the robust accuracy."""
        return self.evidence.accuracy_after()

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        fails, passes = self.keys("fail"), self.keys("pass")
        unknown = len(self.keys("unknown"))
        least = self.accuracy
        bound = f"at most {least.value:.1%} [{least.low:.1%}, {least.high:.1%}] of {least.n}"
        if self.kind == "nothing found":
            return (
                f"Nothing found against it: {_checks(len(passes))} passed, {unknown} unknown. "
                f"The robust accuracy is {bound} pictures, and this is still an upper bound."
            )
        lead = "Unreliable" if self.kind == "unreliable" else "Do not believe this evaluation"
        failing = "fails" if len(fails) == 1 else "fail"
        parts = [f"{lead}: {_checks(len(fails))} {failing} ({', '.join(fails)})."]
        parts += [sentence for sentence in (self._claim(), self._leak()) if sentence]
        parts.append(f"The robust accuracy is {bound} pictures.")
        return " ".join(parts)

    def _claim(self) -> str:
        """Is the figure too high?"""
        claimed, least = self.evidence.declared.claimed, self.accuracy
        if self.evidence.declared.claims and claimed > least.high:
            points = 100 * (claimed - least.value)
            return f"The claimed {claimed:.2%} is too optimistic, by {points:.1f} points."
        own = self.evidence.ran("evaluated")
        if self.judgements["K15"].state == "fail" and own is not None:
            left = 1 - (own.fooled.sum() + self.evidence.counted - len(own.fooled)) / (
                self.evidence.counted
            )
            return f"Its own figure, {left:.1%}, is too optimistic."
        return ""

    def _leak(self) -> str:
        """Did an attack that sees less do more?"""
        if not any(self.judgements[key].state == "fail" for key in LEAKS):
            return ""
        white = self.evidence.fooled_by("white-box")
        ran = [one for one in self.evidence.within() if one.sees in BLACK]
        best = max(ran, key=lambda one: int((one.fooled & ~white).sum()))
        only = int((best.fooled & ~white).sum())
        return (
            f"The estimate is unreliable: {best.name}, which needs no gradient, fooled "
            f"{pictures(only)} that no attack by gradients did; the true value is lower."
        )


def judged(evidence: Evidence) -> Audit:
    """Every rule put to the evidence."""
    return Audit(evidence, {key: rule.judge(evidence) for key, rule in RULES.items()})


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def summary(states: Sequence[State]) -> str:
    """How many rules gave each answer.

    Example:
        >>> summary(["pass", "fail", "pass"])
        '2 pass, 1 fail'
    """
    counts = {state: list(states).count(state) for state in states}
    return ", ".join(f"{count} {state}" for state, count in counts.items())
