"""Beside people: machines held against people on the same examples, as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from fieldmark.records import (
    ConfigError,
    Correct,
    Estimate,
    NotKeptError,
    UnknownNameError,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    accuracy,
    all_pairs,
    clustered_accuracy,
    cross_pairs,
    holm,
    mcnemar,
    mean_consistencies,
    mean_difference,
    sign_flip_test,
)
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.words import direction
from fieldmark.studies.people.erring import FEWEST_PEOPLE

ALL = "all"
SURE = 0.05
"""Adjusted p-values below this are told as differences."""


@dataclass(frozen=True)
class Beside:
    """One subject beside people, on one slice.

    Args:
        subject: Its name.
        family: Its family.
        person: Is it a person?
        accuracy: On this slice.
        difference: Its accuracy minus the mean of people (of the other people, for a person).
        p: Of no difference to the mean of people, Holm over machines; NaN for a person.
        better: How many people it is more accurate than (McNemar, Holm over all comparisons).
        worse: How many people are more accurate than it.
        kappa: Error consistency with people (the others, for a person).
    """

    subject: str
    family: str
    person: bool
    accuracy: Estimate
    difference: Estimate
    p: float
    better: int
    worse: int
    kappa: Estimate

    @property
    def verdict(self) -> str:
        """Machines only: is it more accurate than people are on average?"""
        if self.person or not self.difference.defined:
            return ""
        sign = direction(self.difference) if self.p < SURE else 0
        told = {1: "more accurate than people", -1: "less accurate than people"}
        return told.get(sign, "cannot be told")


@dataclass(frozen=True)
class Slice:
    """Every subject beside people on some of a condition's examples.

    Args:
        title: "all", or the slice's name.
        n: How many labelled examples it holds.
        rows: Each subject, people first.
        people: The mean accuracy of people, clustered by example.
        among: Error consistency among people; undefined for one person.
    """

    title: str
    n: int
    rows: tuple[Beside, ...]
    people: Estimate
    among: Estimate

    @property
    def machines(self) -> tuple[Beside, ...]:
        """The subjects that are no people, the most accurate first."""
        machines = [row for row in self.rows if not row.person]
        return tuple(sorted(machines, key=lambda row: (-row.accuracy.value, row.subject)))

    @property
    def persons(self) -> tuple[Beside, ...]:
        """The people, the most accurate first."""
        people = [row for row in self.rows if row.person]
        return tuple(sorted(people, key=lambda row: (-row.accuracy.value, row.subject)))


def beside_people(
    cells: Board, on: str, slices: Mapping[str, Sequence[str]], *, draws: int, seed: int
) -> tuple[Slice, ...]:
    """Everybody beside people on all labelled examples of a condition, then on each slice.

    Args:
        cells: The store's cells.
        on: What everybody was asked.
        slices: From a slice's name to names of classes.
        draws: Bootstrap samples of the error consistency.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: No such condition, or no such class.
        ConfigError: A slice without examples.
        NotKeptError: Nobody is a person, nobody is a machine, or no example is labelled.
    """
    answered = cells.answered(cells.condition(on))
    cards = [cells.subjects[name] for name in answered.subjects]
    people = [row for row, card in enumerate(cards) if card.is_person]
    machines = [row for row in range(len(cards)) if row not in people]
    if not people:
        raise NotKeptError(
            f"no person answered {on}: import people's answers, whose card has the family "
            '"people", or study machines alone with error-consistency'
        )
    if not machines:
        raise NotKeptError(f"only people answered {on}: there is no machine to hold against them")
    if not answered.ids:
        raise NotKeptError(f"no example of {on} is labelled: nobody is right or wrong")
    found = []
    for title, chosen in {ALL: None, **_chosen(cells, on, answered.ids, slices)}.items():
        correct = answered.correct if chosen is None else answered.correct[:, chosen]
        rng = generator(seed_of(seed, "humans-and-machines", on, title))
        differences = _differences(correct, people, machines, rng)
        kappas = _kappas(correct, people, draws, rng)
        rows = tuple(
            Beside(
                subject=answered.subjects[row],
                family=cards[row].family,
                person=row in people,
                accuracy=accuracy(correct[row]),
                difference=differences[row].mean,
                p=differences[row].p,
                better=differences[row].better,
                worse=differences[row].worse,
                kappa=kappas[row],
            )
            for row in (*people, *machines)
        )
        whole = _people_accuracy(correct[people])
        found.append(Slice(title, correct.shape[1], rows, whole, kappas[len(cards)]))
    return tuple(found)


@dataclass(frozen=True)
class _Difference:
    mean: Estimate
    p: float = nan
    better: int = 0
    worse: int = 0


def _people_accuracy(correct: Correct) -> Estimate:
    return accuracy(correct[0]) if len(correct) == 1 else clustered_accuracy(correct)


def _differences(
    correct: Correct, people: list[int], machines: list[int], rng: np.random.Generator
) -> dict[int, _Difference]:
    """Each subject's difference to people, and whom it is sure to be better or worse than."""
    shares = correct.astype(np.float64)
    mean = shares[people].mean(axis=0)
    raw = np.array([sign_flip_test(shares[row], mean, rng=rng).p for row in machines])
    adjusted = dict(zip(machines, holm(raw).tolist(), strict=True))
    duels = [(row, person) for row in machines for person in people]
    fought = [mcnemar(correct[row], correct[person]) for row, person in duels]
    sure = holm(np.array([one.p_exact for one in fought])) < SURE
    won = [int(np.sign(one.only_a - one.only_b)) for one in fought]
    results: dict[int, list[int]] = {row: [] for row in machines}
    for (row, _), sign, told in zip(duels, won, sure.tolist(), strict=True):
        results[row].append(sign if told else 0)
    found = {
        row: _Difference(
            _against(mean, shares[row]), adjusted[row], signs.count(1), signs.count(-1)
        )
        for row, signs in results.items()
    }
    for person in people:
        others = [one for one in people if one != person]
        mean_of_others = shares[others].mean(axis=0) if others else np.zeros(0)
        own = shares[person] if others else np.zeros(0)
        found[person] = _Difference(_against(mean_of_others, own))
    return found


def _against(mean: np.ndarray, own: np.ndarray) -> Estimate:
    """Own accuracy minus the mean; where all examples agree there is no spread, so no ends."""
    return mean_difference(mean, own, paired=True)


def _kappas(
    correct: Correct, people: list[int], draws: int, rng: np.random.Generator
) -> list[Estimate]:
    """Each subject's error consistency with (other) people; at last that among people."""
    groups = [
        cross_pairs([row], [person for person in people if person != row])
        for row in range(len(correct))
    ]
    found = mean_consistencies(
        [correct],
        [*groups, all_pairs(people)],
        rng=rng,
        sampled=people if len(people) >= FEWEST_PEOPLE else (),
        draws=draws,
    )
    return [one.kappa for one in found]


def _chosen(
    cells: Board, on: str, ids: tuple[str, ...], slices: Mapping[str, Sequence[str]]
) -> dict[str, np.ndarray]:
    """Which labelled examples belong to each slice: those with one of its classes as a label."""
    if ALL in slices:
        raise ConfigError(f'a slice needs a name other than "{ALL}", which means all examples')
    examples = cells.store.examples(on)
    names = list(examples.classes.names)
    row_of = {one: row for row, one in enumerate(examples.ids)}
    labels = examples.labels[[row_of[one] for one in ids]]
    found: dict[str, np.ndarray] = {}
    for title, classes in slices.items():
        for name in classes:
            if name not in names:
                raise UnknownNameError("class", name, names)
        places = [names.index(name) for name in classes]
        chosen = np.asarray(np.isin(labels, places).any(axis=1))
        if not chosen.any():
            raise ConfigError(f"the slice {title[:80]!r} holds no labelled example of {on}")
        found[title] = chosen
    return found


def told(p: float) -> float | None:
    """A p-value for a table; None where no test was made."""
    return None if isnan(p) else p
