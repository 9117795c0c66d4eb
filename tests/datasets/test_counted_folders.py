"""Class folders that are numbers: what they count, or why that cannot be told."""

import numpy as np
import pytest
from PIL import Image

from fieldmark.catalog import source
from fieldmark.datasets import folder
from fieldmark.records import ClassSpace, ConfigError, DataError, UnknownNameError, imagenet_classes

PETS = ClassSpace(("cat", "dog", "fish"))


def folders(root, *names):
    for name in names:
        (root / name).mkdir(parents=True)
        Image.new("L", (4, 4), len(name)).save(root / name / "a.png")
    return root


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("0", "1", "2"), {"0": 0, "1": 1, "2": 2}),
        (("1", "2", "3"), {"1": 0, "2": 1, "3": 2}),
        (("00", "02"), {"00": 0, "02": 2}),
        (("3",), {"3": 2}),
    ],
)
def test_numbers_count_classes_from_0_or_from_1(tmp_path, names, labels):
    read = folder(folders(tmp_path, *names), classes=PETS)
    assert read.classes == PETS
    found = {
        one.partition("/")[0]: int(label)
        for one, label in zip(read.ids, read.first_labels, strict=True)
    }
    assert found == labels


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("0", "3"), r"class folders 0 to 3, but there are 3 classes: .*0 to 2, or from 1 to 3"),
        (("1", "4"), r"class folders 1 to 4, but there are 3 classes"),
        (("1", "2"), r"1 to 2, and neither 0 nor 3: it cannot be told whether"),
        (("0", "1", "01"), r"several folders for class 1: 01, 1"),
        (("cat", "1"), r"1 is none of the 3 classes; rename it"),
    ],
)
def test_numbers_that_count_nothing_are_refused(tmp_path, names, told):
    with pytest.raises(DataError, match=told):
        folder(folders(tmp_path, *names), classes=PETS)


def test_who_says_where_counting_starts_needs_neither_end(tmp_path):
    root = folders(tmp_path, "1", "2")
    assert folder(root, classes=PETS, first=0).first_labels.tolist() == [1, 2]
    assert folder(root, classes=PETS, first=1).first_labels.tolist() == [0, 1]
    read = source(f"folder:{root}?classes=tiny-imagenet&first=1").examples()
    assert read.first_labels.tolist() == [0, 1]
    with pytest.raises(DataError, match="class folders 0 to 2, but there are 3 classes"):
        folder(folders(tmp_path / "more", "0", "2"), classes=PETS, first=1)
    with pytest.raises(ConfigError, match="from 0 or from 1, not from 2"):
        folder(root, classes=PETS, first=2)
    with pytest.raises(ConfigError, match="first=one: classes are counted from 0 or from 1"):
        source(f"folder:{root}?first=one")


def test_names_that_are_numbers_mean_themselves(tmp_path):
    digits = ClassSpace(tuple("0123456789"))
    read = folder(folders(tmp_path, "3", "8"), classes=digits)
    assert read.first_labels.tolist() == [3, 8]
    with pytest.raises(DataError, match="12 is none of the 10 classes"):
        folder(folders(tmp_path, "12"), classes=digits)


def test_a_thousand_numbered_folders_are_imagenet_s_classes_in_the_order_of_numbers(tmp_path):
    root = folders(tmp_path, *(str(number) for number in range(1000)))
    read = source(f"folder:{root}?classes=imagenet").examples()
    assert read.classes == imagenet_classes()
    numbers = [int(one.partition("/")[0]) for one in read.ids]
    np.testing.assert_array_equal(read.first_labels, numbers)


def test_folders_named_by_wordnet_ids_have_titles(tmp_path):
    read = folder(folders(tmp_path, "n01443537", "n01440764"))
    assert read.classes.names == ("n01440764", "n01443537")
    assert read.classes.printed == ("tench", "goldfish")


def test_an_unknown_map_offers_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="no class map called"):
        source(f"folder:{folders(tmp_path, '0')}?classes=imagnet").examples()
