"""Hugging Face data sets: what ``save_to_disk`` wrote, or what the hub has under a name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fieldmark.datasets.containers.gathering import Gathered
from fieldmark.datasets.containers.labelling import labelled
from fieldmark.datasets.containers.members import refuse_twice
from fieldmark.datasets.held import numbered_ids, own_card
from fieldmark.datasets.metadata import as_key, as_values
from fieldmark.datasets.naming import printed_name
from fieldmark.datasets.pictures import Reading, read_encoded
from fieldmark.records import ClassSpace, ConfigError, DataError, Examples, MissingExtraError

_SPLITS = ("test", "validation", "val", "valid", "dev")
_AS_FOUND = Reading()


@dataclass(frozen=True)
class HubCells:
    """From rows to the bytes of one column of a Hugging Face data set."""

    pictures: Any
    column: str

    def __call__(self, row: int) -> bytes:
        """The bytes of one row.

        Raises:
            DataError: There are none, or the file that it names cannot be read.
        """
        cell = self.pictures[row][self.column] or {}
        if cell.get("bytes") is not None:
            return bytes(cell["bytes"])
        path = cell.get("path")
        if path is None:
            raise DataError(f"row {row} has no picture in the column {self.column!r}")
        try:
            return Path(path).read_bytes()
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror})") from error


def hub(
    place: str,
    *,
    name: str | None = None,
    split: str = "",
    classes: ClassSpace | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading = _AS_FOUND,
) -> Examples:
    """Examples from a Hugging Face data set: a folder that it was saved in, or a name of the hub.

    No code of the data set is run.

    Args:
        place: A folder that ``save_to_disk`` wrote, a folder that ``load_dataset`` reads, or a name
            of the hub, such as "mnist".
        name: What to call the set; by default the last part of ``place``.
        split: Which part; by default the test set, or else the validation set, or the only one.
        classes: What the labels refer to; by default what the data set says.
        columns: What the columns are called, by "images", "labels" and "ids"; by default the only
            column of pictures, the only one of classes (or "label"), and "id" where there is one.
        reading: How the pictures are read.

    Raises:
        MissingExtraError: The datasets library is not installed.
        DataError: There is no such data set, or it has no such split or columns.
        ConfigError: ``name`` is not one.
    """
    found, split = _part(place, split)
    called = printed_name(name, Path(place).name)
    said = _columns(found, place, dict(columns or {}))
    raw = found[said["labels"]][:]
    ids = tuple(map(str, found[said["ids"]][:])) if said["ids"] else numbered_ids(len(found))
    refuse_twice(ids, archive=place, what="id")
    feature = found.features[said["labels"]]
    told = getattr(feature, "names", None) or getattr(
        getattr(feature, "feature", None), "names", None
    )
    space, labels = labelled(list(raw), names=tuple(told or ()), classes=classes, file=place)
    pictures = found.select_columns([said["images"]]).cast_column(
        said["images"], _encoded_pictures()
    )
    read = read_encoded(
        own_card(
            called,
            f"{len(ids):,} pictures of the split {split}",
            f"The column {said['images']!r} of the Hugging Face data set {Path(place).name}",
        ),
        space,
        ids,
        labels,
        Gathered(tuple(f"{place}:{one}" for one in ids), HubCells(pictures, said["images"])),
        reading,
    )
    return replace(read, metadata=_metadata(found, set(said.values())))


def _part(place: str, split: str) -> tuple[Any, str]:
    try:
        import datasets
    except ImportError:
        raise MissingExtraError("datasets", "huggingface", "hf:NAME data sets") from None
    local = Path(place).expanduser()
    saved = any((local / one).is_file() for one in ("dataset_info.json", "dataset_dict.json"))
    try:
        found = (
            datasets.load_from_disk(str(local))
            if saved
            else datasets.load_dataset(str(local) if local.is_dir() else place)
        )
    except Exception as error:  # the library, Arrow and the network raise whatever they like
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"hf:{place} is neither a folder that load_dataset reads nor to be had from the hub "
            f"({why})"
        ) from error
    if not isinstance(found, dict):
        if split and str(found.split or split) != split:
            raise DataError(f"hf:{place} holds the split {found.split} only, not {split}")
        return found, split or str(found.split or "only")
    there = list(found)
    chosen = split or next((one for one in (*_SPLITS, *there[:1]) if one in found), "")
    if not split and chosen not in _SPLITS and len(there) > 1:
        raise DataError(f"hf:{place} has the splits {', '.join(there)}; say which: ?split=NAME")
    if chosen not in found:
        raise DataError(f"hf:{place} has no split {chosen!r}, only {', '.join(there)}")
    return found[chosen], chosen


def _columns(found: Any, place: str, said: dict[str, str]) -> dict[str, str]:  # noqa: ANN401
    """Which column is what; that of pictures is left encoded."""
    from datasets import ClassLabel, Image

    features = found.features
    unknown = next((one for one in said.values() if one not in features), None)
    if unknown is not None:
        raise DataError(f"hf:{place} has no column {unknown!r}, only {', '.join(features)}")
    pictures = [one for one, kind in features.items() if isinstance(kind, Image)]
    kinds = [one for one, kind in features.items() if isinstance(kind, ClassLabel)]
    kinds = kinds if len(kinds) == 1 else [one for one in ("label", "labels") if one in features]
    chosen = {"images": said.get("images", ""), "labels": said.get("labels", ""), "ids": ""}
    for what, among in (("images", pictures), ("labels", kinds)):
        if not chosen[what] and len(among) != 1:
            raise DataError(
                f"hf:{place} has the columns {', '.join(features)}; say which holds {what}: "
                f"?{what}=COLUMN"
            )
        chosen[what] = chosen[what] or among[0]
    if not isinstance(features[chosen["images"]], Image):
        raise ConfigError(f"hf:{place}: the column {chosen['images']!r} holds no pictures")
    chosen["ids"] = said.get("ids", "id" if "id" in features else "")
    return chosen


def _metadata(found: Any, known: set[str]) -> dict[str, tuple[str, ...]]:  # noqa: ANN401
    """Further columns of numbers, texts and classes: one text per example."""
    from datasets import ClassLabel, Value

    told: dict[str, tuple[str, ...]] = {}
    for name, kind in found.features.items():
        if name in known or not isinstance(kind, Value | ClassLabel) or kind.dtype == "binary":
            continue
        values = found[name][:]
        if isinstance(kind, ClassLabel):
            values = [None if one is None or one < 0 else kind.names[one] for one in values]
        told[as_key(name)] = as_values(values)
    return told


def _encoded_pictures() -> Any:  # noqa: ANN401
    from datasets import Image

    return Image(decode=False)
