"""Rehearsed attacks: what simulated searches find, from margins whose truth is known.

How far an example must be moved follows from its margin, so a subject that is surer holds out
longer and a steady one longer still; what a search finds is never nearer than that. Two subjects
are taken for smoothed ones, with votes drawn from the same distances.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from fieldmark.records import ANY, NO_ANSWER, Answers, Kind, generator, seed_of

ATTACKED = ("small net", "deep net")
"""The families that give gradients, and so can be attacked."""

CERTIFIED = ("net-l", "net-l-augmented")
"""Who is taken for a smoothed classifier."""

_SIGMA, _DRAWS, _ALPHA = 0.25, 10_000, 0.001
_CLASSES = 10
_REACH: Mapping[str, float] = MappingProxyType({"linf": 0.05, "l2": 1.0, "l1": 18.0})


@dataclass(frozen=True)
class Rehearsed:
    """One simulated attack, or one certificate.

    Args:
        change: Its printed name.
        level: The budget, as it is printed.
        strength: The budget's size; 0 where the smallest change is searched for.
        norm: In which norm.
        knowledge: What the attacker sees.
        surrogate: Through whom it is made; "" for the subject itself.
    """

    change: str
    level: str
    strength: float = 0.0
    norm: str = "l2"
    knowledge: str = "white-box"
    surrogate: str = ""

    @property
    def kind(self) -> Kind:
        """An attack or a certificate."""
        return "certificate" if self.change == "certified-l2" else "attack"

    @property
    def settings(self) -> Mapping[str, object]:
        """What a measured cell would say."""
        if self.kind == "certificate":
            return {"norm": "l2", "draws": _DRAWS, "selection": 100, "alpha": _ALPHA}
        through = {"surrogate": self.surrogate} if self.surrogate else {}
        return {
            "norm": self.norm,
            "budget": self.strength or ANY,
            "knowledge": self.knowledge,
            "goal": "untargeted",
            "queries": 1 if self.surrogate else 0,
            "adaptive": "",
            **through,
        }


def _transfer(surrogate: str) -> Rehearsed:
    name = f"mi-linf-from-{surrogate}"
    return Rehearsed(name, "8/255", 8 / 255, "linf", "transfer", surrogate)


REHEARSED = (
    Rehearsed("fab-l2", ANY),
    Rehearsed("pgd-linf", "2/255", 2 / 255, "linf"),
    Rehearsed("pgd-linf", "8/255", 8 / 255, "linf"),
    Rehearsed("pgd-l2", "0.5", 0.5),
    Rehearsed("pgd-l1", "12", 12.0, "l1"),
    _transfer("net-l"),
    _transfer("deep-l"),
    Rehearsed("certified-l2", str(_DRAWS)),
)


@dataclass(frozen=True)
class Attackable:
    """Simulated subjects on simulated examples, before anybody attacks.

    Args:
        names: The subjects.
        families: Their families.
        steadiness: Share of extra difficulty that each does not feel.
        margin: Log odds of being right, (subjects, n).
        said: What each answered, (subjects, n).
        labels: What counts as right, (n,).
        lure: What an example is most easily taken for instead, (n,).
        seed: Where chance comes from.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    steadiness: tuple[float, ...]
    margin: np.ndarray
    said: np.ndarray
    labels: np.ndarray
    lure: np.ndarray
    seed: int

    def answers(self, attack: Rehearsed) -> Iterator[tuple[int, Answers]]:
        """Whose row was attacked, and what came of it."""
        for row, name in enumerate(self.names):
            if attack.kind == "certificate" and name in CERTIFIED:
                yield row, self._certified(row)
            elif attack.kind == "attack" and self.families[row] in ATTACKED:
                yield row, self._attacked(row, attack)

    def _distance(self, row: int, norm: str) -> np.ndarray:
        """The true distance of each example from the boundary, (n,)."""
        rng = generator(seed_of(self.seed, "distance", norm, self.names[row]))
        scatter = np.exp(0.35 * rng.standard_normal(len(self.labels)))
        firm = 0.22 * (1 + 2 * self.steadiness[row]) * _REACH[norm]
        return np.asarray(firm * np.abs(self.margin[row]) * scatter)

    def _attacked(self, row: int, attack: Rehearsed) -> Answers:
        names = (attack.change, attack.level, self.names[row])
        rng = generator(seed_of(self.seed, "attack", *names))
        n = len(self.labels)
        found = self._distance(row, attack.norm) * (1 + rng.exponential(0.06, n))
        if attack.surrogate and attack.surrogate != self.names[row]:
            # What fools one net fools its relatives more often than others.
            kin = self.families[self.names.index(attack.surrogate)] == self.families[row]
            found = found * (1 + rng.exponential(1.0 if kin else 3.0, n))
        right, limit = self.said[row] == self.labels, attack.strength or np.inf
        broken = right & (found <= limit)
        distance = np.where(right, np.where(broken, found, limit), 0.0).astype(np.float32)
        best = np.where(broken, self.lure, self.said[row])
        return Answers(*_led_by(best, np.full(n, 0.6)), measures={"distance": distance})

    def _certified(self, row: int) -> Answers:
        from scipy.special import betaincinv, ndtr, ndtri

        rng = generator(seed_of(self.seed, "votes", self.names[row]))
        share = ndtr(0.85 * self._distance(row, "l2") / _SIGMA)
        hits = rng.binomial(_DRAWS, share).astype(np.float64)
        lower = betaincinv(hits, _DRAWS - hits + 1, _ALPHA)
        proved = lower > 0.5
        radius = (_SIGMA * ndtri(np.maximum(lower, 0.5))).astype(np.float32)
        best = np.where(proved, self.said[row], NO_ANSWER)
        measures = {"hits": hits.astype(np.float32), "radius": radius}
        return Answers(*_led_by(best, hits / _DRAWS), measures=measures)


def _led_by(best: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Five classes, ``best`` first, and their scores: what the first leaves the others share."""
    after = (best[:, None] % _CLASSES + np.arange(1, 5)) % _CLASSES
    rest = np.outer(1 - share, [0.4, 0.3, 0.2, 0.1])
    classes = np.column_stack([best, after]).astype(np.uint16)
    return classes, np.column_stack([share, rest]).astype(np.float32)
