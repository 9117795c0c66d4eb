"""Archives and tables that are damaged, or that somebody made to do harm: one clear line each."""

import io
import os
import stat
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import convert, folder, hub, parquet, webdataset, zip_folders
from fieldmark.datasets.pictures import Reading
from fieldmark.records import DataError


@pytest.fixture
def png(picture) -> bytes:
    written = io.BytesIO()
    Image.fromarray(picture(6, 4)).save(written, "PNG")
    return written.getvalue()


def refused(read, path, message):
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def a_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../cat/1.png", r"'\.\./cat/1\.png', which leads out of it"),
        ("/cat/1.png", "'/cat/1.png', which leads out of it"),
        ("C:/cat/1.png", "which leads out of it"),
        ("cat\\..\\..\\1.png", "which leads out of it"),
        ("a/b/cat/1.png", "in a folder of a class"),
        ("1.png", "outside any class folder"),
    ],
)
def test_zip_members_with_strange_names(tmp_path, png, name, message):
    file = a_zip(tmp_path / "x.zip", [("cat/1.png", png), ("dog/1.png", png), (name, png)])
    refused(zip_folders, file, message)


def test_a_zip_bomb(tmp_path, png):
    bomb = b"\0" * 40_000_000
    file = a_zip(tmp_path / "x.zip", [("cat/1.png", png), ("dog/1.bmp", bomb)])
    refused(zip_folders, file, "which would become 40,000,000: that is a bomb, or no picture")


def test_a_zip_that_lies_about_sizes(tmp_path, png):
    file = a_zip(tmp_path / "x.zip", [("cat/1.png", png), ("dog/1.png", png + b"\0" * 5000)])
    data = bytearray(file.read_bytes())
    at = data.rfind(b"PK\x01\x02") + 24  # the uncompressed size of the last member
    data[at : at + 4] = (100).to_bytes(4, "little")
    file.write_bytes(data)
    refused(zip_folders, file, "dog/1.png is (damaged or cut short|not as long as it says)")


def test_a_link_in_a_zip(tmp_path, png):
    link = zipfile.ZipInfo("dog/1.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    refused(
        zip_folders,
        a_zip(tmp_path / "x.zip", [("cat/1.png", png), (link, "/etc/passwd")]),
        "holds the link 'dog/1.png'",
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_a_member_twice_a_locked_one_or_none(tmp_path, png):
    twice = a_zip(tmp_path / "x.zip", [("cat/1.png", png), ("cat/1.png", png), ("dog/1.png", png)])
    refused(zip_folders, twice, "holds the member 'cat/1.png' twice")
    data = bytearray(a_zip(tmp_path / "y.zip", [("cat/1.png", png)]).read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "y.zip").write_bytes(data)
    refused(zip_folders, tmp_path / "y.zip", "locked with a password; unpack it first")
    refused(zip_folders, a_zip(tmp_path / "z.zip", [("cat/a.txt", b"text")]), "holds no pictures")


def test_files_that_are_no_archives(tmp_path, png):
    text = tmp_path / "x.any"
    text.write_bytes(b"text")
    empty = tmp_path / "empty.any"
    empty.write_bytes(b"")
    for read, kind in (
        (zip_folders, "no zip archive"),
        (parquet, "no Parquet file"),
        (webdataset, "no tar, or is cut short"),
    ):
        refused(read, text, kind)
        refused(read, empty, kind)
        refused(read, tmp_path / "none.any", "cannot be read|does not exist")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read(pets, tmp_path):
    for form, read in ((".zip", zip_folders), (".parquet", parquet)):
        file = convert(folder(pets), tmp_path / f"x{form}")
        file.chmod(0)
        refused(read, file, "Permission denied")


@pytest.mark.parametrize(("form", "read"), [(".zip", zip_folders), (".parquet", parquet)])
def test_half_a_download(pets, tmp_path, form, read):
    data = convert(folder(pets), tmp_path / f"x{form}").read_bytes()
    for part in (10, len(data) // 2, len(data) - 5):
        (tmp_path / f"half{form}").write_bytes(data[:part])
        refused(read, tmp_path / f"half{form}", "cut short")


def test_half_a_shard(pets, tmp_path):
    shards = convert(folder(pets), tmp_path / "x.shards")
    data = (shards / "000000.tar").read_bytes()
    for part in (700, 1300, 4100):
        (shards / "000000.tar").write_bytes(data[:part])
        refused(webdataset, shards, "cut short|has no label|no picture")


def a_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def a_link(name, kind):
    link = tarfile.TarInfo(name)
    link.type, link.linkname = kind, "/etc/passwd"
    return link


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("../a.png", None)], "leads out of it"),
        ([("/a.png", None)], "leads out of it"),
        ([(a_link("a.png", tarfile.SYMTYPE), b"")], "a link or a device, no file"),
        ([(a_link("a.png", tarfile.LNKTYPE), b"")], "a link or a device, no file"),
        ([(a_link("a.png", tarfile.FIFOTYPE), b"")], "a link or a device, no file"),
        ([("a.png", None)], "the example a has no label; put it into a.cls"),
        ([("a.cls", b"1")], "the example a has no picture, only cls"),
        ([("a.png", None), ("a.cls", b"\xff")], r"has a \.cls that is no text"),
        ([("a.png", None), ("a.json", b"{")], r"has a \.json that is none"),
        ([("a.png", None), ("a.json", b"[]")], r"has a \.json that names nothing"),
        ([("a.png", None), ("a.json", b'{"label": 0.5}')], "has no label"),
        ([("a.png", None), ("a.jpg", None), ("a.cls", b"1")], "has the pictures png, jpg; say"),
        ([("a.png", None), ("a.png", None)], "holds the member 'a.png' twice"),
        ([("a.png", None), ("a.cls", b"1"), ("b.png", None), ("b.cls", b"0"), ("a.png", None)],
         "holds the example 'a' twice"),
        ([("a.png", None), ("a.cls", b"-3")], "has the label -3"),
        ([("a.png", b""), ("a.cls", b"1")], "a.png is empty"),
        ([("a.png", b"text"), ("a.cls", b"1")], "a.png is named like a picture but is none"),
        ([], "holds no examples"),
    ],
)  # fmt: skip
def test_shards_that_cannot_be_believed(tmp_path, png, members, message):
    whole = [(name, png if data is None else data) for name, data in members]
    refused(webdataset, a_tar(tmp_path / "x.tar", whole), message)


def test_a_packed_shard_and_one_that_is_missing(tmp_path, png):
    packed = a_tar(tmp_path / "x.tar", [("a.png", png), ("a.cls", b"1")], "w:gz")
    refused(webdataset, packed, "is packed; unpack it to a plain .tar")
    a_tar(tmp_path / "s-000.tar", [("a.png", png), ("a.cls", b"1")])
    refused(webdataset, tmp_path / "s-{000..001}.tar", "s-001.tar does not exist")
    refused(webdataset, tmp_path / "t-%03d.tar", "t-000.tar does not exist")
    (tmp_path / "none").mkdir()
    refused(webdataset, tmp_path / "none", "holds no .tar files")


def test_shards_by_pattern(tmp_path, png):
    for shard in range(3):
        a_tar(
            tmp_path / f"s-{shard:03d}.tar",
            [(f"{shard}.png", png), (f"{shard}.cls", b"cat dog".split()[shard % 2])],
        )
    by_count = webdataset(tmp_path / "s-%03d.tar")
    assert by_count.ids == ("0", "1", "2")
    assert by_count.classes.names == ("cat", "dog")
    assert webdataset(tmp_path / "s-{001..002}.tar").ids == ("1", "2")
    assert webdataset(tmp_path).content == by_count.content


def test_words_and_numbers_are_not_mixed(tmp_path, png):
    members = [("a.png", png), ("a.cls", b"1"), ("b.png", png), ("b.cls", b"cat")]
    refused(webdataset, a_tar(tmp_path / "x.tar", members), "numbers and labels that are words")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"picture": [b"x"], "label": [0]}, r"no column 'image', only picture, label; .*\?images="),
        ({"image": [b"x"], "fine_label": [0]}, r"no column 'label', only .*\?labels=COLUMN"),
        ({"image": [1], "label": [0]}, "the column 'image' is of int64, no encoded pictures"),
        ({"image": [b"x"], "label": [0.5]}, "the column 'label' holds 0.5"),
        ({"image": [b"text"], "label": [0]}, "000000 is named like a picture but is none"),
        ({"image": [b""], "label": [0]}, "000000 is empty"),
        ({"image": [None, b"x"], "label": [0, 1]}, "row 0 has no picture in the column 'image'"),
        ({"image": [b"x", b"y"], "label": [0, 1], "id": ["a", "a"]}, "holds the id 'a' twice"),
        ({"image": [], "label": []}, "no pictures"),
    ],
)
def test_tables_without_what_is_needed(tmp_path, columns, message):
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"image": pa.binary(), "picture": pa.binary(), "label": None, "fine_label": None}
    kinds |= {"image": None} if columns.get("image") == [1] else {}
    arrays = {name: pa.array(some, kinds.get(name)) for name, some in columns.items()}
    pq.write_table(pa.table(arrays), tmp_path / "x.parquet")
    refused(parquet, tmp_path / "x.parquet", message)


def test_a_folder_without_tables(tmp_path):
    refused(parquet, tmp_path, "holds no .parquet files")


def test_a_set_that_the_hub_has_not(tmp_path, pets, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    refused(hub, str(tmp_path / "nothing"), "neither a folder that load_dataset reads nor")
    table = datasets.Dataset.from_dict({"image": [str(pets / "cat/a.png")], "label": [0]})
    table = table.cast_column("image", datasets.Image())
    datasets.DatasetDict({"one": table, "two": table}).save_to_disk(str(tmp_path / "saved"))
    refused(hub, str(tmp_path / "saved"), r"has the splits one, two; say which: \?split=NAME")
    read = hub(str(tmp_path / "saved"), split="two")
    assert (read.images() == folder(pets).images(np.array([0]))).all()
    with pytest.raises(DataError, match="has no column 'photo', only image, label"):
        hub(str(tmp_path / "saved"), split="two", columns={"images": "photo"})
    with pytest.raises(DataError, match="has no split 'three', only one, two"):
        hub(str(tmp_path / "saved"), split="three")


def test_a_broken_picture_in_a_container_counts_as_missing_when_told(pets, tmp_path):
    (pets / "cat/a.png").write_bytes(b"text")
    shutil_zip = a_zip(
        tmp_path / "x.zip",
        [
            (f"{one.parent.name}/{one.name}", one.read_bytes())
            for one in sorted(pets.rglob("*.png"))
        ],
    )
    read = zip_folders(shutil_zip, reading=Reading(broken="missing"))
    assert read.first_labels.tolist() == [-1, 0, 1, 1]
