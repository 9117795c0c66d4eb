"""Metadata beside pictures: read as it is meant, and refused where it is about other pictures."""

import re

import numpy as np
import pytest

from fieldmark.datasets import folder, npz
from fieldmark.records import DataError

TABLE = "file_name,camera,year\ncat/a.png,Canon EOS,2020\n./dog/b.png,,2021\ncat/b.png,a,\n"
LINES = (
    '{"file_name": "cat/a.png", "camera": "Canon EOS", "year": 2020, "boxes": [1]}\n\n'
    '{"file_name": "dog/b.png", "camera": null, "year": 2021.0}\n'
    '{"file_name": "cat/b.png", "camera": "a"}\n'
)
KNOWN = {"camera": ("Canon EOS", "a", "", ""), "year": ("2020", "", "", "2021")}


@pytest.mark.parametrize(("name", "text"), [("metadata.csv", TABLE), ("metadata.jsonl", LINES)])
def test_a_file_beside_the_class_folders_is_read(pets, name, text):
    before = folder(pets)
    (pets / name).write_text(text, encoding="utf-8-sig")
    examples = folder(pets)
    assert before.metadata == {}
    assert examples.metadata == KNOWN
    assert examples.content == before.content


def test_every_vector_of_an_archive_is_metadata(tmp_path):
    np.savez(
        tmp_path / "x.npz",
        images=np.zeros((2, 4, 4), np.uint8),
        labels=np.array([0, 1]),
        writer=np.array([7, 8], np.uint16),
        mean=np.zeros(3),
        other=np.zeros((2, 2)),
        pickled=np.array([None, {}], object),
    )
    assert npz(tmp_path / "x.npz").metadata == {"writer": ("7", "8")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "metadata.csv has no column file_name, only nothing"),
        ("file,camera\n", "no column file_name, only file, camera; write the path of each picture"),
        ("file_name,a,a\n", "two columns called a"),
        ("file_name,a b,a-b!\ncat/a.png,1,2\n", None),
        ("file_name,a b,a (b)\ncat/a.png,1,2\n", "two columns that would be called a b"),
        ("file_name,a\ncat/a.png\n", "row 2 has 1 values, but there are 2 columns"),
        ("file_name,a\n,1\n", "row 1 has no file_name"),
        ("file_name,a\ncat/a.png,1\ncat/a.png,2\n", "two rows about cat/a.png"),
        (
            "file_name,a\na.png,1\nb.png,2\n",
            "has 2 of 2 rows about pictures that are not there, such as a.png; there is cat/a.png",
        ),
        ('file_name,a\n"cat/a.png,1\n', "write it again as CSV"),
    ],
)
def test_a_table_that_is_not_meant_so_is_refused(pets, text, told):
    (pets / "metadata.csv").write_text(text)
    if told is None:
        assert set(folder(pets).metadata) == {"a b", "a-b"}
        return
    with pytest.raises(DataError, match=re.escape(told)):
        folder(pets)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"file_name": "cat/a.png"\n', "line 1 is no JSON"),
        (b"[1]\n", 'line 1 is no object; write {"file_name": ...}'),
        (b'{"file_name": 3}\n', "row 1 has no file_name"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[" * 100_000, "line 1 is no JSON"),
    ],
)
def test_lines_that_are_not_meant_so_are_refused(pets, data, told):
    (pets / "metadata.jsonl").write_bytes(data)
    with pytest.raises(DataError, match=re.escape(told)):
        folder(pets)


def test_two_files_are_one_too_many(pets):
    (pets / "metadata.jsonl").write_text(LINES)
    (pets / "metadata.csv").write_text(TABLE)
    with pytest.raises(DataError, match=r"both metadata.csv and metadata.jsonl; keep one"):
        folder(pets)
