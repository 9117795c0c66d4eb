"""Importing: files of predictions become cells that a store can keep."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from fieldmark.archives.admitting import Admitted, admit
from fieldmark.archives.keys import Key, read_classes, read_key
from fieldmark.archives.sheets import Sheet, read_sheets
from fieldmark.records import (
    PEOPLE,
    Answers,
    ConditionRecord,
    DataError,
    Examples,
    ExamplesRecord,
    Header,
    ModelCard,
    SubjectRecord,
    Times,
    fingerprint,
)

_WHEN = datetime(1970, 1, 1, tzinfo=UTC)
"""Nobody says when a published answer was given; the same file must make the same cell."""


_LONGEST_NAME = 1000


@dataclass(frozen=True)
class Import:
    """What is to be imported, and how it is to be read.

    Args:
        files: Files of answers.
        condition: The printed name of what was asked; each value of a condition column gets a
            condition of its own, such as "colour/bw".
        labels: A file of labels, where the answers do not bring them.
        classes: A file of classes in their order.
        subject: Whose answers they are, where neither column nor file name says it.
        family: The kind of subject; "people" for people.
        reference: The in-distribution condition of a natural shift.
        columns: What columns are called, from "id", "answer", "subject", "label", "condition".
        id_pattern: A regular expression for the part of an id that is the example.
        repair: What may be repaired; see ``REPAIRS``.
        source: Who published it, in words.
    """

    files: tuple[Path, ...]
    condition: str
    labels: Path | None = None
    classes: Path | None = None
    subject: str = ""
    family: str = "imported"
    reference: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    id_pattern: str = ""
    repair: Collection[str] = ()
    source: str = "imported predictions"


@dataclass(frozen=True)
class Imported:
    """One cell, and what was done to its answers."""

    examples: Examples
    header: Header
    answers: Answers
    done: tuple[str, ...]


def imported(wanted: Import) -> Iterator[Imported]:
    """Every cell in the files, checked; nothing is yielded before all of one condition are.

    Raises:
        DataError: A file cannot be read, or answers are not in order and may not be repaired.
        ConfigError: A column or pattern is not one.
        UnknownNameError: There is no such repair.
    """
    for what in ("condition", "family"):
        _insist_on_a_name(what, getattr(wanted, what))
    sheets = _gathered(wanted)
    classes = read_classes(wanted.classes) if wanted.classes else None
    digests = {file.name: sha256(file.read_bytes()).hexdigest() for file in wanted.files}
    for part, some in sheets.items():
        key = read_key(
            f"{wanted.condition}/{part}" if part else wanted.condition,
            some,
            labels=wanted.labels,
            classes=classes,
            reference=wanted.reference,
            columns=wanted.columns,
            id_pattern=wanted.id_pattern,
        )
        examples = key.examples(wanted.source)
        admitted = [admit(sheet, key, repair=wanted.repair) for sheet in some]
        for one in admitted:
            yield Imported(
                examples, _header(wanted, key, examples, one, digests), one.answers, one.done
            )


def _gathered(wanted: Import) -> dict[str, list[Sheet]]:
    """The sheets by condition, one per subject; a subject's sheets with ids are laid together.

    Raises:
        DataError: A subject has no name, or none that can be printed.
    """
    found: dict[tuple[str, str], Sheet] = {}
    for file in wanted.files:
        for sheet in read_sheets(file, columns=wanted.columns, id_pattern=wanted.id_pattern):
            subject = wanted.subject or sheet.subject
            _insist_on_a_name("subject", subject)
            slot = (sheet.part, subject)
            found[slot] = _together(found[slot], sheet) if slot in found else _of(sheet, subject)
    parts: dict[str, list[Sheet]] = {}
    for (part, _), sheet in found.items():
        parts.setdefault(part, []).append(sheet)
    return parts


def _insist_on_a_name(what: str, name: str) -> None:
    """Names stand in tables and sentences, so they are printed on one line."""
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise DataError(
            f"{name[:40]!r} cannot name a {what}: a name is printed on one line, of at most "
            f"{_LONGEST_NAME:,} characters"
        )


def _of(sheet: Sheet, subject: str) -> Sheet:
    return Sheet(
        subject, sheet.source, sheet.ids, sheet.values, sheet.labels, sheet.part, sheet.order
    )


def _together(first: Sheet, second: Sheet) -> Sheet:
    """Two files of one subject, such as two sessions of a person.

    Raises:
        DataError: They have no ids, or do not hold the same kind of answers.
    """
    import numpy as np

    alike = first.values.shape[1:] == second.values.shape[1:]
    if not (first.ids and second.ids) or first.scored != second.scored or not alike:
        raise DataError(
            f"{first.source} and {second.source} both hold answers of {first.subject[:80]!r} to "
            "the same condition, and cannot be laid together; name subjects apart, or give ids"
        )
    return Sheet(
        first.subject,
        first.source,
        first.ids + second.ids,
        np.concatenate([first.values, second.values]),
        first.labels + second.labels,
        first.part,
        first.order,
    )


def _header(
    wanted: Import, key: Key, examples: Examples, one: Admitted, digests: Mapping[str, str]
) -> Header:
    people = wanted.family == PEOPLE
    card = ModelCard(
        name=one.subject,
        family=wanted.family,
        source=f"{wanted.source}: {one.source}",
        licence="as you obtained it",
        training="a person" if people else "not said",
    )
    made = fingerprint(one.answers.classes, one.answers.scores)
    code = {"imported from": one.source, "sha256": digests[one.source]}
    if one.done:
        code["repaired"] = "; ".join(one.done)
    return Header(
        subject=SubjectRecord(name=one.subject, fingerprint=fingerprint(one.subject), card=card),
        condition=ConditionRecord(
            name=key.name,
            kind="natural shift" if key.reference else "test",
            fingerprint=fingerprint(key.name, examples.content),
            examples=ExamplesRecord(
                card=examples.card,
                fingerprint=examples.content,
                classes=examples.classes.names,
                n=len(examples),
            ),
        ),
        status="done",
        code={**code, "answers": made},
        times=Times(started=_WHEN, finished=_WHEN, seconds=0.0),
    )
