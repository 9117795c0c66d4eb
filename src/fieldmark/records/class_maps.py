"""Class maps: how the classes of published test sets follow from those of ImageNet-1k."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from fieldmark.records.classes import ClassSpace
from fieldmark.records.errors import UnknownNameError
from fieldmark.records.imagenet import imagenet_classes, titled
from fieldmark.records.policies import Policy

_TESTBED = "modestyachts/imagenet-testbed, src/eval_settings, commit f4083a29 (MIT)"


@dataclass(frozen=True)
class ClassMap:
    """Published facts of a map; its classes are ``class_map`` of its name.

    Args:
        policy: How the published evaluation scores it.
        source: Where the list of classes was published.
        classes: How many classes it has, as published.
        members: How many of ImageNet's 1,000 classes they stand for, as published.
        unanswered: How many of its classes stand for none of them.
        note: What trips people up.
    """

    policy: Policy
    source: str
    classes: int
    members: int
    unanswered: int = 0
    note: str = ""

    @property
    def about(self) -> str:
        """A line for people."""
        told = f"{self.classes:,} classes from {self.members:,} of ImageNet's, {self.policy}"
        return f"{told}. {self.note}".strip() if self.note else told


CLASS_MAPS: Mapping[str, ClassMap] = MappingProxyType(
    {
        "imagenet": ClassMap(
            "restrict",
            "Russakovsky et al. 2015, arXiv:1409.0575; ids in the order of torchvision and timm",
            1000,
            1000,
            note="The devkit numbers them 1 to 1,000 in another order.",
        ),
        "imagenet-a": ClassMap(
            "restrict",
            "Hendrycks et al. 2021, arXiv:1907.07174; hendrycks/natural-adv-examples eval.py",
            200,
            200,
            note="Without the restriction a standard ResNet-50 is right on hardly any picture.",
        ),
        "imagenet-r": ClassMap(
            "restrict",
            "Hendrycks et al. 2021, arXiv:2006.16241; hendrycks/imagenet-r eval.py",
            200,
            200,
        ),
        "objectnet": ClassMap(
            "restrict",
            f"Barbu et al. 2019; {_TESTBED}",
            113,
            125,
            note="200 more folders have no class of ImageNet's and are left out: 18,514 pictures "
            "of 50,273 remain. Each has a red border of 2 pixels to be cut off.",
        ),
        "imagenet-vid-robust": ClassMap(
            "merge-max", f"Shankar et al. 2019, arXiv:1906.02168; {_TESTBED}", 30, 288
        ),
        "ytbb-robust": ClassMap(
            "merge-max",
            f"Shankar et al. 2019, arXiv:1906.02168; {_TESTBED}",
            24,
            231,
            unanswered=5,
            note="The file of anchors calls cars 22 and the index calls them 23: see ytbb_label. "
            "Five classes have no class of ImageNet's: an anchor of those alone is always wrong, "
            "and is counted in the published accuracies.",
        ),
        "sixteen": ClassMap(
            "merge-mean",
            "Geirhos et al. 2019, arXiv:1811.12231; rgeirhos/texture-vs-shape commit ccd0c01d",
            16,
            207,
        ),
        "tiny-imagenet": ClassMap(
            "restrict",
            "Stanford CS231n, wnids.txt of tiny-imagenet-200",
            200,
            200,
            note="Classes stand in the order of wnids.txt; whoever sorts folders has another.",
        ),
    }
)
"""Every published map by the name of its test set."""


@cache
def class_map(name: str) -> ClassSpace:
    """The classes of a published test set, ready to be asked of a model of ImageNet's classes.

    Args:
        name: One of ``CLASS_MAPS``.

    Raises:
        UnknownNameError: There is no such map.

    Example:
        >>> space = class_map("objectnet")
        >>> len(space), space.printed[0], space.policy
        (113, 'Alarm clock', 'restrict')
        >>> [imagenet_classes().printed[imagenet_classes().index(one)] for one in space.members[0]]
        ['analog clock', 'digital clock']
    """
    if name not in CLASS_MAPS:
        raise UnknownNameError("class map", name, CLASS_MAPS)
    if name == "imagenet":
        return imagenet_classes()
    published = _published()[name]
    members, titles = published["members"], published.get("titles", {})
    space = ClassSpace(
        names=tuple(members),
        titles=tuple(titles[one][0] for one in members) if titles else (),
        members=() if _own(members) else tuple(tuple(some) for some in members.values()),
        policy=CLASS_MAPS[name].policy,
    )
    return titled(space)


def ytbb_label(number: int) -> str:
    """The class that YTBB-Robust's file of anchors means by a number.

    That file and the index of classes disagree on 22 and 23; the published evaluation swaps them.

    Args:
        number: The column "label" of ``ytbb_robustness_test_anchors_full.csv``.

    Raises:
        UnknownNameError: There is no such class.

    Example:
        >>> ytbb_label(22), ytbb_label(23), ytbb_label(21)
        ('car', 'none', 'umbrella')
    """
    names = class_map("ytbb-robust").names
    if not 0 <= number < len(names):
        raise UnknownNameError("class number of YTBB", str(number), map(str, range(len(names))))
    return names[{22: 23, 23: 22}.get(number, number)]


def faults(space: ClassSpace, facts: ClassMap) -> tuple[str, ...]:
    """What is wrong with a map by its own facts, a line each; () when it is sound.

    Its members are looked up among ImageNet's classes and counted, and 1,000 answers that are sure
    of one class each are mapped: every member must become its own class, anything else none.

    Args:
        space: Its classes.
        facts: What was published of it.
    """
    known = imagenet_classes()
    groups = space.members or tuple((name,) for name in space.names)
    members = [one for group in groups for one in group]
    lost = sorted(set(members) - set(known.names))
    if lost:
        return (f"no class of ImageNet-1k: {', '.join(lost[:5])}",)
    counted = (len(space), len(members), sum(not group for group in groups))
    published = (facts.classes, facts.members, facts.unanswered)
    wrong = [
        f"{have:,} {what}, published are {due:,}"
        for what, have, due in zip(
            ("classes", "members", "classes without members"), counted, published, strict=True
        )
        if have != due
    ]
    asked = ClassSpace(space.names, members=space.members, policy="map-answer")
    answers = known.project(np.eye(len(known), dtype=np.float32), asked).argmax(axis=1)
    home = {one: place for place, group in enumerate(groups) for one in group}
    due_answers = np.array([home.get(name, len(space)) for name in known.names])
    amiss = int((answers != due_answers).sum())
    if amiss:
        wrong.append(f"{amiss:,} of 1,000 sure answers are mapped amiss")
    return tuple(wrong)


@cache
def _published() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = files("fieldmark.records").joinpath("published/class_maps.json").read_text("utf-8")
    found: dict[str, dict[str, dict[str, list[str]]]] = json.loads(text)
    return found


def _own(members: Mapping[str, list[str]]) -> bool:
    """Does every class stand for itself?"""
    return all(some == [name] for name, some in members.items())
