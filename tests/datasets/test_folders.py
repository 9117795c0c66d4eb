"""A folder of pictures is read as its owner meant it, or refused with the reason."""

import os

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import broken, folder
from fieldmark.records import ClassSpace, ConfigError, DataError


def test_a_folder_per_class(pets, picture):
    examples = folder(pets)
    assert examples.card.name == "pets"
    assert examples.ids == ("cat/a.png", "cat/b.png", "dog/a.png", "dog/b.png")
    assert examples.classes == ClassSpace(("cat", "dog"))
    assert examples.first_labels.tolist() == [0, 0, 1, 1]
    assert examples.frame == (6, 4, 1)
    expected = np.stack([picture(6, 4, seed=seed) for seed in range(4)])
    assert (examples.images()[..., 0] == expected).all()
    rows = np.array([3, 0, 3])
    assert (examples.images(rows) == examples.images()[rows]).all()
    assert broken(examples) == ()


def test_many_pictures_are_decoded_side_by_side_in_order(tmp_path):
    for row in range(150):
        file = tmp_path / "many" / str(row % 2) / f"{row:03d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 3), row).save(file)
    examples = folder(tmp_path / "many")
    levels = [int(name[2:5]) for name in examples.ids]
    assert examples.images()[:, 0, 0, 0].tolist() == levels
    backwards = np.arange(150)[::-1].copy()
    assert examples.images(backwards)[:, 0, 0, 0].tolist() == levels[::-1]


def test_classes_that_are_numbers_are_ordered_as_numbers(tmp_path):
    for name in ("10", "2", "0", "1"):
        (tmp_path / name).mkdir()
        Image.new("L", (2, 2), int(name)).save(tmp_path / name / "x.png")
    examples = folder(tmp_path, name="numbers")
    assert examples.classes.names == ("0", "1", "2", "10")
    assert examples.images()[:, 0, 0, 0].tolist() == [0, 1, 2, 10]
    (tmp_path / "x").mkdir()
    Image.new("L", (2, 2)).save(tmp_path / "x" / "x.png")
    assert folder(tmp_path, name="texts").classes.names == ("0", "1", "10", "2", "x")


def test_hidden_and_other_files_are_left_alone(pets):
    before = folder(pets).content
    (pets / ".cache").mkdir()
    (pets / "README.txt").write_text("about")
    (pets / "cat" / ".a.png").write_bytes(b"")
    (pets / "cat" / "notes.csv").write_text("1,2")
    assert folder(pets).content == before


def test_suffixes_in_capitals_count(pets):
    (pets / "cat" / "a.png").rename(pets / "cat" / "a.PNG")
    assert folder(pets).ids[0] == "cat/a.PNG"


def test_given_classes_decide_what_labels_mean(pets):
    zoo = ClassSpace(("dog", "fish", "cat"))
    examples = folder(pets, classes=zoo)
    assert examples.classes is zoo
    assert examples.first_labels.tolist() == [2, 2, 0, 0]


def test_one_colour_picture_makes_the_set_colour(pets):
    Image.new("RGB", (4, 6), (255, 0, 0)).save(pets / "dog" / "b.png")
    assert folder(pets).frame == (6, 4, 3)
    assert folder(pets).images()[3, 0, 0].tolist() == [255, 0, 0]
    assert folder(pets, channels=1).images()[3, 0, 0].tolist() == [76]  # luma of pure red


def test_size_brings_all_pictures_to_one_frame(pets):
    Image.new("L", (9, 5)).save(pets / "dog" / "b.png")
    assert folder(pets, size=4).frame == (4, 4, 1)
    assert folder(pets, size=(3, 8)).images().shape == (4, 3, 8, 1)
    assert folder(pets).frame == (224, 224, 1)


def test_the_fingerprint_follows_the_content_and_not_the_place(pets, tmp_path):
    first = folder(pets)
    pets.rename(tmp_path / "moved")
    moved = folder(tmp_path / "moved")
    assert moved.content == first.content
    assert str(tmp_path) not in str(moved.card)
    others = {
        folder(tmp_path / "moved", size=5).content,
        folder(tmp_path / "moved", channels=3).content,
        folder(tmp_path / "moved", classes=ClassSpace(("dog", "cat"))).content,
    }
    Image.new("L", (4, 6)).save(tmp_path / "moved" / "cat" / "a.png")
    others.add(folder(tmp_path / "moved").content)
    assert len(others | {first.content}) == 5


def test_a_file_that_changed_after_opening_is_refused(pets):
    examples = folder(pets)
    Image.new("L", (4, 6)).save(pets / "cat" / "a.png")
    (pets / "dog" / "b.png").unlink()
    assert (examples.images(np.array([1, 2])).shape) == (2, 6, 4, 1)
    with pytest.raises(DataError, match=r"a\.png has changed since the set was opened"):
        examples.images(np.array([0]))
    with pytest.raises(DataError, match=r"b\.png cannot be read \(No such file"):
        examples.images(np.array([3]))


def test_broken_lists_every_file_that_cannot_be_decoded(pets):
    for name in ("cat/b.png", "dog/a.png"):
        Image.fromarray(np.arange(3000, dtype=np.uint8).reshape(60, 50)).save(pets / name)
        data = (pets / name).read_bytes()
        (pets / name).write_bytes(data[: len(data) // 2])
    found = broken(folder(pets, size=6))
    assert [message.split(" is damaged")[0] for message in found] == [
        str(pets / "cat" / "b.png"),
        str(pets / "dog" / "a.png"),
    ]


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match=r"none does not exist; name a folder that holds one fold"):
        folder(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"file is a file, not a folder"):
        folder(tmp_path / "file")
    with pytest.raises(DataError, match=r"holds no class folders; make one per class"):
        (tmp_path / "empty").mkdir()
        folder(tmp_path / "empty")


def test_pictures_outside_class_folders(pets):
    Image.new("L", (4, 6)).save(pets / "loose.png")
    with pytest.raises(DataError, match=r"has 1 pictures? outside any class folder, such as loose"):
        folder(pets)


def test_an_empty_class_folder(pets):
    (pets / "fish").mkdir()
    with pytest.raises(DataError, match=r"class folder .*fish holds nothing; add pictures"):
        folder(pets)
    (pets / "fish" / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"fish holds 1 files but none is a picture"):
        folder(pets)


def test_folders_inside_class_folders(pets, tmp_path):
    with pytest.raises(DataError, match=r"pets holds the folder cat; name .*pets itself"):
        folder(tmp_path)
    (pets / "cat" / "more").mkdir()
    with pytest.raises(DataError, match=r"class folder .*cat holds the folder more; pictures lie"):
        folder(pets)


def test_one_class_is_no_question(pets):
    for file in (pets / "dog").iterdir():
        file.unlink()
    (pets / "dog").rmdir()
    with pytest.raises(DataError, match=r"pets holds only the class folder cat; two are the least"):
        folder(pets)
    assert len(folder(pets, classes=ClassSpace(("cat", "dog")))) == 2


def test_an_unknown_class(pets):
    with pytest.raises(DataError, match=r"pets.dog is none of the 2 classes; did you mean dogs\?"):
        folder(pets, classes=ClassSpace(("cat", "dogs")))
    with pytest.raises(DataError, match=r"pets.dog is none of the 2 classes; rename it or move"):
        folder(pets, classes=ClassSpace(("cat", "fish")))


def test_what_is_no_picture_is_named(pets):
    (pets / "cat" / "b.png").write_text("text")
    with pytest.raises(DataError, match=r"cat.b\.png is named like a picture but is none"):
        folder(pets)


def test_links_that_leave_the_folder_are_refused(pets, tmp_path):
    Image.new("L", (4, 6)).save(tmp_path / "elsewhere.png")
    link = pets / "cat" / "c.png"
    link.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(DataError, match=r"c\.png is a link that leaves .*pets; put a copy"):
        folder(pets)
    link.unlink()
    link.symlink_to(tmp_path / "nothing.png")
    with pytest.raises(DataError, match=r"c\.png is a link to nothing; remove it"):
        folder(pets)
    link.unlink()
    link.symlink_to(pets / "dog" / "a.png")
    assert "cat/c.png" in folder(pets).ids
    (pets / "up").symlink_to(tmp_path)
    with pytest.raises(DataError, match=r"up is a link that leaves"):
        folder(pets)


def test_names_that_are_no_text_are_refused(pets):
    (pets / "cat" / "a.png").rename(os.fsdecode(os.fsencode(pets / "cat") + b"/\xff.png"))
    with pytest.raises(DataError, match=r"udcff\.png' has a name that is not UTF-8; rename it"):
        folder(pets)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "a size is (height, width) in pixels, both 1 or more, got 0"),
        ({"size": (4, -1)}, "a size is (height, width) in pixels, both 1 or more, got (4, -1)"),
        ({"channels": 2}, "images have 1 channel (grey) or 3 (colour), not 2"),
        (
            {"name": "my pets@home"},
            "'my pets@home' cannot name a data set: write letters, digits, '.', '_' and '-', "
            "beginning with a letter or a digit",
        ),
        ({"name": ""}, "'' cannot name a data set"),
    ],
)
def test_options_that_are_none(pets, options, message):
    with pytest.raises(ConfigError) as error:
        folder(pets, **options)
    assert str(error.value).startswith(message)


def test_the_default_name_is_safe(pets, tmp_path):
    pets.rename(tmp_path / "Bëst pets+more@home")
    assert folder(tmp_path / "Bëst pets+more@home").card.name == "B-st-pets-more-home"
