"""Trials: what people (and nets) answered in the laboratory, one line per picture shown."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

import numpy as np
from jaxtyping import Bool

from fieldmark.records import Correct, DataError
from fieldmark.replications.data import Data, Origin

COLUMNS = ("subj", "condition", "imagename", "object_response", "category")
"""What is read of each line; files differ in the capitals of these titles."""

Words = np.ndarray
"""One string per trial."""


@dataclass(frozen=True)
class Trials:
    """Trials of one experiment, one entry per trial in every field.

    Args:
        subject: Who answered.
        condition: Under what distortion.
        image: The picture without the running number, experiment and session before it: the same
            for everybody who saw it, whatever the order it was shown in.
        answer: The class that was named; "na" where none was in time.
        category: The class of the picture (of its shape, where cues conflict).
    """

    subject: Words
    condition: Words
    image: Words
    answer: Words
    category: Words

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def right(self) -> Bool[np.ndarray, " trials"]:
        """Was the answer the picture's class?"""
        return self.answer == self.category

    @property
    def subjects(self) -> tuple[str, ...]:
        """Who answered, in alphabetical order."""
        return tuple(np.unique(self.subject).tolist())

    @property
    def conditions(self) -> tuple[str, ...]:
        """The distortions, in alphabetical order."""
        return tuple(np.unique(self.condition).tolist())

    @property
    def accuracy(self) -> float:
        """The mean over subjects of the share of their trials that they got right."""
        shares = [self.right[self.subject == name].mean() for name in self.subjects]
        return float(np.mean(shares))

    @property
    def texture(self) -> Words:
        """The class of each picture's texture: the last word of ``shape3-texture12.png``."""
        last = [name.rpartition("_")[2].partition(".")[0].split("-")[-1] for name in self.image]
        return np.array([word.rstrip("0123456789") for word in last])

    def where(self, chosen: Bool[np.ndarray, " trials"]) -> "Trials":
        """Some of the trials."""
        fields = (self.subject, self.condition, self.image, self.answer, self.category)
        return Trials(*(one[chosen] for one in fields))

    def joined(self, values: Bool[np.ndarray, " trials"]) -> Correct:
        """``values`` as (subjects, pictures), every row in one order of pictures.

        Sorting each subject's trials by themselves would be wrong as soon as one picture is
        missing, so the trials are joined on the picture's name.

        Raises:
            DataError: A subject saw a picture twice, or not at all.
        """
        names, row = np.unique(self.subject, return_inverse=True)
        pictures, column = np.unique(self.image, return_inverse=True)
        times = np.zeros((len(names), len(pictures)), np.int64)
        np.add.at(times, (row, column), 1)
        if (times != 1).any():
            who, what = (int(one[0]) for one in np.nonzero(times != 1))
            raise DataError(
                f"{names[who]} saw {pictures[what]} {times[who, what]} times: "
                "trials can only be joined where everybody saw every picture once"
            )
        matrix = np.zeros(times.shape, np.bool_)
        matrix[row, column] = values
        return matrix

    def by_condition(self) -> tuple[Correct, ...]:
        """Who was right on what, one matrix (subjects, pictures) per condition."""
        parts = [self.where(self.condition == one) for one in self.conditions]
        return tuple(part.joined(part.right) for part in parts)


def read_trials(data: Data, origins: Iterable[Origin]) -> Trials:
    """The trials of some files of one experiment.

    Raises:
        DataError: A file cannot be had, lacks a column, or holds a line that is too short.
    """
    lines: list[tuple[str, ...]] = []
    for origin in origins:
        lines += _lines(data.read(origin).decode("utf-8"), origin.path)
    if not lines:
        raise DataError("no trials: the files hold no line")
    subject, condition, image, answer, category = (
        np.array(column) for column in zip(*lines, strict=True)
    )
    short = np.array([name.split("_", 3)[-1] for name in image.tolist()])
    return Trials(subject, condition, short, answer, category)


def _lines(text: str, path: str) -> list[tuple[str, ...]]:
    table = csv.reader(StringIO(text))
    titles = [title.strip().lower() for title in next(table, [])]
    lacking = [title for title in COLUMNS if title not in titles]
    if lacking:
        raise DataError(f"{path} holds no trials: it lacks the column {lacking[0]}")
    places = [titles.index(title) for title in COLUMNS]
    found = []
    for number, line in enumerate(table, start=2):
        if len(line) != len(titles):
            raise DataError(f"{path}, line {number}: {len(line)} fields, {len(titles)} titles")
        found.append(tuple(line[place] for place in places))
    return found
