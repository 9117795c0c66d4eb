"""Photographs beside a table of labels, copied into a folder for each class.

    python scripts/arrange_photos.py DATA/nips17/images DATA/nips17/labels.csv nips17

The table has columns ``id`` (a file's name without its ending) and ``label`` (a place among
ImageNet's 1,000 classes, counted from 0); folders are called by WordNet ids. Files go over byte
by byte; rows without a file, and files without a row, are counted and left out.
"""

import argparse
import csv
import shutil
from pathlib import Path

from fieldmark.records import imagenet_classes


def arrange(images: Path, table: Path, target: Path) -> tuple[int, int, int]:
    """(copied, rows without a file, files without a row)."""
    classes = imagenet_classes().names
    files = {one.stem: one for one in sorted(images.iterdir()) if one.is_file()}
    with table.open(newline="", encoding="utf-8") as rows:
        labels = {row["id"]: int(row["label"]) for row in csv.DictReader(rows)}
    both = [stem for stem in files if stem in labels]
    for stem in both:
        home = target / classes[labels[stem]]
        home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[stem], home / files[stem].name)
    return len(both), len(labels) - len(both), len(files) - len(both)


def main() -> None:
    """Copy, and say how many."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("images", type=Path)
    asked.add_argument("table", type=Path)
    asked.add_argument("target", type=Path)
    told = asked.parse_args()
    copied, rows, files = arrange(told.images, told.table, told.target)
    print(f"{copied} photographs in {told.target}; {rows} rows without a file, {files} unlabelled")


if __name__ == "__main__":
    main()
