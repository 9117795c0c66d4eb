"""Better labels for ImageNet's validation pictures: ReaL, and those of people and experts."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from fieldmark.datasets.published.layouts import facts_in, picture_set, places_of
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.datasets.published.validation import val_files
from fieldmark.records import DataError, Examples, LabelSets, imagenet_classes

_VAL = "imagenet-val"
_NAME = re.compile(r"ILSVRC2012_val_(\d{8})")
_N = 50_000
_HUMAN = "human_accuracy_v3.0.0.json"


def _real(opening: Opening) -> Examples:
    """Every picture with its set of labels; an empty set is no label."""
    file = opening.root / "real.json"
    sets = facts_in(file)
    if not isinstance(sets, list) or len(sets) != _N:
        n = len(sets) if isinstance(sets, list) else 0
        raise DataError(f"{file} holds {n:,} label sets, not {_N:,}; fetch it again")
    files, home = val_files(opening.beside(_VAL))
    names = [path.rpartition("/")[2] for path, _ in files]
    # T4: the picture i of the list, counted from 0, is called i + 1.
    found = [tuple(sets[_place(name) - 1]) for name in names]
    return picture_set(
        opening, home, imagenet_classes(), names, _padded(found), [path for path, _ in files]
    )


def _place(name: str) -> int:
    found = _NAME.match(name)
    if found is None or not 1 <= int(found[1]) <= _N:
        raise DataError(f"{name[:80]!r} is not called as a validation picture is")
    return int(found[1])


def _people(opening: Opening) -> Examples:
    """The pictures that people annotated, problematic ones left out."""
    file = opening.root / _HUMAN
    annotated, problematic = _annotated(file)
    space = imagenet_classes()
    places = places_of(space)
    kinds = ("correct",) if opening.part == "correct" else ("correct", "unclear")
    files, home = val_files(opening.beside(_VAL))
    kept = []
    sets = []
    for path, _ in files:
        name = path.rpartition("/")[2]
        if name in annotated and name not in problematic:
            words = [one for kind in kinds for one in annotated[name].get(kind, ())]
            unknown = next((one for one in words if one not in places), None)
            if unknown is not None:
                raise DataError(f"{file} gives {name} the class {unknown}, none of ImageNet's")
            kept.append(path)
            sets.append(tuple(places[one] for one in words))
    if not kept:
        raise DataError(f"{file} says nothing of the pictures in {home}")
    names = [path.rpartition("/")[2] for path in kept]
    return picture_set(opening, home, space, names, _padded(sets), kept)


def _annotated(file: Any) -> tuple[Mapping[str, Mapping[str, list[str]]], frozenset[str]]:  # noqa: ANN401
    found = facts_in(file)
    try:
        annotated: Mapping[str, Mapping[str, list[str]]] = found["initial_annots"]  # type: ignore[index]
        return annotated, frozenset(found["problematic_images"])  # type: ignore[index]
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{file} has no 'initial_annots' and 'problematic_images'; fetch it again"
        ) from error


def _padded(sets: list[tuple[int, ...]]) -> LabelSets:
    width = max(1, max(map(len, sets)))
    return np.array([[*one, *[-1] * (width - len(one))] for one in sets], dtype=np.int64)


SETS = (
    PublishedSet(
        name="imagenet-real",
        title="ReaL: the validation pictures with sets of labels reassessed by raters",
        source="Beyer et al. 2020, arXiv:2006.07159; google-research/reassessed-imagenet",
        licence="labels Apache-2.0; pictures under ImageNet's terms",
        collected="Candidates proposed by 19 models, asked of five raters each; a label is in the "
        "set where a model of the raters believes it",
        not_for="comparison with plain top-1: 3,163 pictures have no label, and are missing",
        parts=MappingProxyType({"": _N}),
        classes="ImageNet's 1,000, 1.23 labels on average",
        folders=("imagenet-real", "reassessed-imagenet"),
        layout="real.json, and ImageNet's validation pictures in the folder of imagenet-val",
        needs=lambda part: ("real.json",),
        read=_real,
        downloads=(
            Download(
                "https://raw.githubusercontent.com/google-research/reassessed-imagenet/"
                "bcd006fe12e929f055e0ec7fe39dbf4d64a6881a/real.json",
                "real.json",
                "sha256:d83e9bff374c631aae8439eb064c7019acc56e1b3bc3f56b8380c2a710b0220b",
                388_478,
                listed="TensorFlow Datasets",
            ),
        ),
        builds_on=(_VAL,),
        traps=(
            "T4: entry i of real.json, counted from 0, is ILSVRC2012_val_{i+1:08d}; the example in "
            "its README says i+i.",
            "Labels are numbers of ImageNet's classes in the order of WordNet ids.",
        ),
    ),
    PublishedSet(
        name="imagenet-multilabel",
        title="Validation pictures with every label that experts found right",
        source="Shankar et al. 2020, ICML; corrected in Vasudevan et al. 2022, arXiv:2205.04596",
        licence="not stated; pictures under ImageNet's terms",
        collected="Five experts reviewed what 72 models answered to 20,000 validation pictures: "
        "right, wrong or unclear; pictures that they found problematic are left out here",
        not_for="comparison across the two official scores: macro or micro, unclear counted or not",
        parts=MappingProxyType({"correct": 20_000, "correct-or-unclear": 20_000}),
        classes="ImageNet's 1,000",
        folders=("imagenet-multilabel", "human-accuracy"),
        layout=f"{_HUMAN}, and ImageNet's validation pictures in the folder of imagenet-val",
        needs=lambda part: (_HUMAN,),
        read=_people,
        downloads=(
            Download(
                f"https://storage.googleapis.com/brain-car-datasets/imagenet-mistakes/{_HUMAN}",
                _HUMAN,
                "sha256:d5b2b6111fc9efea16aaebd21bc5a401d16ad18285d3fd99635d8b32ebdb6287",
                200_417_830,
                listed="TensorFlow Datasets",
            ),
        ),
        builds_on=(_VAL,),
        traps=(
            "T8: Shankar et al. count pictures alike and take what is correct; Vasudevan et al. "
            "average over classes and take what is unclear too.",
            "20,000 pictures were annotated; problematic ones are not counted by either.",
        ),
    ),
)
