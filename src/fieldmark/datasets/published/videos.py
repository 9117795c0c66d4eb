"""Videos: the frames around an anchor, as ImageNet-Vid-Robust and YTBB-Robust were published."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fieldmark.datasets.published.layouts import (
    facts_in,
    picture_set,
    text_of,
)
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.records import ClassSpace, DataError, Examples, class_map, ytbb_label

_TESTBED = (
    "https://raw.githubusercontent.com/modestyachts/imagenet-testbed/"
    "0170eec658d664289d9f61de8f90f967f49abca0/src/eval_settings"
)
_BOTH = Download(
    "https://do-imagenet-classifiers-generalize-across-time.s3-us-west-2.amazonaws.com/"
    "imagenet_vid_ytbb_robust.tar.gz",
    "imagenet_vid_ytbb_robust.tar.gz",
    unpack=True,
    strip=1,
)
_HOME = ("imagenet_vid_ytbb_robust", ".")
_VID, _YTBB, _REVIEWS = "imagenet-vid-robust", "ytbb-robust", "ytbb-robust_metadata"
_REVIEW_FILES = {  # the file, and the SHA-256 of its bytes at that commit, where it is known
    "anchor_labels.json": "a828f300cf4e6b2206b13ff63b276bfb9c029b8c3bf9a74fd5d8bcbdee1a27ba",
    "pmk_labels.json": "",
    "ytbb_robustness_test_anchors_full.csv": (
        "7c95cac084ef2fdcce0f56e2890802d62b7f85c0180e9f207e74cea203ce4ecd"
    ),
}
_REACH = 10
_PROBLEMS = frozenset(
    (
        *("dissimilar", "problematic", "incorrect", "dont know", "deformation"),
        *("background-change", "occlusion-increased", "blur-increase", "bad-anchor"),
    )
)

Frame = tuple[str, str, int, tuple[int, ...]]
"""Its file, its anchor's file, how many frames after the anchor it stands, its labels."""


def _vid(opening: Opening) -> Examples:
    root = opening.root / _VID
    sets: dict[str, list[str]] = _lists(root / "metadata" / "pmsets.json")
    labels: dict[str, list[int]] = _lists(root / "metadata" / "labels.json")
    space = class_map(_VID)
    frames: list[Frame] = []
    for anchor, around in sets.items():
        middle = _number(anchor)
        for one in sorted({anchor, *around}, key=_number):
            if one not in labels:
                raise DataError(f"{root / 'metadata/labels.json'} says nothing of {one}")
            frames.append((one, anchor, _number(one) - middle, tuple(labels[one])))
    return _played(opening, root, space, frames)


def _ytbb(opening: Opening) -> Examples:
    reviews = opening.root / _REVIEWS
    space = class_map(_YTBB)
    anchors = _anchors(reviews, space)
    similar, bad = _neighbours(reviews / "pmk_labels.json")
    frames: list[Frame] = []
    for anchor, labels in anchors.items():
        if anchor in bad:
            continue
        middle = _number(anchor)
        around = [anchor, *similar.get(anchor, ())]
        for one in sorted(set(around), key=_number):
            offset = _number(one) - middle
            if abs(offset) <= _REACH:
                frames.append((one, anchor, offset, labels))
    return _played(opening, opening.root / _YTBB / "ytbb_videos", space, frames)


def _played(opening: Opening, root: Path, space: ClassSpace, frames: Sequence[Frame]) -> Examples:
    """Frames as examples: in groups by anchor, in the order of time, each with its offset."""
    here = [one for one in frames if (root / one[1]).is_file()]
    if not here:
        raise DataError(f"{root} holds none of the {len(frames):,} frames of {opening.card.name}")
    width = max(len(labels) for *_, labels in here)
    sets = np.full((len(here), width), -1, dtype=np.int64)
    for row, (*_, labels) in enumerate(here):
        sets[row, : len(labels)] = labels
    found = picture_set(
        opening,
        root,
        space,
        [f"{one}" for one, *_ in here],
        sets,
        [one for one, *_ in here],
        groups=[anchor for _, anchor, *_ in here],
    )
    return replace(found, metadata={"offset": tuple(str(offset) for _, _, offset, _ in here)})


def _anchors(reviews: Path, space: ClassSpace) -> dict[str, tuple[int, ...]]:
    """From each anchor that a reviewer found good to its classes: the first label, and more."""
    first: dict[str, str] = {}
    for row in csv.DictReader(
        text_of(reviews / "ytbb_robustness_test_anchors_full.csv").splitlines()
    ):
        # T13: this table swaps the numbers of "none" and "car".
        first[f"{row['ytid']}_{row['time_ms']}"] = ytbb_label(int(row["label"]))
    anchors: dict[str, tuple[int, ...]] = {}
    for key, words in _reviews(reviews / "anchor_labels.json").items():
        if "good" not in words or words & {"bad", "unsure"}:
            continue
        video = key.split("/")[0]
        if video not in first:
            raise DataError(f"{reviews} says no class of the anchor {key}")
        named = {first[video], *(word for word in words if word in space.names)}
        anchors[key] = tuple(sorted(space.index(name) for name in named))
    return anchors


def _neighbours(file: Path) -> tuple[dict[str, list[str]], set[str]]:
    """From each anchor to the frames found similar to it; and the anchors found bad after all."""
    similar: dict[str, list[str]] = {}
    bad: set[str] = set()
    for key, words in _reviews(file).items():
        anchor, _, frame = key.partition(",")
        anchor, frame = _tail(anchor), _tail(frame)
        if "bad-anchor" in words:
            bad.add(anchor)
        if "similar" in words and not words & _PROBLEMS:
            similar.setdefault(anchor, []).append(frame)
    return similar, bad


def _reviews(file: Path) -> dict[str, frozenset[str]]:
    """From what was reviewed to the words that the last reviewer chose."""
    found = facts_in(file)
    try:
        words: list[str] = found["labels"]  # type: ignore[index]
        rows: list[dict[str, object]] = found["annotations"]  # type: ignore[index]
        return {
            _key(str(row["key"])): frozenset(words[place] for place in row["labels"])  # type: ignore[attr-defined]
            for row in rows
        }
    except (KeyError, TypeError, IndexError) as error:
        raise DataError(f"{file} holds no reviews; fetch it again") from error


def _key(text: str) -> str:
    return ",".join(_tail(part) for part in text.split(","))


def _tail(path: str) -> str:
    """``video/frame.jpg`` of a longer path."""
    return "/".join(path.split("/")[-2:])


def _lists(file: Path) -> dict[str, Any]:
    found = facts_in(file)
    if not isinstance(found, dict) or not all(isinstance(one, list) for one in found.values()):
        raise DataError(f"{file} does not hold a list for each frame; fetch it again")
    return found


def _number(path: str) -> int:
    """The place of a frame in its video, as its file's name says."""
    stem = path.rpartition("/")[2].partition(".")[0]
    digits = stem.rpartition("-")[2]
    if not digits.isdecimal():
        raise DataError(f"the frame {path!r} has no number in its name")
    return int(digits)


SETS = (
    PublishedSet(
        name=_VID,
        title="ImageNet-Vid-Robust: 1,109 anchor frames and the frames up to 10 away",
        source="Shankar et al. 2019, arXiv:1906.02168; modestyachts.github.io",
        licence="not stated; frames of ImageNet-Vid, under ImageNet's terms",
        collected="Frames in the middle of 21 of ImageNet-Vid 2015's validation videos; reviewers "
        "kept the neighbours that look like their anchor",
        not_for="an accuracy over frames as if they were independent: use pm-0 and pm-10",
        parts=MappingProxyType({"": 22_179}),
        classes="30, which stand for 288 of ImageNet's",
        folders=_HOME,
        layout="imagenet-vid-robust/val/VIDEO/FRAME, metadata/pmsets.json, metadata/labels.json",
        needs=lambda part: (
            f"{_VID}/metadata/pmsets.json",
            f"{_VID}/metadata/labels.json",
            f"{_VID}/val",
        ),
        read=_vid,
        reference=lambda part: "imagenet-val/on-vid-robust",
        downloads=(_BOTH,),
        traps=(
            "T13: every frame has labels of its own here, where YTBB-Robust has its anchor's.",
            "An anchor has 0 to 20 neighbours, 19.0 on average: it is not always the middle frame.",
        ),
    ),
    PublishedSet(
        name=_YTBB,
        title="YTBB-Robust: anchor frames of YouTube-BB and the frames up to 10 away",
        source="Shankar et al. 2019, arXiv:1906.02168; reviews in modestyachts/imagenet-testbed",
        licence="not stated; frames of videos on YouTube, which belong to their owners",
        collected="Frames of YouTube-BoundingBoxes; reviewers chose good anchors, named their "
        "classes and kept the neighbours that look alike",
        not_for="an accuracy over frames as if they were independent: use pm-0 and pm-10",
        parts=MappingProxyType({"": 35_718}),
        classes="24, of which 19 stand for 231 of ImageNet's",
        folders=_HOME,
        layout="ytbb-robust/ytbb_videos/VIDEO_TIME/frame-N.jpg, and the reviews of the testbed in "
        "ytbb-robust_metadata",
        needs=lambda part: (
            f"{_YTBB}/ytbb_videos",
            *(f"{_REVIEWS}/{one}" for one in _REVIEW_FILES),
        ),
        read=_ytbb,
        reference=lambda part: "imagenet-val/on-ytbb-robust",
        downloads=(
            _BOTH,
            *(
                Download(
                    f"{_TESTBED}/{_REVIEWS}/{one}",
                    f"{_REVIEWS}/{one}",
                    f"sha256:{digest}" if digest else "",
                )
                for one, digest in _REVIEW_FILES.items()
            ),
        ),
        traps=(
            "T13: the table of anchors swaps the numbers 22 and 23 (car and none); frames have "
            "their anchor's labels; frames that nobody found similar are left out.",
            "Five of its classes have no class of ImageNet's: an anchor of those alone is always "
            "wrong, and is counted in the published accuracies.",
            "How many anchors? The paper has 3,139 in both sets, so 2,030 here (57,897 frames, "
            "so 35,718 here); the testbed's table says 2,530; reviews call 2,169 of 2,467 good, "
            "some of which the reviews of their neighbours then call bad.",
        ),
    ),
)
