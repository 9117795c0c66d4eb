"""ImageNet-Vid-Robust: how many anchors, frames and neighbours stand behind its pm-10."""

import json

import numpy as np

from fieldmark.records import Figure, Histogram
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.replication import Replication

_REPOSITORY = "modestyachts/imagenet-testbed"
_COMMIT = "0170eec658d664289d9f61de8f90f967f49abca0"
_FOLDER = "src/eval_settings/imagenet-vid-robust_metadata"
SETS = Origin(
    f"imagenet-testbed/{_FOLDER}/pmsets.json",
    "4f55d750e15318db48bad363cdde961387157d332fc8655a243a6c0eb6defc53",
    _REPOSITORY,
    _COMMIT,
    f"{_FOLDER}/pmsets.json",
)
LABELS = Origin(
    f"imagenet-testbed/{_FOLDER}/labels.json",
    "639df47cfd0e23bf2d2226739ed2d26c739cf6f99a6f5a96b37e825b7a91f0e4",
    _REPOSITORY,
    _COMMIT,
    f"{_FOLDER}/labels.json",
)
_K = 10


def neighbours(data: Data) -> dict[str, list[str]]:
    """From each anchor to the frames at most ten away that reviewers found similar to it.

    Raises:
        DataError: The file cannot be had.
    """
    sets: dict[str, list[str]] = json.loads(data.read(SETS))
    return sets


def _check(data: Data) -> list[Check]:
    sets, labels = neighbours(data), json.loads(data.read(LABELS))
    sizes = np.array([len(some) for some in sets.values()])
    frames = set(sets).union(*sets.values())
    counted = f"{_REPOSITORY}:{_FOLDER}, counted by other code"
    far = [abs(_number(one) - _number(anchor)) for anchor, some in sets.items() for one in some]
    return [
        Check("anchors", 1109.0, float(len(sets)), 0.0, counted, "count", golden=True),
        Check(
            "frames, all of them with labels of their own",
            22_179.0,
            float(len(frames & set(labels))),
            0.0,
            counted,
            "count",
            golden=True,
        ),
        Check(
            "neighbours of an anchor, mean", 19.0, float(sizes.mean()), 0.05, counted, golden=True
        ),
        Check("neighbours, fewest", 0.0, float(sizes.min()), 0.0, counted, "count", golden=True),
        Check("neighbours, most", 20.0, float(sizes.max()), 0.0, counted, "count", golden=True),
        Check(
            "frames from an anchor to its farthest neighbour",
            float(_K),
            float(max(far)),
            0.0,
            "Shankar et al. 2019, arXiv:1906.02168: pm-10",
            "count",
        ),
    ]


def _number(frame: str) -> int:
    """The number of a frame in its video, from ".../000442.JPEG"."""
    return int(frame.rsplit("/", 1)[-1].split(".")[0])


def _figures(data: Data) -> tuple[Figure, ...]:
    sizes = np.array([len(some) for some in neighbours(data).values()])
    counts = np.bincount(sizes, minlength=2 * _K + 1)
    edges = tuple(float(edge) for edge in np.arange(2 * _K + 2) - 0.5)
    return (
        Histogram(
            title="How many frames stand beside an anchor of ImageNet-Vid-Robust?",
            x_title="neighbours at most ten frames away",
            edges=edges,
            counts=(("anchors", tuple(int(count) for count in counts)),),
            unit="number",
            caption="Most anchors have all twenty; the others lie near the end of their video, or "
            "reviewers found some frames unlike them.",
        ),
    )


VIDEO_NEIGHBOURS = Replication(
    "video-neighbours",
    "the anchors and neighbours behind pm-10 on ImageNet-Vid-Robust",
    "Shankar et al. 2019, arXiv:1906.02168",
    (SETS, LABELS),
    _check,
    _figures,
)
