"""ImageNet's sets in their real layouts, on small trees."""

import shutil

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import folder
from fieldmark.datasets.pictures import Reading
from fieldmark.records import DataError, Framing, class_map, imagenet_classes
from tests.datasets.published.conftest import save

NAMES = {number: f"ILSVRC2012_val_{number:08d}.JPEG" for number in (1, 7, 48, 293)}
LABELS = {1: "n01751748", 7: "n02708093", 48: "n01498041", 293: "n01440764"}


def test_validation_pictures_in_the_official_order(shelf, val):
    examples = shelf.read("imagenet-val")
    assert examples.ids == tuple(NAMES.values())
    space = imagenet_classes()
    assert [space.names[one] for one in examples.first_labels] == list(LABELS.values())
    assert "4 examples here, 50,000 published" in examples.card.title
    assert examples.framed(Framing(8, 8)).images().shape == (4, 8, 8, 3)


def flattened(val):
    for file in list(val.glob("n*/*")):
        file.rename(val / file.name)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()


def test_three_layouts_are_one_set(shelf, val, place):
    from scipy.io import savemat

    whole = shelf.read("imagenet-val")
    flattened(val)
    with pytest.raises(DataError, match="says nothing of the classes of its pictures: put"):
        shelf.read("imagenet-val")
    kit = val.parent / "ILSVRC2012_devkit_t12" / "data"
    kit.mkdir(parents=True)
    # The kit's numbers are in an order of its own.
    wnids = ["n02708093", "n01440764", "n01498041", "n01751748"]
    synsets = np.array(
        [(number, wnid) for number, wnid in enumerate(wnids, 1)],
        dtype=[("ILSVRC2012_ID", "O"), ("WNID", "O")],
    )
    savemat(kit / "meta.mat", {"synsets": synsets})
    numbers = ["1"] * 300
    for place_, wnid in LABELS.items():
        numbers[place_ - 1] = str(wnids.index(wnid) + 1)
    (kit / "ILSVRC2012_validation_ground_truth.txt").write_text("\n".join(numbers))
    assert shelf.read("imagenet-val").content == whole.content
    (kit / "meta.mat").write_bytes(b"MATLAB 5.0 cut")
    with pytest.raises(DataError, match=r"meta\.mat is no table of synsets, or is cut short"):
        shelf.read("imagenet-val")
    shutil.rmtree(kit.parent)
    kaggle = place / "imagenet" / "ILSVRC" / "Data" / "CLS-LOC"
    kaggle.mkdir(parents=True)
    shutil.move(val, kaggle / "val")
    shutil.rmtree(val.parent)
    table = ["ImageId,PredictionString"]
    table += [f"ILSVRC2012_val_{one:08d},{wnid} 1 2 3 4" for one, wnid in LABELS.items()]
    (place / "imagenet" / "LOC_val_solution.csv").write_text("\n".join(table))
    assert shelf.read("imagenet-val").content == whole.content


def test_validation_pictures_seen_through_the_map_of_another_set(shelf, val):
    seen = shelf.read("imagenet-val/on-imagenet-a")
    assert seen.ids == (NAMES[48],)
    assert seen.classes == class_map("imagenet-a")
    clock = shelf.read("imagenet-val/on-objectnet")
    assert clock.ids == (NAMES[7],)
    assert clock.classes.names[clock.first_labels[0]] == "alarm_clock"


def test_folders_that_are_numbers_are_classes_by_number(shelf, place):
    root = place / "imagenet-v2" / "imagenetv2-matched-frequency-format-val"
    for label in (0, 1, 2, 10, 100, 999):
        save(root / str(label) / "x.jpeg", seed=label)
    examples = shelf.read("imagenet-v2/matched-frequency")
    assert examples.first_labels.tolist() == [0, 1, 2, 10, 100, 999]
    assert examples.ids[3] == "10/x.jpeg"
    assert examples.card.reference == "imagenet-val"
    assert shelf.present("imagenet-v2") == ("matched-frequency",)
    save(root / "1000" / "x.jpeg")
    with pytest.raises(DataError, match="the folder 1000, which is no class 0 to 999"):
        shelf.read("imagenet-v2/matched-frequency")


@pytest.mark.parametrize(
    ("name", "wnids", "classes"),
    [
        ("imagenet-a", ["n01498041", "n01531178"], "imagenet-a"),
        ("imagenet-r", ["n01443537", "n01484850"], "imagenet-r"),
        ("imagenet-sketch", ["n01440764", "n15075141"], "imagenet"),
    ],
)
def test_folders_that_are_wordnet_ids(shelf, place, name, wnids, classes):
    for wnid in wnids:
        save(place / name / wnid / "x.jpg", seed=wnids.index(wnid))
    (place / name / "README.txt").write_text("about")
    examples = shelf.read(name)
    space = class_map(classes)
    assert examples.classes == space
    assert [space.names[one] for one in examples.first_labels] == wnids
    if classes == "imagenet":  # where all classes are there, a plain folder is the same set
        plain = folder(place / name, classes=space)
        assert plain.content == examples.content
    save(place / name / "n00000000" / "x.jpg")
    with pytest.raises(DataError, match="the folder n00000000 is none of the"):
        shelf.read(name)


def test_a_border_is_cut_before_anything_else(shelf, place):
    root = place / "objectnet" / "images"
    inner = np.full((10, 14, 3), 90, np.uint8)
    red = np.full((14, 18, 3), (255, 0, 0), np.uint8)
    red[2:-2, 2:-2] = inner
    for home in ("alarm_clock", "backpack", "basket"):
        (root / home).mkdir(parents=True)
        Image.fromarray(red).save(root / home / "x.png")
    (root / "squeegee").mkdir()
    Image.fromarray(red).save(root / "squeegee" / "x.png")  # ImageNet has no class for it
    examples = shelf.read("objectnet")
    assert [examples.classes.names[one] for one in examples.first_labels] == [
        "alarm_clock",
        "backpack",
        "basket",
    ]
    for framing in (Framing(10, 14), Framing(8, 8), Framing(20, 20, fit="squash")):
        assert (examples.framed(framing).images() == 90).all()
    assert "2 pixels cut from each side" in examples.card.collected
    Image.fromarray(red[:4, :4]).save(root / "basket" / "x.png")
    with pytest.raises(DataError, match=r"4×4 pixels, all of them border"):
        shelf.read("objectnet").framed(Framing(8, 8)).images()


def test_a_picture_with_a_border_that_changed(shelf, place):
    save(place / "objectnet/images/basket/x.png")
    examples = shelf.read("objectnet")
    save(place / "objectnet/images/basket/x.png", seed=1)
    with pytest.raises(DataError, match="has changed since the set was opened"):
        examples.images()


def test_classes_of_tiny_imagenet_stand_in_a_table(shelf, place):
    root = place / "tiny-imagenet-200"
    space = class_map("tiny-imagenet")
    lines = []
    for number in (0, 2, 10):
        save(root / "val/images" / f"val_{number}.JPEG", seed=number, size=(64, 64))
        lines.append(f"val_{number}.JPEG\t{space.names[number]}\t0\t0\t62\t62")
    (root / "val/val_annotations.txt").write_text("\n".join(lines) + "\n")
    examples = shelf.read("tiny-imagenet")
    assert examples.ids == ("val_0.JPEG", "val_2.JPEG", "val_10.JPEG")
    assert examples.first_labels.tolist() == [0, 2, 10]
    for line, message in (
        ("val_0.JPEG\tn00000000", "has the line"),
        ("../val_0.JPEG\tn02124075", "has the line"),
        ("val_5.JPEG\tn02124075", "cannot be read"),
    ):
        (root / "val/val_annotations.txt").write_text(line)
        with pytest.raises(DataError, match=message):
            shelf.read("tiny-imagenet")


def test_stylized_pictures_lie_below_val(shelf, place):
    save(place / "stylized-imagenet/val/n01440764/x.png")
    assert shelf.read("stylized-imagenet").ids == ("n01440764/x.png",)


def test_a_folder_that_somebody_names(shelf, val, tmp_path):
    named = shelf.read_at("imagenet-val", val.parent)
    assert named.content == shelf.read("imagenet-val").content
    with pytest.raises(DataError, match=r"does not hold imagenet-val: it lacks val or ILSVRC"):
        shelf.read_at("imagenet-val", tmp_path)


def test_broken_pictures_count_as_missing_when_told(shelf, val):
    (val / "n01440764" / NAMES[293]).write_bytes(b"text")
    with pytest.raises(DataError, match="is named like a picture but is none"):
        shelf.read("imagenet-val")
    examples = shelf.read("imagenet-val", Reading(broken="missing"))
    assert examples.first_labels[3] == -1
