"""Published tables of accuracies: read as scores, with nothing behind them."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fieldmark.records import DataError, Scores

_LONG = {"subject", "condition", "accuracy"}
_NOTES = ("family", "standard")
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def read_scores(path: Path, *, percent: bool = False, n: int = 0) -> Scores:
    """The accuracies in a CSV file.

    Either a row per subject and condition, with columns ``subject``, ``condition``, ``accuracy``
    and perhaps ``n``; or a row per subject, with a column ``subject`` and one per condition. In
    both, columns ``family`` and ``standard`` (yes or no: is a trend fitted to it?) may stand.
    Empty cells are accuracies that nobody measured.

    Args:
        path: The file.
        percent: Are accuracies given in percent, not as shares?
        n: How many examples each accuracy counts, where the file does not say; 0 for unknown.

    Raises:
        DataError: The file cannot be read, or holds something else; says where.
    """
    head, rows = read_rows(path)
    if "subject" not in head:
        raise DataError(f"{path.name} has no column called subject, only {', '.join(head)[:120]}")
    long = set(head) >= _LONG
    subjects = tuple(dict.fromkeys(row["subject"] for row in rows))
    plain = [name for name in head if name not in ("subject", *_NOTES)]
    conditions = tuple(dict.fromkeys(row["condition"] for row in rows)) if long else tuple(plain)
    if not long and len(subjects) != len(rows):
        raise DataError(f"{path.name} has two rows of one subject")
    values = np.full((len(subjects), len(conditions)), np.nan)
    counted = np.zeros(values.shape, np.int64)
    place = {name: row for row, name in enumerate(subjects)}
    column = {name: at for at, name in enumerate(conditions)}
    for line, row in enumerate(rows, start=2):
        told = [(row["condition"], row["accuracy"])] if long else [(one, row[one]) for one in plain]
        for condition, text in told:
            square = place[row["subject"]], column[condition]
            if long and not np.isnan(values[square]):
                raise DataError(f"{path.name}, line {line}: that subject and condition come twice")
            values[square] = _share(text, percent, path, line)
            counted[square] = _count(row.get("n", "") if long else "", n, path, line)
    counted[np.isnan(values)] = 0
    families, standard = (_noted(note, head, rows, subjects, path) for note in _NOTES)
    return Scores(
        subjects=subjects,
        conditions=conditions,
        values=values,
        counted=counted,
        families=families,
        standard=tuple(one in _YES for one in standard),
        source=path.name,
    )


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The column names of a CSV file, and its rows by these names.

    Raises:
        DataError: It cannot be read, is empty, repeats a name, or its rows have other lengths.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            read = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error})") from error
    if len(read) < 2:
        raise DataError(f"{path.name} holds no rows")
    head, body = read[0], [row for row in read[1:] if row]
    if len(set(head)) != len(head):
        twice = next(name for name in head if head.count(name) > 1)
        raise DataError(f"{path.name} has two columns called {twice[:80]!r}")
    for number, row in enumerate(body, start=2):
        if len(row) != len(head):
            raise DataError(f"{path.name}, line {number}: {len(row)} cells under {len(head)} names")
    return head, [dict(zip(head, row, strict=True)) for row in body]


def _share(text: str, percent: bool, path: Path, line: int) -> float:
    try:
        value = float(text) if text.strip() else float("nan")
    except ValueError:
        raise DataError(f"{path.name}, line {line}: {text[:40]!r} is no accuracy") from None
    return value / 100 if percent else value


def _count(text: str, n: int, path: Path, line: int) -> int:
    if not text.strip():
        return n
    if not re.fullmatch(r"[0-9]{1,15}", text.strip()):
        raise DataError(f"{path.name}, line {line}: {text[:40]!r} is no number of examples")
    return int(text)


def _noted(
    note: str,
    head: Sequence[str],
    rows: Sequence[dict[str, str]],
    subjects: Sequence[str],
    path: Path,
) -> tuple[str, ...]:
    """What the file notes of each subject; () where it has no such column."""
    if note not in head:
        return ()
    found: dict[str, str] = {}
    for row in rows:
        text = row[note].strip().lower() if note == "standard" else row[note]
        if found.setdefault(row["subject"], text) != text:
            raise DataError(f"{path.name} gives {row['subject'][:80]!r} two kinds of {note}")
        if note == "standard" and text not in (*_YES, *_NO):
            raise DataError(f"{path.name}: standard is yes or no, not {text[:40]!r}")
    return tuple(found[name] for name in subjects)
