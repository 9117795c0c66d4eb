"""The key: which examples were asked, what would have been right, and what the classes are."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fieldmark.archives.sheets import Sheet, read_sheets
from fieldmark.records import (
    NO_ANSWER,
    ClassSpace,
    DataError,
    DatasetCard,
    Examples,
    LabelSets,
    Pixels,
    Rows,
    fingerprint,
)


@dataclass(frozen=True)
class Classes:
    """The classes with every name that a file may call them by.

    Args:
        space: Their printed names, in the order of their numbers.
        known: From any name (printed name, WordNet id, number as text) to the class's number.
    """

    space: ClassSpace
    known: Mapping[str, int]

    def number(self, name: str) -> int:
        """The number of a class by any of its names; -1 when nobody knows the name."""
        return self.known.get(name.strip(), -1)


@dataclass(frozen=True)
class Key:
    """The examples of a condition as far as predictions need them.

    Args:
        name: The condition's printed name.
        ids: One name per example.
        labels: int64 (n, m), padded with -1.
        classes: What labels and answers refer to.
        numbered: Were the ids made up from the order, because no file has any?
        reference: The in-distribution condition, or "".
    """

    name: str
    ids: tuple[str, ...]
    labels: LabelSets
    classes: Classes
    numbered: bool
    reference: str = ""

    def examples(self, source: str) -> Examples:
        """The same as examples whose pictures are elsewhere.

        Raises:
            DataError: Ids repeat, or there are none.
        """

        def decode(rows: Rows) -> Pixels:
            raise DataError(f"the pictures of {self.name} were not imported, only its answers")

        return Examples(
            card=DatasetCard(
                name=self.name,
                title=f"{self.name}, answers imported",
                source=source,
                licence="as you obtained it",
                collected="by whoever published it; only ids, labels and answers are here",
                not_for="anything that its source says it is not for",
                reference=self.reference,
            ),
            classes=self.classes.space,
            ids=self.ids,
            labels=self.labels,
            frame=(1, 1, 1),
            decode=decode,
            content=fingerprint(
                "imported", list(self.ids), self.labels, list(self.classes.space.names)
            ),
        )


def read_classes(path: Path) -> Classes:
    """The classes from a file.

    A text file has a line per class: its name, or its WordNet id, a space and its name. A JSON file
    has a list of names, a list of lists of names, or a mapping from numbers to either.

    Raises:
        DataError: The file cannot be read, or two classes share a name.
    """
    try:
        text = path.read_text()
        if path.suffix.lower() == ".json":
            loaded = json.loads(text)
            if isinstance(loaded, dict):
                loaded = [loaded[str(number)] for number in range(len(loaded))]
            rows = [
                [one] if isinstance(one, str) else [str(part) for part in one] for one in loaded
            ]
        else:
            rows = [_named(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the classes in {path.name} cannot be read ({error})") from error
    names = [row[-1] for row in rows]
    if len(set(names)) != len(names):  # two cranes, two maillots: their WordNet ids tell them apart
        names = [row[0] for row in rows]
    known = {name: number for number, row in reversed(list(enumerate(rows))) for name in row}
    return Classes(ClassSpace(tuple(names)), {**_numbers(len(rows)), **known})


def classes_of(sheets: Sequence[Sheet], labels: Sequence[str]) -> Classes:
    """Classes gathered from labels and answers, where no file says them.

    Names are sorted; numbers are counted from 0 to the highest that is seen.

    Raises:
        DataError: Fewer than two are seen, or a number is too high to be that of a class.
    """
    seen = set(labels) - {"", "-1"}
    seen |= {str(one) for sheet in sheets if not sheet.scored for one in np.unique(sheet.values)}
    if all(one.lstrip("-").isdigit() for one in seen):
        width = max((sheet.values.shape[1] for sheet in sheets if sheet.scored), default=0)
        k = max(_highest(seen) + 1, width)
        names = tuple(str(number) for number in range(max(k, 2)))
        return Classes(ClassSpace(names), _numbers(len(names)))
    names = tuple(sorted(set(labels) - {""} if labels else seen))
    return Classes(ClassSpace(names), {name: number for number, name in enumerate(names)})


def _highest(numbers: Collection[str]) -> int:
    """The highest of these class numbers.

    Raises:
        DataError: It is no number that a class can have: a file of scores or of ids, perhaps.
    """
    longest = max(numbers, key=lambda one: len(one.lstrip("-")), default="0")
    if len(longest) > 9 or max((int(one) for one in numbers), default=0) >= NO_ANSWER:
        high = longest if len(longest) > 9 else str(max(int(one) for one in numbers))
        raise DataError(
            f"a class number is below {NO_ANSWER:,}, got {high[:40]}; name a file of classes if "
            "classes are called so"
        )
    return max((int(one) for one in numbers), default=0)


def read_key(
    name: str,
    sheets: Sequence[Sheet],
    *,
    labels: Path | None,
    classes: Classes | None,
    reference: str = "",
    columns: Mapping[str, str] | None = None,
    id_pattern: str = "",
) -> Key:
    """The key of a condition: from a file of labels, or from what the sheets say themselves.

    Args:
        name: The condition's printed name.
        sheets: What was answered to it.
        labels: A file with the labels, in the formats that answers come in; a JSON list may hold a
            list of labels for each example.
        classes: The classes, or None to gather them.
        reference: The in-distribution condition.
        columns: As for ``read_sheets``.
        id_pattern: As for ``read_sheets``.

    Raises:
        DataError: There are no labels anywhere, two sheets contradict each other, or a label is
            not one of the classes.
    """
    if labels is not None:
        ids, told = _labels_in(labels, columns, id_pattern)
    else:
        ids, told = _labels_of(name, sheets)
    found = classes or classes_of(sheets, [one for some in told for one in some])
    numbered = not ids
    width = len(str(len(told)))
    return Key(
        name=name,
        ids=ids or tuple(f"{row:0{width}d}" for row in range(len(told))),
        labels=_label_sets(told, found, name),
        classes=found,
        numbered=numbered,
        reference=reference,
    )


def _labels_in(
    path: Path, columns: Mapping[str, str] | None, id_pattern: str
) -> tuple[tuple[str, ...], list[list[str]]]:
    if path.suffix.lower() == ".json":
        sets = _label_lists(path)
        if sets is not None:
            return sets
    told = {**(columns or {})}
    if path.suffix.lower() in (".csv", ".parquet"):
        # The labels of a file of labels stand where the answers of a file of answers do.
        sheet = read_sheets(
            path, columns={**told, "answer": told.get("label", "label")}, id_pattern=id_pattern
        )[0]
    else:
        sheet = read_sheets(path, id_pattern=id_pattern)[0]
    if sheet.scored:
        raise DataError(f"{path.name} holds scores, not labels")
    return sheet.ids, [
        [str(one) for one in row if str(one) not in ("-1", "")] for row in sheet.values
    ]


def _label_lists(path: Path) -> tuple[tuple[str, ...], list[list[str]]] | None:
    """Label sets of a JSON file of lists; None when it is none."""
    try:
        loaded = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"the labels in {path.name} cannot be read ({error})") from error
    ids: tuple[str, ...] = ()
    if isinstance(loaded, dict):
        ids, loaded = tuple(map(str, loaded)), list(loaded.values())
    if not isinstance(loaded, list) or not any(isinstance(one, list) for one in loaded):
        return None
    rows = [one if isinstance(one, list) else [one] for one in loaded]
    return ids, [[str(one) for one in row if one is not None] for row in rows]


def _labels_of(name: str, sheets: Sequence[Sheet]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Ids and labels from the sheets themselves, which must not contradict each other."""
    told = [sheet for sheet in sheets if sheet.labels]
    if not told:
        raise DataError(f"nothing says what would have been right on {name}: name a file of labels")
    if not any(sheet.ids for sheet in told):
        return (), [[one] for one in told[0].labels]
    labels: dict[str, str] = {}
    for sheet in told:
        for one, label in zip(sheet.ids, sheet.labels, strict=True):
            if labels.setdefault(one, label) != label:
                raise DataError(
                    f"{sheet.source} labels {one[:80]!r} as {label[:40]!r}, "
                    f"another row as {labels[one][:40]!r}"
                )
    ids = tuple(sorted(labels))
    return ids, [[labels[one]] for one in ids]


def _label_sets(told: Sequence[Sequence[str]], classes: Classes, name: str) -> LabelSets:
    width = max((len(row) for row in told), default=1) or 1
    sets = np.full((len(told), width), -1, np.int64)
    for row, some in enumerate(told):
        for place, label in enumerate(some):
            sets[row, place] = classes.number(label)
            if sets[row, place] < 0:
                raise DataError(
                    f"{name}: the label {label[:80]!r} of example {row} is not one of the "
                    f"{len(classes.space)} classes"
                )
    return sets


def _named(line: str) -> list[str]:
    """["n01440764", "tench"] from "n01440764 tench"; otherwise the line itself."""
    first, _, rest = line.strip().partition(" ")
    wordnet = len(first) == 9 and first[0] == "n" and first[1:].isdigit()
    return [first, rest.strip()] if wordnet and rest.strip() else [line.strip()]


def _numbers(k: int) -> dict[str, int]:
    return {str(number): number for number in range(k)}
