"""Erring: who was right on what over a group of conditions, with people and machines told apart."""

from dataclasses import dataclass

import numpy as np

from fieldmark.records import ConfigError, Correct, Estimate, NotKeptError
from fieldmark.statistics import accuracy, clustered_accuracy
from fieldmark.studies.answers.board import Board
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import listing, many

FEWEST_PEOPLE = 3
"""From so few people nothing can be learnt about others: they are taken as given."""


@dataclass(frozen=True)
class Erring:
    """Who erred on what, for the subjects that finished all of some conditions.

    Several conditions are changes of one set of examples, so they show the same ones.

    Args:
        conditions: What they were asked.
        subjects: Their names, the rows of every matrix.
        families: Of each.
        correct: One matrix (subjects, labelled examples) per condition.
        people: Which rows are people.
        lacking: Subjects that did not finish all conditions.
        attacked: What is to be said of attacked conditions; () where nobody attacks.
    """

    conditions: tuple[str, ...]
    subjects: tuple[str, ...]
    families: tuple[str, ...]
    correct: tuple[Correct, ...]
    people: tuple[int, ...]
    lacking: tuple[str, ...]
    attacked: tuple[str, ...] = ()

    @property
    def machines(self) -> tuple[int, ...]:
        """Which rows are not people."""
        return tuple(row for row in range(len(self.subjects)) if row not in self.people)

    @property
    def sampled(self) -> tuple[int, ...]:
        """The people that stand for others; () where they are too few."""
        return self.people if len(self.people) >= FEWEST_PEOPLE else ()

    def accuracy(self, row: int) -> Estimate:
        """The mean accuracy of one subject over the conditions."""
        if len(self.correct) == 1:
            return accuracy(self.correct[0][row])
        return clustered_accuracy(np.stack([one[row] for one in self.correct]))


def erring_on(cells: Board, on: str) -> Erring:
    """Who erred on what, for a condition or a group of them.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: "corruptions" of several sets of examples.
        NotKeptError: Fewer than two subjects finished them, or no example is labelled.
    """
    conditions = conditions_of(cells, on)
    finished = [set(cells.finished(one)) for one in conditions]
    subjects = tuple(name for name in cells.subjects if all(name in one for one in finished))
    if len(subjects) < 2:
        raise NotKeptError(
            f"error consistency is a matter of two: {many(len(subjects), 'subject')} finished {on}"
        )
    correct = []
    for condition in conditions:
        answered = cells.answered(condition)
        if not answered.ids:
            raise NotKeptError(f"no example of {condition} is labelled: nobody is right or wrong")
        correct.append(answered.correct[[answered.subjects.index(name) for name in subjects]])
    cards = [cells.subjects[name] for name in subjects]
    return Erring(
        conditions=conditions,
        subjects=subjects,
        families=tuple(card.family for card in cards),
        correct=tuple(correct),
        people=tuple(row for row, card in enumerate(cards) if card.is_person),
        lacking=tuple(name for name in cells.subjects if name not in subjects),
        attacked=attack_caveats(cells, conditions),
    )


def conditions_of(cells: Board, on: str) -> tuple[str, ...]:
    """The conditions that ``on`` names: one, all severities of a change, or all shifts.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: "corruptions" of several sets of examples.
        NotKeptError: "corruptions" of a store without shifts.
    """
    shifts = cells.of_kind("shift")
    if on == "corruptions":
        owners = sorted({cells.conditions[one].base for one in shifts})
        if not owners:
            raise NotKeptError("this store holds no shifts: run conditions such as NAME+fog@3")
        if len(owners) > 1:
            ways = listing([f"{owner}+CHANGE" for owner in owners])
            raise ConfigError(f"shifts of {listing(owners)}: name one, such as {ways}")
        return shifts
    owner, _, change = on.partition("+")
    of_change = tuple(
        name
        for name, record in cells.conditions.items()
        if change and (record.base, record.change) == (owner, change)
    )
    return of_change or (cells.condition(on),)


def people_words(number: int) -> str:
    """A number of people.

    Example:
        >>> people_words(0), people_words(1), people_words(5)
        ('no people', 'one person', '5 people')
    """
    return many(number, "person").replace("persons", "people")
