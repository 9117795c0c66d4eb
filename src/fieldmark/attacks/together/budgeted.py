"""An evaluation for so many seconds: what fools most per second first, as far as the time goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import process_time
from typing import TYPE_CHECKING

from fieldmark.attacks.asking.square import Square
from fieldmark.attacks.climbing.apgd import APGD, APGDT
from fieldmark.attacks.nearest.fab import FAB
from fieldmark.attacks.together.ensemble import logged
from fieldmark.attacks.together.remarks import at_first_sight, in_hindsight
from fieldmark.attacks.watching.stages import GRADIENTS_PER_QUERY, Stage, effort_of
from fieldmark.records import Attack, Budget, ConfigError, ThreatModel

if TYPE_CHECKING:
    from fieldmark.attacks.watching.referee import Referee

BELIEF = 20.0
"""How many examples of experience the expectations are worth, before anything was seen."""


@dataclass(frozen=True)
class Slice:
    """A piece of work that can be done or left.

    Args:
        name: What it is called.
        attack: What is run.
        share: Of the examples still standing, which it is expected to fool.
        after: The slice that it goes on from and must follow; "" for none.
    """

    name: str
    attack: Attack
    share: float
    after: str = ""

    @property
    def blind(self) -> bool:
        """Does it know no gradients?"""
        return self.attack.threat.knowledge != "white-box"


@dataclass
class Ledger:
    """What experience says: how often each kind of search succeeds, and what a gradient costs.

    Args:
        pace: Seconds per gradient, a question counting a third of one.
    """

    pace: float
    seen: dict[bool, list[float]] = field(
        default_factory=lambda: {True: [0.0, 0.0], False: [0.0, 0.0]}
    )

    def gain(self, one: Slice, standing: int) -> float:
        """How many examples a slice is expected to fool."""
        hit, expected = self.seen[one.blind]
        return standing * min(1.0, one.share * (hit + BELIEF) / (expected + BELIEF))

    def cost(self, one: Slice, standing: int) -> float:
        """How many seconds it is expected to take."""
        return effort_of(one.attack) * standing * self.pace

    def learn(self, one: Slice, stage: Stage) -> None:
        """What the stage taught about its kind, and about the pace."""
        tally = self.seen[one.blind]
        tally[0] += len(stage.fooled)
        tally[1] += one.share * stage.searched
        self.pace = pace_of(stage) or self.pace


def pace_of(stage: Stage) -> float:
    """Seconds per gradient in a stage; 0 where it asked nothing."""
    work = stage.gradients + (stage.queries - stage.gradients) * GRADIENTS_PER_QUERY
    return stage.seconds / work if work else 0.0


@dataclass(frozen=True)
class Budgeted:
    """AutoAttack's members for so many seconds of processor time; satisfies ``records.Attack``.

    At each turn it runs what is expected to fool most per second of those examples that still
    stand, if it is expected to fit; what was expected is corrected by what was seen. What was not
    run, and what it would cost, stands in the outcome's remarks.

    How far the time goes hangs on the machine and on its load, and on all the examples together.
    For an outcome that hangs on neither give ``AutoAttack`` an ``effort``.

    Args:
        budget: The ball around each image, in linf or l2.
        seconds: Of processor time, > 0. A slice that was begun is ended, so that it may take more
            than expected.

    Raises:
        ConfigError: There is no time, or the budget is unbounded or in l1.

    Example:
        >>> Budgeted(Budget("linf", 8 / 255), seconds=300.0).name
        'autoattack-timed-linf'
    """

    budget: Budget
    seconds: float = 300.0

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ConfigError(f"{self.name}: seconds must be > 0, got {self.seconds}")
        self.slices  # noqa: B018  refuses what its members refuse

    @property
    def name(self) -> str:
        """What it is, such as "autoattack-timed-linf"."""
        return f"autoattack-timed-{self.budget.norm}"

    @property
    def threat(self) -> ThreatModel:
        """White-box and untargeted."""
        return ThreatModel(self.budget)

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The work there is."""
        b = self.budget
        return (
            Slice("apgd-ce", APGD(b), 0.15),
            Slice("square, 300 questions", Square(b, 300), 0.02),
            Slice("apgd-t, 3 classes", APGDT(b, 3), 0.02),
            Slice("square", Square(b), 0.04, after="square, 300 questions"),
            Slice("apgd-t, 6 more classes", APGDT(b, skip=3), 0.004, after="apgd-t, 3 classes"),
            Slice("fab-t", FAB(b, targets=9), 0.003),
        )

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome, save the machine."""
        return {
            **self.threat.settings,
            "steps": 100,
            "seconds": self.seconds,
            "hangs on": "the machine's speed and load, and on which examples come together",
            "slices": [
                {"name": one.name, "share": one.share, "attack": dict(one.attack.settings)}
                for one in self.slices
            ],
        }

    def search(self, referee: "Referee") -> None:
        """Slice after slice, as far as the time goes."""
        end = process_time() + self.seconds
        with logged(referee, "first sight"):
            referee.remarks += at_first_sight(referee)
        ledger, left = Ledger(pace_of(referee.stages.pop())), list(self.slices)
        while left and (standing := int(referee.open.sum())):
            one = _best(left, ledger, standing, end - process_time())
            if one is None:
                break
            with logged(referee, one.name):
                one.attack.search(referee)
            ledger.learn(one, referee.stages[-1])
            left.remove(one)
        referee.remarks += in_hindsight(referee.stages, len(referee.seeds))
        referee.remarks += _not_run(left, ledger, int(referee.open.sum()))


def _best(left: Sequence[Slice], ledger: Ledger, standing: int, seconds: float) -> Slice | None:
    """What fools most per second of all that may be run and fits; None if nothing does."""
    waiting = {one.name for one in left}
    able = [
        one for one in left if one.after not in waiting and ledger.cost(one, standing) <= seconds
    ]
    rates = [ledger.gain(one, standing) / ledger.cost(one, standing) for one in able]
    return able[rates.index(max(rates))] if able else None


def _not_run(left: Sequence[Slice], ledger: Ledger, standing: int) -> list[str]:
    """What was not run, and what it would cost."""
    if not left or not standing:
        return []
    told = ", ".join(
        f"{one.name} (about {ledger.cost(one, standing):.0f} s, "
        f"{ledger.gain(one, standing):.1f} expected)"
        for one in left
    )
    return [f"not run for want of time, with {standing} examples standing: {told}"]
