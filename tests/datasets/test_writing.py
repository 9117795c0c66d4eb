import json

import numpy as np
import pytest

from fieldmark.datasets import folder, mnist_test, write_condition
from fieldmark.datasets.held import held, own_card
from fieldmark.datasets.writing import file_names
from fieldmark.records import ClassSpace, Condition, ConfigError, DataError, Examples


class Dimmed:
    """A shift that counts how often it is asked."""

    name, severity, level, strength = "dimmed", 2, "2", 2.0

    def __init__(self) -> None:
        self.settings = {"divisor": 2}
        self.made = 0

    def apply(self, images, seeds):
        self.made += len(images)
        return images // 2 + (seeds % 2).astype(np.uint8)[:, None, None, None]


def examples(ids: tuple[str, ...], labels: list[int], names: tuple[str, ...]) -> Examples:
    pixels = np.random.default_rng(2).integers(0, 256, (len(ids), 20, 24, 3), dtype=np.uint8)
    card = own_card("pets", "some pets", "drawn")
    return held(card, ClassSpace(names), ids, np.array(labels), pixels)


@pytest.fixture
def pets() -> Examples:
    ids = tuple(f"{kind}/{number}.jpg" for kind in ("cat", "dog") for number in range(40))
    return examples(ids, [0] * 40 + [1] * 40, ("cat", "dog"))


def test_what_is_written_is_read_back_as_it_was(pets, tmp_path):
    condition = Condition(pets, Dimmed(), seed=7)
    written = write_condition(condition, tmp_path)
    assert written.folder == tmp_path / "dimmed" / "2"
    assert (written.made, written.kept) == (80, 0)
    back = folder(written.folder)
    expected = dict(zip(pets.ids, condition.images(), strict=True))
    assert back.classes.names == ("cat", "dog")
    for one, image in zip(back.ids, back.images(), strict=True):
        np.testing.assert_array_equal(image, expected[one.replace(".png", ".jpg")])
    note = json.loads((written.folder / "fieldmark.json").read_text())
    assert note["condition"] == "pets+dimmed@2"
    assert (note["fingerprint"], note["settings"]) == (condition.fingerprint, {"divisor": 2})
    assert not list(tmp_path.rglob("*.part"))


def test_grey_digits_and_frames_go_the_same_way(tmp_path):
    from fieldmark.shifts import sequence

    digits = mnist_test()
    some = examples(tuple(f"a/{i}" for i in range(4)), [0, 0, 1, 1], ("a", "b"))
    condition = Condition(some, sequence("translate-sequence"))
    written = write_condition(condition, tmp_path)
    assert written.made == 4 * 16
    assert (written.folder / "a" / "0-frame-07.png").exists()
    assert folder(written.folder).frame == (20, 24, 3)
    names = file_names(digits, ".png")
    assert len({str(name) for name in names}) == 1000
    assert str(names[0]) == f"{digits.first_labels[0]}/{digits.ids[0]}.png"


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(pets, tmp_path):
    def stop(done: int, total: int) -> None:
        assert total == 80
        if done >= 32:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_condition(Condition(pets, Dimmed()), tmp_path, watch=stop)
    there = list(tmp_path.rglob("*.png"))
    assert len(there) == 32
    torn = there[0].with_name(f".{there[0].name}.part")
    torn.write_bytes(b"half a pic")
    there[0].unlink()
    told: list[tuple[int, int]] = []
    again = Condition(pets, Dimmed())
    written = write_condition(again, tmp_path, watch=lambda *now: told.append(now))
    assert (written.made, written.kept) == (49, 31)
    assert again.change.made == 49
    assert told[-1] == (80, 80)
    assert not torn.exists()
    fresh = write_condition(Condition(pets, Dimmed()), tmp_path / "fresh")
    for path in fresh.folder.rglob("*.*"):
        twin = written.folder / path.relative_to(fresh.folder)
        assert twin.read_bytes() == path.read_bytes()
    assert write_condition(again, tmp_path).made == 0


def test_another_condition_does_not_go_into_the_same_folder(pets, tmp_path):
    write_condition(Condition(pets, Dimmed()), tmp_path)
    with pytest.raises(DataError, match=r"holds pets\+dimmed@2 made otherwise \(fingerprint, seed"):
        write_condition(Condition(pets, Dimmed(), seed=1), tmp_path)
    with pytest.raises(DataError, match="made otherwise"):
        write_condition(Condition(pets, Dimmed()), tmp_path, format="jpg")
    (tmp_path / "dimmed" / "2" / "fieldmark.json").write_text("{")
    with pytest.raises(DataError, match=r"fieldmark.json cannot be read; remove"):
        write_condition(Condition(pets, Dimmed()), tmp_path)
    (tmp_path / "mine" / "dimmed" / "2").mkdir(parents=True)
    (tmp_path / "mine" / "dimmed" / "2" / "diary.txt").write_text("dear diary")
    with pytest.raises(DataError, match="holds files that Fieldmark did not write"):
        write_condition(Condition(pets, Dimmed()), tmp_path / "mine")


def test_jpeg_is_what_imagenet_c_was_published_in(pets, tmp_path):
    condition = Condition(pets, Dimmed())
    fine = write_condition(condition, tmp_path / "fine", format="jpg", quality=95)
    coarse = write_condition(condition, tmp_path / "coarse", format="jpg", quality=20)
    weights = [sum(one.stat().st_size for one in at.folder.rglob("*.jpg")) for at in (fine, coarse)]
    assert weights[0] > 2 * weights[1]


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (("A", "a"), ("x", "y")),
        (("../../escape", "..\\escape"), ("x", "y")),
        (("a/b", "a-b"), ("x", "y")),
        (("", "."), ("x", "y")),
        (("x" * 5000, "x" * 5001), ("x", "y")),
        (("é", "è"), ("../up", "/root")),
        (("1.png", "1.jpg"), ("Cat", "cat")),
        (("nul\0", "new\nline"), ("..", ".")),
    ],
)
def test_no_id_or_class_leads_out_of_the_folder_or_onto_another(ids, names, tmp_path):
    written = write_condition(Condition(examples(ids, [0, 0], names), Dimmed()), tmp_path)
    found = list(written.folder.rglob("*.png"))
    assert len(found) == len({str(path).casefold() for path in found}) == 2
    assert all(len(path.relative_to(written.folder).parts) == 2 for path in found)
    assert all(len(path.name) < 200 for path in found)


def test_what_has_no_class_or_no_shift_cannot_be_written(pets, tmp_path):
    with pytest.raises(DataError, match="1 examples of pets have no label, such as b"):
        blank = examples(("a", "b"), [0, -1], ("x", "y"))
        write_condition(Condition(blank, Dimmed()), tmp_path)
    with pytest.raises(ConfigError, match="pets is not changed; name a shift"):
        write_condition(Condition(pets), tmp_path)
    with pytest.raises(ConfigError, match="png or jpg, not 'bmp'"):
        write_condition(Condition(pets, Dimmed()), tmp_path, format="bmp")
    with pytest.raises(ConfigError, match="1 to 95, got 0"):
        write_condition(Condition(pets, Dimmed()), tmp_path, quality=0)
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(DataError, match="cannot write"):
        write_condition(Condition(pets, Dimmed()), file)
