"""A folder and its copies in other containers are the same examples, to the last bit."""

import json
import pickle

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import (
    convert,
    folder,
    hub,
    mnist_test,
    npz,
    parquet,
    webdataset,
    zip_folders,
)
from fieldmark.datasets.pictures import Reading
from fieldmark.records import ConfigError, DataError, Framing

FORMS = {".parquet": parquet, ".zip": zip_folders, ".shards": webdataset}


@pytest.fixture
def photos(tmp_path, picture):
    """Colour pictures of several sizes and formats, with names that a tar could misread."""
    root = tmp_path / "photos"
    names = ["cat/a.b.png", "cat/c.jpg", "dog/a.JPEG", "zebra/ä x.png", "zebra/z.png"]
    for seed, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(20 + seed, 30, 3, seed=seed)).save(root / name)
    return root


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reading", [Reading(), Reading(size=(12, 16)), Reading(channels=1)])
def test_a_copy_has_the_same_content(photos, tmp_path, form, reading):
    original = folder(photos, size=reading.size, channels=reading.channels)
    copy = FORMS[form](convert(original, tmp_path / f"copy{form}"), reading=reading)
    assert copy.content == original.content
    assert copy.ids == original.ids
    assert copy.classes == original.classes
    assert (copy.images() == original.images()).all()
    for wanted in (Framing(8, 8), Framing(9, 7, fit="squash")):
        assert (copy.framed(wanted).images() == original.framed(wanted).images()).all()


@pytest.mark.parametrize("form", FORMS)
def test_a_copy_travels_to_another_process(photos, tmp_path, form):
    copy = FORMS[form](convert(folder(photos), tmp_path / f"copy{form}"))
    rows = np.array([4, 0, 2])
    before = copy.images(rows)
    assert (pickle.loads(pickle.dumps(copy.decode))(rows) == before).all()


@pytest.mark.parametrize("form", FORMS)
def test_pixels_in_memory_become_files_without_loss(tmp_path, form):
    digits = mnist_test()
    copy = FORMS[form](convert(digits, tmp_path / f"digits{form}"))
    order = [
        copy.ids.index(one if form != ".zip" else f"{label}/{one}.png")
        for one, label in zip(digits.ids, digits.first_labels, strict=True)
    ]
    assert (copy.images()[order] == digits.images()).all()
    assert (copy.first_labels[order] == digits.first_labels).all()


def test_what_is_known_of_examples_goes_along(pets, tmp_path):
    import datasets

    rows = "file_name,year,place\ncat/a.png,2020,home\ndog/b.png,2021,\n"
    (pets / "metadata.csv").write_text(rows)
    original = folder(pets)
    assert original.metadata["year"] == ("2020", "", "", "2021")
    for form in (".parquet", ".shards"):
        copy = FORMS[form](convert(original, tmp_path / f"copy{form}"))
        assert copy.metadata == original.metadata
    table = datasets.Dataset.from_parquet(
        str(tmp_path / "copy.parquet"), cache_dir=str(tmp_path / "cache")
    )
    table.save_to_disk(str(tmp_path / "saved"))
    assert hub(str(tmp_path / "saved")).metadata == original.metadata


def test_a_library_reads_the_parquet_copy(photos, tmp_path):
    import datasets

    original = folder(photos)
    file = convert(original, tmp_path / "copy.parquet")
    table = datasets.Dataset.from_parquet(str(file), cache_dir=str(tmp_path / "cache"))
    assert table.features["label"].names == list(original.classes.names)
    assert np.asarray(table[1]["image"]).shape == (21, 30, 3)
    table.save_to_disk(str(tmp_path / "saved"))
    assert hub(str(tmp_path / "saved")).content == original.content


def test_the_same_examples_become_the_same_bytes(photos, tmp_path):
    for name in ("a", "b"):
        convert(folder(photos), tmp_path / f"{name}.zip")
        convert(folder(photos), tmp_path / f"{name}.shards")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    shard = "000000.tar"
    assert (tmp_path / "a.shards" / shard).read_bytes() == (
        tmp_path / "b.shards" / shard
    ).read_bytes()


def test_what_is_there_is_left_alone(pets, tmp_path):
    (tmp_path / "copy.zip").write_bytes(b"mine")
    with pytest.raises(DataError, match=r"copy\.zip is there already, and is left as it is"):
        convert(folder(pets), tmp_path / "copy.zip")
    assert (tmp_path / "copy.zip").read_bytes() == b"mine"
    with pytest.raises(ConfigError, match=r"copy.tar says no form; name it \*.parquet, \*.zip"):
        convert(folder(pets), tmp_path / "copy.tar")


def test_label_sets_survive(pets, tmp_path):
    from dataclasses import replace

    sets = np.array([[0, 1], [0, -1], [1, -1], [-1, -1]])
    several = replace(folder(pets), labels=sets)
    assert (parquet(convert(several, tmp_path / "several.parquet")).labels == sets).all()


def test_an_archive_of_encoded_files(pets, tmp_path):
    original = folder(pets)
    files = [(pets / one).read_bytes() for one in original.ids]
    np.savez(
        tmp_path / "pets.npz",
        blob=np.frombuffer(b"".join(files), np.uint8),
        starts=np.cumsum([0, *map(len, files)]),
        label=original.first_labels,
        path=np.array(original.ids),
        class_names=np.array(original.classes.names),
    )
    columns = {"images": "blob", "offsets": "starts", "labels": "label", "ids": "path"}
    copy = npz(tmp_path / "pets.npz", columns=columns)
    assert copy.content == original.content
    assert (copy.images() == original.images()).all()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"offsets": np.array([0, 5, 3, 9])}, "offsets run from 0 to 9, not upwards from 0 to 9"),
        ({"offsets": np.array([0, 3, 6, 8])}, "offsets run from 0 to 8, not upwards from 0 to 9"),
        ({"offsets": np.array([0.0, 9.0])}, "offsets are float64"),
        ({"images": np.zeros((3, 3))}, "images are float64"),
        (
            {"offsets": np.array([0, 3, 6, 9])},
            "pets.npz:000000 is named like a picture but is none",
        ),
        ({"images": np.array([{}, {}])}, "images are pickled Python objects"),
    ],
)
def test_an_archive_of_encoded_files_that_does_not_fit_together(tmp_path, arrays, message):
    whole = {"images": np.zeros(9, np.uint8), "offsets": np.arange(4) * 3, "labels": np.arange(3)}
    np.savez(tmp_path / "pets.npz", **{**whole, **arrays})
    with pytest.raises(DataError, match=message):
        npz(tmp_path / "pets.npz")


def test_a_table_that_names_files(pets, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = ["cat/a.png", "dog/b.png"]
    pq.write_table(pa.table({"image": paths, "label": ["cat", "dog"]}), pets / "list.parquet")
    read = parquet(pets / "list.parquet")
    assert (read.images() == folder(pets).images(np.array([0, 3]))).all()
    for path, message in (
        ("../secret.png", "leads out of it"),
        ("/etc/passwd", "leads out of it"),
        ("cat/none.png", "cannot be read"),
    ):
        pq.write_table(
            pa.table({"image": ["cat/a.png", path], "label": ["cat", "dog"]}), pets / "list.parquet"
        )
        with pytest.raises(DataError, match=message):
            parquet(pets / "list.parquet")


def test_two_tables_are_one_set_and_row_groups_do_not_matter(pets, tmp_path):
    import pyarrow.parquet as pq

    original = folder(pets)
    whole = pq.read_table(convert(original, tmp_path / "whole.parquet"))
    (tmp_path / "parts").mkdir()
    pq.write_table(whole.slice(0, 3), tmp_path / "parts/0.parquet", row_group_size=2)
    pq.write_table(whole.slice(3), tmp_path / "parts/1.parquet")
    assert parquet(tmp_path / "parts").content == original.content
    assert (parquet(tmp_path / "parts").images() == original.images()).all()


def test_schema_words_of_a_stranger_do_not_matter(pets, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = (pets / "cat/a.png").read_bytes()
    for told in ("no json", "[]", json.dumps({"info": {"features": {"label": None}}})):
        table = pa.table({"image": [data, data], "label": [0, 1]})
        pq.write_table(table.replace_schema_metadata({"huggingface": told}), tmp_path / "x.parquet")
        assert parquet(tmp_path / "x.parquet").classes.names == ("0", "1")
