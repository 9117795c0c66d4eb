"""Examples as a store keeps them: ids, labels and classes, but no pictures."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pyarrow as pa
from jaxtyping import Bool
from pydantic import TypeAdapter, ValidationError

from fieldmark.records import ClassSpace, DataError, DatasetCard, Examples, LabelSets
from fieldmark.store.tables import damaged, from_parquet, numbers, to_parquet

KIND = "examples 1"

_FURTHER = ("titles", "members", "policy")
_KNOWN = "known: "
_LABEL = re.compile(r"label_\d+")


@dataclass(frozen=True)
class ExamplesTable:
    """What a store knows of a set of examples; row i is the example of row i of every cell.

    Args:
        card: What they are.
        fingerprint: Of ids, labels, classes and pictures.
        classes: What the labels refer to.
        ids: One name per example.
        labels: Label sets, int64 (n, m), padded with -1.
        groups: What each example belongs to (a writer, a video), or ().
        metadata: What else is known of each example, from a column's name to its texts.
    """

    card: DatasetCard
    fingerprint: str
    classes: ClassSpace
    ids: tuple[str, ...]
    labels: LabelSets
    groups: tuple[str, ...] = ()
    metadata: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def labelled(self) -> Bool[np.ndarray, " n"]:
        """Has the example any label at all?"""
        return np.asarray((self.labels >= 0).any(axis=1))


def to_examples(examples: Examples) -> bytes:
    """The file that keeps a set of examples."""
    columns: dict[str, pa.Array] = {"example": pa.array(examples.ids, pa.string())}
    for place in range(examples.labels.shape[1]):
        columns[f"label_{place + 1}"] = pa.array(examples.labels[:, place], pa.int64())
    if examples.groups:
        columns["group"] = pa.array(examples.groups, pa.string())
    for key, texts in examples.metadata.items():
        columns[f"{_KNOWN}{key}"] = pa.array(texts, pa.string())
    about = {
        "card": asdict(examples.card),
        "fingerprint": examples.content,
        "classes": list(examples.classes.names),
        **_further(examples.classes),
    }
    notes = {"fieldmark": json.dumps(about, sort_keys=True, ensure_ascii=False)}
    return to_parquet(KIND, pa.table(columns), notes)


def from_examples(data: bytes, where: str) -> ExamplesTable:
    """The examples that a file keeps.

    Args:
        data: The file.
        where: Its address, for the message.

    Raises:
        StoreError: The file is damaged, or is not one of examples.
    """
    table, notes = from_parquet(KIND, data, where)
    try:
        about = json.loads(notes["fieldmark"])
        return ExamplesTable(
            card=TypeAdapter(DatasetCard).validate_python(about["card"]),
            fingerprint=str(about["fingerprint"]),
            classes=TypeAdapter(ClassSpace).validate_python(
                {"names": about["classes"], **{key: about[key] for key in _FURTHER if key in about}}
            ),
            ids=tuple(table["example"].to_pylist()),
            labels=_labels(table),
            groups=tuple(table["group"].to_pylist()) if "group" in table.column_names else (),
            metadata={
                name.removeprefix(_KNOWN): tuple(table[name].to_pylist())
                for name in table.column_names
                if name.startswith(_KNOWN)
            },
        )
    except (KeyError, TypeError, ValueError, ValidationError, DataError) as error:
        raise damaged(where, f"its examples cannot be read ({error})") from error


def known_more(kept: ExamplesTable, examples: Examples) -> Examples | None:
    """``examples`` with everything that is known of them, now or before; None if that is no more.

    Groups and metadata decide no answer, so they may come later, and what is said now wins.

    Args:
        kept: What the store knows of these examples.
        examples: The same examples, by their fingerprint.
    """
    metadata = {**kept.metadata, **examples.metadata}
    groups = examples.groups or kept.groups
    if metadata == kept.metadata and groups == kept.groups:
        return None
    return replace(examples, metadata=metadata, groups=groups)


def labels_of(source: pa.NativeFile, where: str) -> LabelSets:
    """The label sets of a file of examples, int64 (n, m); nothing else of it is read.

    Args:
        source: The file; it is closed.
        where: Its address, for the message.

    Raises:
        StoreError: The file is damaged, or is not one of examples.
    """
    with source:
        table, _ = from_parquet(KIND, source, where, only=_LABEL)
    try:
        return _labels(table)
    except (KeyError, ValueError) as error:
        raise damaged(where, f"its labels cannot be read ({error})") from error


def _further(space: ClassSpace) -> dict[str, object]:
    """What there is to say of classes beside their names; nothing of most."""
    said = {"titles": space.titles, "members": space.members}
    found: dict[str, object] = {key: value for key, value in said.items() if value}
    return found if space.policy == "restrict" else {**found, "policy": space.policy}


def _labels(table: pa.Table) -> LabelSets:
    places = sum(bool(_LABEL.fullmatch(name)) for name in table.column_names)
    columns = [numbers(table, f"label_{place + 1}", np.int64) for place in range(places)]
    return np.stack(columns, axis=1)
