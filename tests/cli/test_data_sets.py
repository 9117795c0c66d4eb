"""Data sets from the command line: listed, shown, fetched, copied, run."""

import json

import numpy as np
import pytest

from tests.cli.hostile import one_line
from tests.datasets.published.conftest import save
from tests.datasets.published.test_digits import digits, extended, put


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """A folder of published sets, in which there is a little of ImageNetV2."""
    folder = tmp_path / "sets"
    root = folder / "imagenet-v2" / "imagenetv2-top-images-format-val"
    for label in (0, 2, 10):
        save(root / str(label) / "x.jpeg", seed=label)
    monkeypatch.setenv("FIELDMARK_DATA_SETS", str(folder))
    return folder


def test_sets_are_listed_with_what_is_here(fieldmark, sets):
    ended = fieldmark("list", "datasets", "--json")
    assert ended.status == 0
    listed = {one["name"]: one for one in json.loads(ended.out)}
    assert listed["imagenet-v2/..."]["here"] == "top-images"
    assert listed["imagenet-a"]["here"] == "no"
    assert listed["mnist-test"]["here"] == "yes"
    assert "parquet:PATH" in listed
    assert "here" not in json.loads(fieldmark("list", "--json").out)[0]


def test_a_card(fieldmark, sets):
    text = fieldmark("card", "imagenet-v2").out
    assert text.startswith("imagenet-v2: ImageNetV2: three new test sets")
    assert "On this machine: 1 of 3 parts: imagenet-v2/top-images" in text
    assert max(map(len, text.splitlines())) <= 120
    known = json.loads(fieldmark("card", "imagenet-v2/top-images", "--json").out)
    assert known["parts"]["imagenet-v2/top-images"]["here"] is True
    assert fieldmark("card", "mnist-test").out.startswith("mnist-test: 1,000 MNIST digits")
    assert json.loads(fieldmark("card", "uci-digits", "--json").out)["n"] == 1_797
    one_line(fieldmark("card", "imagenet-b"), "Did you mean imagenet-")
    one_line(fieldmark("card", "imagenet-v2/top"), "Did you mean imagenet-v2/top-images")


def test_a_published_set_is_a_condition(ask, sets, fieldmark):
    put(sets / "mnist/t10k-images-idx3-ubyte.gz", digits(3))
    put(sets / "mnist/t10k-labels-idx1-ubyte.gz", np.array([7, 2, 1], np.uint8))
    put(sets / "mnist/qmnist-test-labels-idx2-int.gz", extended([7, 2, 1]))
    ended = ask("chance", "mnist/test,mnist/test[series=4|0],mnist/test[series=4]+contrast@3")
    assert ended.status == 0, ended.err
    told = json.loads(fieldmark("table", "kept", "--long", "--json").out)
    assert "mnist/test[series=4|0]" in json.dumps(told)
    again = ask("chance", f"mnist/test:{sets / 'mnist'}")
    assert "1 kept from before" in again.out
    assert fieldmark("doctor", "mnist/test").status == 0


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("imagenet-v2", "imagenet-v2 has 3 parts; name one, such as imagenet-v2/matched-frequency"),
        ("imagenet-v2/top-image", "Did you mean imagenet-v2/top-images?"),
        ("imagenet-a", "imagenet-a is not on this machine: `fieldmark fetch imagenet-a` gets it"),
        ("imagenet-a:nowhere", "nowhere does not hold imagenet-a: it lacks n01498041"),
        ("imagenet-a:", "'imagenet-a:' names no file; write imagenet-a:FOLDER"),
        ("imagenet-a?split=test", "imagenet-a is published with its split; leave that out"),
        ("imagenet-aa", "no data set called 'imagenet-aa'. Did you mean imagenet-a?"),
        ("parquet:none.parquet", "none.parquet cannot be read"),
        ("zip:photos", "photos cannot be read"),
        ("zip:x.zip?images=a", "images name columns of a table; zip: has none"),
        ("parquet:x.parquet?split=a", "split is for hf:NAME; parquet: has no splits"),
        ("webdataset:none", "none does not exist"),
        ("parquet:x?colour=red", "no option of a data set called 'colour'"),
    ],
)
def test_a_set_that_cannot_be_had(ask, sets, condition, message):
    one_line(ask("chance", condition), message)


def test_a_copy_of_a_set_is_the_same_set(ask, fieldmark, place):
    ended = fieldmark("convert", "folder:photos", "photos.parquet")
    assert ended.status == 0, ended.err
    assert ended.out == "photos.parquet: 20 examples of photos\n"
    for target in ("photos.zip", "photos.shards"):
        assert fieldmark("convert", "parquet:photos.parquet", target, "--json").status == 0
    assert ask("ridge", "folder:photos").status == 0
    for copy in ("parquet:photos.parquet", "zip:photos.zip", "webdataset:photos.shards"):
        assert "0 cells answered" in ask("ridge", copy).out, "the cell of the folder is its cell"
    one_line(fieldmark("convert", "folder:photos", "photos.zip"), "photos.zip is there already")
    one_line(fieldmark("convert", "folder:photos", "photos.tar"), "photos.tar says no form")


def test_what_cannot_be_fetched(fieldmark, sets, monkeypatch, tmp_path):
    one_line(fieldmark("fetch", "imagenet-b"), "no published test set called 'imagenet-b'")
    one_line(fieldmark("fetch", "objectnet"), "agree to its terms there")
    one_line(fieldmark("fetch", "imagenet-c/fogg"), "no part of imagenet-c called")


def test_a_table_of_another_vocabulary(ask, place):
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted((place / "photos").glob("*/*.png"))
    table = pa.table(
        {
            "picture": [one.read_bytes() for one in files],
            "digit": [int(one.parent.name) for one in files],
            "camera": np.array(["a", "b"] * (len(files) // 2)),
        }
    )
    pq.write_table(table, place / "other.parquet")
    one_line(ask("chance", "parquet:other.parquet"), "say which it is: ?images=COLUMN")
    named = "parquet:other.parquet?images=picture&labels=digit"
    assert ask("chance", named).status == 0
    assert ask("chance", f"{named}[camera=a]").status in (0, 2)
