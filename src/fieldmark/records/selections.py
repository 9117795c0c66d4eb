"""Selections: which examples of a set are kept, by which rule, as a file that others can use."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from fieldmark.records.errors import ConfigError, DataError
from fieldmark.records.examples import Examples
from fieldmark.records.slices import Slice
from fieldmark.records.slicing import part

SELECTION = "selection"
"""The key of a slice whose value is a selection."""

_KIND = "fieldmark selection 1"


@dataclass(frozen=True)
class Selection:
    """Some examples of a set, and why these.

    Args:
        name: What the part is called in a condition: ``photos[selection=NAME]``.
        of: The printed name of the set.
        content: The fingerprint of the set's content.
        ids: The examples that are kept.
        rule: By which rule, in words.
        bias: What must not be concluded from the part, in words.
        chosen_by: Subjects whose answers decided; () where no model had a say.
        weights: Their fingerprints, by their names.
        seed: Where the chance in the rule came from.
        made: The day, such as "2026-11-30".

    Raises:
        DataError: No example is kept, or one twice.
    """

    name: str
    of: str
    content: str
    ids: tuple[str, ...]
    rule: str
    bias: str
    chosen_by: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    made: str = ""

    def __post_init__(self) -> None:
        Slice(SELECTION, "=", (self.name,))  # refuses what cannot be printed
        if not self.ids:
            raise DataError(f"the selection {self.name} keeps no example of {self.of}")
        if len(set(self.ids)) != len(self.ids):
            raise DataError(f"the selection {self.name} names an example twice")

    def text(self) -> str:
        """The selection as a JSON file."""
        return json.dumps({"kind": _KIND, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"


def selection_of(text: str, *, where: str) -> Selection:
    """The selection that a JSON file holds.

    Args:
        text: What ``Selection.text`` wrote.
        where: The file, for the message.

    Raises:
        DataError: It holds something else.

    Example:
        >>> some = Selection("hard", "photos", "0" * 16, ("a", "b"), "by hand", "anything")
        >>> selection_of(some.text(), where="hard.json") == some
        True
    """
    wrong = f"{where} is no selection; `fieldmark filter` writes one"
    try:
        read: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{wrong} ({error})") from error
    if not isinstance(read, dict) or read.pop("kind", "") != _KIND:
        raise DataError(wrong)
    known = {one.name for one in fields(Selection)}
    if set(read) != known:
        odd = sorted(set(read) ^ known)
        raise DataError(f"{wrong} ({odd[0]} is {'missing' if odd[0] in known else 'not known'})")
    for name in ("ids", "chosen_by"):
        if not _texts(read[name]):
            raise DataError(f"{where}: {name} is no list of texts")
        read[name] = tuple(read[name])
    if not isinstance(read["weights"], dict) or not _texts(list(read["weights"].values())):
        raise DataError(f"{where}: weights are no texts")
    plain = {name: read[name] for name in known - {"ids", "chosen_by", "weights", "seed"}}
    if not _texts(list(plain.values())) or not isinstance(read["seed"], int):
        raise DataError(f"{wrong} (a text is none, or the seed is no number)")
    return Selection(**read)


def selected(examples: Examples, chosen: Selection) -> Examples:
    """The examples that a selection keeps, in the order of the whole set.

    Its card says by which rule, and who decided.

    Raises:
        DataError: The selection was made from other examples.
    """
    name = examples.card.name
    if chosen.content != examples.content:
        raise DataError(
            f"the selection {chosen.name} was made from {chosen.of} with the fingerprint "
            f"{chosen.content}, but {name} has {examples.content}: name the same pictures, read "
            "the same way"
        )
    kept = set(chosen.ids)
    rows = np.array([row for row, one in enumerate(examples.ids) if one in kept], np.int64)
    if len(rows) != len(kept):
        raise DataError(f"the selection {chosen.name} has ids that {name} has not")
    found = part(
        examples,
        rows,
        name=f"{name}{Slice(SELECTION, '=', (chosen.name,))}",
        title=f"{len(rows):,} of the {len(examples):,} examples of {name}: {chosen.name}",
        collected=f"{examples.card.collected}; of {len(examples):,} examples of {name}, "
        f"{chosen.rule}: {len(rows):,} (seed {chosen.seed}, made {chosen.made or 'some day'})",
    )
    choosers = tuple(dict.fromkeys((*examples.card.chosen_by, *chosen.chosen_by)))
    card = replace(found.card, not_for=chosen.bias, chosen_by=choosers)
    return replace(found, card=card)


def selection_named(one: Slice) -> str:
    """The selection that a slice of the key "selection" names.

    Raises:
        ConfigError: It names several, or all but one.
    """
    if one.every or one.sign != "=" or len(one.values) != 1:
        raise ConfigError(f"{one} is no selection; write [{SELECTION}=FILE]")
    return one.values[0]


def _texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values)
