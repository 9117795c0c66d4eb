"""Shape bias of people on the cue-conflict pictures that a store has answers to.

    fieldmark run --subjects ... --conditions texture-vs-shape/cue-conflict --store shape
    fieldmark study shape-bias shape --on texture-vs-shape/cue-conflict
    python scripts/measure_shape_bias.py shape DATA/texture-vs-shape

The published trials (``raw-data/style-transfer-512-nomask-experiment``) are of all 1,280 pictures;
people stand beside machines only on those that both were shown. Ten people, pooled, with an
interval that heeds that they saw the same pictures.
"""

import csv
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fieldmark.statistics import clustered_shape_bias
from fieldmark.store import open_store

_PICTURE = re.compile(r"(([a-z]+)\d+-([a-z]+)\d+)\.png$")


def trials(file: Path, shown: frozenset[str]) -> Mapping[str, tuple[bool, bool]]:
    """From each picture whose cues conflict to (named by shape, named by texture)."""
    found = {}
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            name = _PICTURE.search(row["imagename"])
            if name and name[1] in shown and name[2] != name[3]:
                said = row["object_response"]
                found[name[1]] = (said == name[2], said == name[3])
    return found


def main() -> None:
    """Print one line."""
    store, data = open_store(sys.argv[1]), Path(sys.argv[2])
    ids = store.examples("texture-vs-shape/cue-conflict").ids
    shown = frozenset(Path(one).stem for one in ids)
    folder = data / "raw-data" / "style-transfer-512-nomask-experiment"
    people = [trials(one, shown) for one in sorted(folder.glob("*subject*.csv"))]
    pictures = sorted(set.intersection(*(set(one) for one in people)))
    said = np.array([[one[name] for name in pictures] for one in people])
    bias = clustered_shape_bias(said[..., 0], said[..., 1])
    print(f"{len(people)} people on {len(pictures)} pictures: shape bias {bias}")


if __name__ == "__main__":
    main()
