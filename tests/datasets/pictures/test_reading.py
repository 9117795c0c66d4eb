"""Encoded pictures become examples by one rule, wherever they lie; broken ones are known."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import broken, folder
from fieldmark.datasets.held import own_card
from fieldmark.datasets.pictures import FileOrigin, Origin, Reading, read_encoded
from fieldmark.records import ClassSpace, ConfigError, DataError, Framing, Slice, sliced


@dataclass(frozen=True)
class Together:
    """Pictures one after the other in a single piece of bytes."""

    names: tuple[str, ...]
    whole: bytes
    ends: tuple[int, ...]

    def __len__(self):
        return len(self.names)

    def name(self, row):
        return f"whole: {self.names[row]}"

    def read(self, rows):
        return [self.whole[([0, *self.ends])[row] : self.ends[row]] for row in rows]


def together(root, ids):
    parts = [(root / one).read_bytes() for one in ids]
    return Together(ids, b"".join(parts), tuple(np.cumsum([len(part) for part in parts]).tolist()))


@pytest.fixture
def half(pets):
    """The pets, of which dog/a.png is cut short, cat/b.png is empty and cat/a.png is text."""
    Image.fromarray(np.arange(3000, dtype=np.uint8).reshape(60, 50)).save(pets / "dog" / "a.png")
    data = (pets / "dog" / "a.png").read_bytes()
    (pets / "dog" / "a.png").write_bytes(data[: len(data) // 2])
    (pets / "cat" / "b.png").write_bytes(b"")
    (pets / "cat" / "a.png").write_text("text")
    return pets


def test_a_folder_and_a_container_of_the_same_bytes_are_one_set(pets):
    files = folder(pets)
    origin = together(pets, files.ids)
    assert isinstance(origin, Origin)
    card = own_card("pets", "pets in one piece", "Made by a test")
    again = read_encoded(card, files.classes, files.ids, files.labels, origin, Reading())
    assert again.content == files.content
    assert (again.images() == files.images()).all()
    small = Framing(3, 3, 3)
    assert (again.framed(small).images() == files.framed(small).images()).all()


def test_pictures_travel_to_another_process(pets):
    examples = folder(pets)
    there = pickle.loads(pickle.dumps(examples))
    assert (there.images() == examples.images()).all()
    assert there.framed(Framing(2, 2)).images().shape == (4, 2, 2, 3)


def test_a_picture_is_the_same_alone_and_among_many(tmp_path, picture):
    for row in range(140):
        file = tmp_path / "many" / str(row % 2) / f"{row:03d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(picture(20 + row % 7, 20 + row % 5, 3, seed=row))
        image = image.convert("CMYK") if row % 10 == 3 else image
        image.save(file, restart_marker_rows=1)
        if row % 10 == 7:  # Pillow shows what makes the other decoder complain
            file.write_bytes(file.read_bytes().replace(b"\xff\xd0", b"\xff\xd3", 1))
    examples = folder(tmp_path / "many", size=16)
    together = examples.images()
    for row in (0, 3, 7, 70, 139):
        assert (examples.images(np.array([row]))[0] == together[row]).all()


def test_broken_pictures_are_missing_where_they_may_be(half):
    steps = []
    examples = folder(half, broken="missing", watch=lambda *step: steps.append(step))
    assert steps == [(4, 4)]
    assert examples.first_labels.tolist() == [-1, -1, -1, 1]
    assert [one for one, _ in examples.broken] == ["cat/a.png", "cat/b.png", "dog/a.png"]
    reasons = [reason for _, reason in examples.broken]
    assert "cat/a.png is named like a picture but is none" in reasons[0]
    assert "cat/b.png is empty" in reasons[1]
    assert "dog/a.png is damaged or cut short" in reasons[2]
    assert examples.frame == (6, 4, 1)  # of the one that can be shown
    shown = examples.images()
    assert not shown[:3].any()
    assert shown[3].any()
    assert "3 broken pictures count as missing: cat/a.png, cat/b.png, dog/a.png" in (
        examples.card.collected
    )
    assert broken(examples) == tuple(reasons)


def test_nothing_changes_where_nothing_is_broken(pets):
    assert folder(pets, broken="missing").content == folder(pets).content


def test_a_mended_picture_makes_another_set(half, picture):
    before = folder(half, broken="missing").content
    Image.fromarray(picture(6, 4, seed=0)).save(half / "cat" / "a.png")
    assert folder(half, broken="missing").content != before


def test_where_all_pictures_are_broken_there_is_no_set(half):
    (half / "dog" / "b.png").write_bytes(b"")
    with pytest.raises(
        DataError, match=r"none of the 4 pictures can be shown; the first: .*a\.png"
    ):
        folder(half, broken="missing")


def test_a_file_that_nobody_may_read_is_broken(pets):
    origin = FileOrigin(str(pets), ("cat/a.png", "cat"))  # a folder cannot be read, even by root
    good, bad = origin.read(np.array([0, 1]))
    assert good == (pets / "cat" / "a.png").read_bytes()
    assert str(bad) == f"{pets / 'cat'} cannot be read (Is a directory)"
    card = own_card("pets", "two", "Made by a test")
    classes, labels = ClassSpace(("cat", "dog")), np.zeros((2, 1), np.int64)
    options = Reading(broken="missing")
    examples = read_encoded(card, classes, origin.files, labels, origin, options)
    assert examples.broken == (("cat", str(bad)),)
    with pytest.raises(DataError, match=r"cannot be read .*\. With broken=missing such pictures"):
        read_encoded(card, classes, origin.files, labels, origin, Reading())


def test_broken_is_stop_or_missing():
    with pytest.raises(
        ConfigError, match="broken=skip: write stop, which makes a broken picture an error, or m"
    ):
        Reading(broken="skip")


def test_a_part_of_a_set_knows_its_own_broken_pictures(half):
    (half / "metadata.csv").write_text(
        "file_name,eye\ncat/a.png,left\ncat/b.png,right\ndog/a.png,right\ndog/b.png,left\n"
    )
    examples = folder(half, broken="missing")
    part = sliced(examples, Slice("eye", "=", ("left",)))
    assert part.ids == ("cat/a.png", "dog/b.png")
    assert [one for one, _ in part.broken] == ["cat/a.png"]
    assert not part.images()[0].any()
