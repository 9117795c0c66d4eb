"""What 67 models answered to ImageNet's validation set and the three ImageNetV2 sets, top five."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Int64, UInt16

from fieldmark.records import DataError, UnknownNameError
from fieldmark.replications.data import Data, Origin, digest
from fieldmark.replications.manifests import arrays_of

REPOSITORY = "modestyachts/ImageNetV2"
COMMIT = "0b0c3fe89058e4c7ee2348938b3f4f706a931bf3"
VAL, MATCHED, THRESHOLD, TOP = "val", "matched-frequency", "threshold-0.7", "top-images"

SETS: Mapping[str, str] = MappingProxyType(
    {
        VAL: "imagenet-validation-original",
        MATCHED: "imagenetv2-b-33",
        THRESHOLD: "imagenetv2-a-44",
        TOP: "imagenetv2-c-12",
    }
)
"""From our short names of the four test sets to the names that the repository gives them."""


def _original(path: str, sha256: str) -> Origin:
    return Origin(f"imagenetv2/{path}", sha256, REPOSITORY, COMMIT, path)


def _predictions(set_name: str, sha256: str) -> Origin:
    return Origin(
        f"imagenetv2/predictions/{set_name}.npz",
        sha256,
        REPOSITORY,
        COMMIT,
        f"data/predictions/{set_name}",
        made_from=f"the 67 arrays data/predictions/{set_name}/*.npy of {REPOSITORY}, "
        "int64 to uint16, one key per file",
    )


CLASSES = _original(
    "data/metadata/class_info.json",
    "01968f45aa507b6ccf4d9a1f5f71f1dfc16819f32d6d84ee95861edba98d043b",
)
PREDICTIONS: Mapping[str, Origin] = MappingProxyType(
    {
        name: _predictions(SETS[name], sha256)
        for name, sha256 in (
            (VAL, "3896d192be9727e6b6072922e980039a576bfd290b5edb7eb8d20ce069c146fc"),
            (MATCHED, "ba16192d092bd3d24c1716a1424983b18dca26c4457a38701362b3b75a25dac1"),
            (THRESHOLD, "3c36a34fb64ae953844fb13665575d357ddec6497ae912ee818449ce339a4666"),
            (TOP, "a98ddcc36e4b42bccf68d17a6f276b03353e417e3ad11a05b57775f65b02793c"),
        )
    }
)
LABELS: Mapping[str, Origin] = MappingProxyType(
    {
        name: _original(f"data/datasets/{SETS[name]}.json", sha256)
        for name, sha256 in (
            (VAL, "c0f9da0fb7817e9707efedbc655d2b3f5ba31c201a3e13e37edcbd9076a81072"),
            (MATCHED, "ca1ebce4c2f450835a8640ed447304d3d4318647f3930d7ba752b12ee692728d"),
            (THRESHOLD, "6a7d6f805762c653b624e49ff15a65dc94672cf4a9f7fcae7aa04fedc1591c41"),
            (TOP, "1740edd79b830431423096ab8401df6a145c89c09696ce2d926aa59ddbb0e7a9"),
        )
    }
)
ORIGINS: tuple[Origin, ...] = (CLASSES, *PREDICTIONS.values(), *LABELS.values())
"""Every file that ``top5`` can ask for."""


@dataclass(frozen=True)
class TopFive:
    """What every model answered to one test set.

    Args:
        models: Names, alphabetical and the same for all four sets.
        classes: The five best classes (0 to 999), best first, uint16 (m, n, 5).
        labels: The class of each picture, int64 (n,).
        pictures: Their file names, in the order of the labels.
        repaired: What was mended, in words; empty where nothing was wrong.
    """

    models: tuple[str, ...]
    classes: UInt16[np.ndarray, "m n 5"]
    labels: Int64[np.ndarray, " n"]
    pictures: tuple[str, ...]
    repaired: tuple[str, ...]

    def correct(self) -> Bool[np.ndarray, "m n"]:
        """Is the best class the label?"""
        return self.classes[:, :, 0] == self.labels

    def correct5(self) -> Bool[np.ndarray, "m n"]:
        """Is the label among the five best?"""
        return np.logical_or.reduce(
            [self.classes[:, :, place] == self.labels for place in range(5)]
        )

    def row(self, model: str) -> int:
        """Where a model stands.

        Raises:
            UnknownNameError: There is no such model.
        """
        if model not in self.models:
            raise UnknownNameError("model", model, self.models)
        return self.models.index(model)


def top5(data: Data, set_name: str) -> TopFive:
    """The answers of 67 models to one of the four test sets, with the repository's traps undone.

    Two things are not what they seem in the published files. The names of the Fisher vector models
    differ between sets ("fv_16k", "fv_16k_model"). And fv_16k stands worst class first on the
    new sets; that is detected, for any model: the best class must be right most often.

    Args:
        data: Where the raw data come from.
        set_name: A name of ``SETS``: "val", "matched-frequency", "threshold-0.7" or "top-images".

    Raises:
        UnknownNameError: No such set.
        DataError: The data are not to be had, or are not what they should be.
    """
    if set_name not in SETS:
        raise UnknownNameError("test set", set_name, SETS)
    arrays = _arrays(data, set_name)
    pictures, labels = _labels(data, set_name)
    if not np.array_equal(arrays.pop("__labels__", labels), labels):
        raise DataError(f"the labels beside the predictions on {set_name} are not those of the set")
    plain = {stem.removesuffix("_model"): array for stem, array in arrays.items()}
    if len(plain) != len(arrays):
        raise DataError(f"two models on {set_name} have one name")
    models = tuple(sorted(plain))
    ordered = [_best_first(model, plain[model], labels) for model in models]
    return TopFive(
        models,
        np.stack([classes for classes, _ in ordered]),
        labels,
        pictures,
        tuple(words for _, words in ordered if words),
    )


def _arrays(data: Data, set_name: str) -> dict[str, np.ndarray]:
    """From file stem to answers: all in one file where a data folder has it, else one by one."""
    if data.lies_here(PREDICTIONS[set_name]):
        return dict(data.arrays(PREDICTIONS[set_name]))
    folder = SETS[set_name]
    found: dict[str, np.ndarray] = {}
    for stem, known in arrays_of("imagenetv2")[folder].items():
        original = f"data/predictions/{folder}/{stem}.npy"
        origin = Origin(f"imagenetv2/{original}", "", REPOSITORY, COMMIT, original)
        found[stem] = data.arrays(origin)[""]
        if digest(found[stem]) != known:
            raise DataError(f"{data.path(origin)} does not hold the published answers; remove it")
        found[stem] = found[stem].astype(np.uint16)
    return found


def _labels(data: Data, set_name: str) -> tuple[tuple[str, ...], Int64[np.ndarray, " n"]]:
    """(file names, classes), in the order of the predictions."""
    places = {one["wnid"]: one["cid"] for one in json.loads(data.read(CLASSES))}
    listed: Sequence[Sequence[str]] = json.loads(data.read(LABELS[set_name]))["image_filenames"]
    labels = np.array([places[wnid] for _, wnid in listed], np.int64)
    return tuple(name for name, _ in listed), labels


def _best_first(
    model: str, classes: UInt16[np.ndarray, "rows columns"], labels: Int64[np.ndarray, " n"]
) -> tuple[UInt16[np.ndarray, "n 5"], str]:
    """The answers with the best class first, and what had to be done for it."""
    if classes.shape != (len(labels), 5):
        raise DataError(f"{model} has answers of shape {classes.shape} to {len(labels)} pictures")
    right = (classes == labels[:, None]).mean(axis=0)
    if right.argmax() == 0:
        return classes, ""
    if right.argmax() != 4 or (np.diff(right) < 0).any():
        raise DataError(f"the five columns of {model} are in no order: right on {right.round(3)}")
    words = (
        f"{model} was stored worst class first (column 1 right on {right[0]:.2%}, column 5 on "
        f"{right[4]:.2%}) and was turned round"
    )
    return np.ascontiguousarray(classes[:, ::-1]), words
