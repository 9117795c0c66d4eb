"""ImageNet's validation pictures: where they lie, in what order, and which class each is of."""

import csv
from pathlib import Path

from fieldmark.datasets.published.layouts import text_of
from fieldmark.records import DataError

VAL_IMAGES = "val|ILSVRC/Data/CLS-LOC/val"
"""Where the validation pictures lie in the folder of ImageNet."""


def val_files(root: Path) -> tuple[list[tuple[str, str]], Path]:
    """Every validation picture in the official order, as (path, WordNet id), and their folder.

    Three layouts are known: a folder per class; all in one folder with LOC_val_solution.csv
    (Kaggle's); all in one folder with the development kit.

    Raises:
        DataError: It is none of these.
    """
    home = next(root / one for one in VAL_IMAGES.split("|") if (root / one).is_dir())
    flat = sorted(one.name for one in home.glob("ILSVRC2012_val_*") if one.is_file())
    if flat:
        wnids = _solutions(root)
        lost = next((one for one in flat if one.split(".")[0] not in wnids), None)
        if lost is not None:
            raise DataError(f"{home}: nothing says which class {lost} is of")
        return [(one, wnids[one.split(".")[0]]) for one in flat], home
    found = [
        (f"{one.parent.name}/{one.name}", one.parent.name)
        for one in home.glob("n*/*")
        if one.is_file() and not one.name.startswith(".")
    ]
    if not found:
        raise DataError(
            f"{home} holds neither class folders such as n01440764 nor ILSVRC2012_val_*"
        )
    return sorted(found, key=lambda one: one[0].rpartition("/")[2]), home


def _solutions(root: Path) -> dict[str, str]:
    """From picture to WordNet id, as Kaggle's table or the development kit says."""
    table = root / "LOC_val_solution.csv"
    if table.is_file():
        rows = csv.DictReader(text_of(table).splitlines())
        return {row["ImageId"]: row["PredictionString"].split()[0] for row in rows}
    kit = root / "ILSVRC2012_devkit_t12" / "data"
    if not kit.is_dir():
        raise DataError(
            f"{root} says nothing of the classes of its pictures: put ILSVRC2012_devkit_t12 or "
            "LOC_val_solution.csv beside them, or sort them into a folder per class"
        )
    numbers = text_of(kit / "ILSVRC2012_validation_ground_truth.txt").split()
    wnid = _numbered(kit / "meta.mat")
    return {
        f"ILSVRC2012_val_{place:08d}": wnid[int(number)] for place, number in enumerate(numbers, 1)
    }


def _numbered(file: Path) -> dict[int, str]:
    """From the development kit's numbers, whose order is its own, to WordNet ids."""
    from scipy.io import loadmat

    try:
        found = loadmat(str(file), squeeze_me=True)["synsets"]
        return {int(one["ILSVRC2012_ID"]): str(one["WNID"]) for one in found}
    except Exception as error:  # damaged bytes make it raise whatever it likes
        raise DataError(
            f"{file} is no table of synsets, or is cut short; fetch it again"
        ) from error
