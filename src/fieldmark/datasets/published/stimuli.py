"""Stimuli of experiments with people: pictures whose shape and texture contradict each other."""

import re
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from fieldmark.datasets.listing import class_folders, pictures_of
from fieldmark.datasets.published.layouts import picture_set
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.records import DataError, Examples, class_map

_TWO = re.compile(r"([a-z]+)\d+-([a-z]+)\d+$")
_ONE = re.compile(r"([a-z]+)\d+$")
_FOLDERS = {
    "cue-conflict": "cue-conflict|stimuli/cue-conflict|"
    "stimuli/style-transfer-preprocessed-512|style-transfer-preprocessed-512",
    "edges": "edges|stimuli/edges",
    "filled-silhouettes": "filled-silhouettes|stimuli/filled-silhouettes",
}


def _stimuli(opening: Opening) -> Examples:
    """Stimuli with their shape as label; of cue conflicts the texture is known too."""
    root = next(
        opening.root / one
        for one in _FOLDERS[opening.part].split("|")
        if (opening.root / one).exists()
    )
    space = class_map("sixteen")
    conflict = opening.part == "cue-conflict"
    files, labels, textures = [], [], []
    for home in class_folders(root):
        if home.name not in space.names:
            raise DataError(f"{home} is none of the 16 classes; move it away")
        for one in pictures_of(home, root):
            named = (_TWO if conflict else _ONE).match(one.stem)
            texture = named[2] if named and conflict else ""
            if named is None or named[1] != home.name or (conflict and texture not in space.names):
                form = "SHAPE1-TEXTURE2" if conflict else "SHAPE1"
                raise DataError(f"{one} is not called {form}, after its folder")
            files.append(f"{home.name}/{one.name}")
            labels.append(space.index(home.name))
            textures.append(texture)
    found = picture_set(opening, root, space, files, np.array(labels), files)
    if not conflict:
        return found
    shapes = tuple(space.names[label] for label in labels)
    alike = tuple(
        "no" if shape == texture else "yes" for shape, texture in zip(shapes, textures, strict=True)
    )
    return replace(found, metadata={"shape": shapes, "texture": tuple(textures), "conflict": alike})


SETS = (
    PublishedSet(
        name="texture-vs-shape",
        title="Stimuli of texture against shape",
        source="Geirhos et al. 2019, arXiv:1811.12231; rgeirhos/texture-vs-shape",
        licence="CC BY 4.0",
        collected="cue-conflict: 1,280 pictures of one object in another's texture, made by "
        "style transfer; edges and filled-silhouettes: 160 drawings each, made from photographs of "
        "objects on white. Ten people answered all of them",
        not_for="accuracy of cue-conflict: both of its classes are right in their way; shape bias "
        "counts only answers that name one of the two",
        parts=MappingProxyType({"cue-conflict": 1_280, "edges": 160, "filled-silhouettes": 160}),
        classes="16 entry-level classes, which stand for 207 of ImageNet's; probabilities are "
        "averaged",
        folders=("texture-vs-shape", "."),
        layout="cue-conflict/SHAPE/SHAPE1-TEXTURE2.png, edges/SHAPE/SHAPE1.png; or stimuli/... as "
        "in the repository",
        needs=lambda part: (_FOLDERS[part],),
        read=_stimuli,
        downloads=(
            Download(
                "https://github.com/bethgelab/model-vs-human/releases/download/v0.1/"
                "cue-conflict.tar.gz",
                "cue-conflict.tar.gz",
                unpack=True,
                parts=("cue-conflict",),
            ),
        ),
        ask="edges and filled-silhouettes lie in https://github.com/rgeirhos/texture-vs-shape "
        "under stimuli",
        traps=(
            "80 of the 1,280 have shape and texture of one class, and are left out of shape bias: "
            "their column conflict says no.",
            "The shape is the first word of a file's name, the texture the second.",
        ),
    ),
)
