"""Writes the published maps from ImageNet's classes to those of other test sets, one class a line.

    python scripts/write_class_maps.py DATA

DATA is a folder with files of two public repositories as they were published:
``imagenet-testbed/src/eval_settings/…_metadata`` (ObjectNet, ImageNet-Vid-Robust, YTBB-Robust)
and ``texture-vs-shape/sixteen_classes.json``. Plain lists of ids (ImageNet-A, -R, Tiny ImageNet)
have no file of their own to be read from; they stay as they are in the present file.
"""

import json
import sys
from pathlib import Path

PUBLISHED = Path(__file__).parents[1] / "src" / "fieldmark" / "records" / "published"
MAPS = PUBLISHED / "class_maps.json"
# ILSVRC's thirty classes of objects in video, in the order of their numbers.
VIDEO = (
    "airplane",
    "antelope",
    "bear",
    "bicycle",
    "bird",
    "bus",
    "car",
    "cattle",
    "dog",
    "domestic_cat",
    "elephant",
    "fox",
    "giant_panda",
    "hamster",
    "horse",
    "lion",
    "lizard",
    "monkey",
    "motorcycle",
    "rabbit",
    "red_panda",
    "sheep",
    "snake",
    "squirrel",
    "tiger",
    "train",
    "turtle",
    "watercraft",
    "whale",
    "zebra",
)

Members = dict[str, list[str]]


def objectnet(folder: Path, ids: list[str]) -> tuple[Members, Members]:
    """(from a folder's name to ids, from a folder's name to its title), in the order published."""
    by_title = json.loads((folder / "objectnet_to_imagenet_1k.json").read_text())
    words = json.loads((folder / "imagenet_to_labels.json").read_text())
    number = {text: int(key) for key, text in words.items()}
    titles = json.loads((folder / "folder_to_objectnet_label.json").read_text())
    name = {title: key for key, title in titles.items()}
    members = {
        name[title]: [ids[number[one]] for one in texts.split("; ")]
        for title, texts in by_title.items()
    }
    return members, {one: [titles[one]] for one in members}


def numbered(folder: Path, ids: list[str], names: dict[int, str]) -> Members:
    """From a class to its ids, of a map that counts both; some classes have none."""
    found = json.loads((folder / "rev_class_idx_map.json").read_text())
    return {name: [ids[one] for one in found.get(str(key), [])] for key, name in names.items()}


def main() -> None:
    """Write the maps that have files anew; the others stay."""
    data = Path(sys.argv[1])
    settings = data / "imagenet-testbed" / "src" / "eval_settings"
    classes = json.loads((settings / "openimages_metadata" / "imagenet_classes.json").read_text())
    ids = [classes[str(number)][0] for number in range(1000)]
    ytbb = settings / "ytbb-robust_metadata"
    names = {int(k): v for k, v in json.loads((ytbb / "ytbb_class_index.json").read_text()).items()}
    sixteen = json.loads((data / "texture-vs-shape" / "sixteen_classes.json").read_text())["wnids"]
    members, titles = objectnet(settings / "objectnet_metadata", ids)
    video = numbered(settings / "imagenet-vid-robust_metadata", ids, dict(enumerate(VIDEO)))
    found = json.loads(MAPS.read_text())
    found["objectnet"] = {"members": members, "titles": titles}
    found["imagenet-vid-robust"] = {"members": video}
    found["ytbb-robust"] = {"members": numbered(ytbb, ids, names)}
    found["sixteen"] = {"members": dict(sorted(sixteen.items()))}
    MAPS.write_text(text(found))


def text(found: dict[str, dict[str, Members]]) -> str:
    """JSON with a class a line, so that a change of one is seen."""
    maps = []
    for name, parts in sorted(found.items()):
        written = []
        for part, rows in parts.items():
            lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in rows.items()]
            written.append(f' "{part}": {{\n' + ",\n".join(lines) + "\n }")
        maps.append(f'"{name}": {{\n' + ",\n".join(written) + "\n}")
    return "{\n" + ",\n".join(maps) + "\n}\n"


if __name__ == "__main__":
    main()
