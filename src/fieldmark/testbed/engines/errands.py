"""Errands: what a worker elsewhere is sent to do, and what it comes back with."""

from dataclasses import dataclass, replace
from typing import Any

from fieldmark.records import Answers, Header
from fieldmark.testbed.options import Options
from fieldmark.testbed.parts import Part


@dataclass(frozen=True)
class Home:
    """Where an errand comes from, and what it needs to find there.

    Args:
        store: The address of the store.
        holder: What the run that holds it says of itself; "" where nobody else can see it.
        code: Versions of whatever could change an answer.
        folder: The folder the run was started in.
        paths: Where Python looks for the user's own modules.
    """

    store: str
    holder: str
    code: dict[str, str]
    folder: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Errand:
    """One part of a condition, and who is asked about it.

    Args:
        home: Where it comes from.
        name: The condition's printed name.
        condition: What to fetch the condition by.
        part: Its rows; none where only the subjects' cards are wanted.
        names: The subjects' names.
        subjects: What to fetch each by.
        options: How to go about it.
    """

    home: Home
    name: str
    condition: Any
    part: Part
    names: tuple[str, ...]
    subjects: tuple[Any, ...]
    options: Options

    def only(self, place: int, part: Part | None = None) -> "Errand":
        """The same for one of its subjects alone, and for another part where one is given."""
        return replace(
            self,
            part=part or self.part,
            names=(self.names[place],),
            subjects=(self.subjects[place],),
        )


@dataclass(frozen=True)
class Told:
    """What one subject said.

    Args:
        header: Of what it answered, or of the record that it did not.
        answers: None where there are none, or where they are committed already.
    """

    header: Header
    answers: Answers | None = None


@dataclass(frozen=True)
class Brought:
    """What a worker comes back with.

    Args:
        host: The machine it works on.
        told: What each subject said.
        unshown: Why the pictures could not be made.
        unfit: Why this machine cannot do such errands: "has torch 1 instead of 2".
        unkept: Why answers could not be committed.
    """

    host: str
    told: tuple[Told, ...] = ()
    unshown: str = ""
    unfit: str = ""
    unkept: str = ""
