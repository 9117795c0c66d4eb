import subprocess
import sys

import pytest

from fieldmark.records import MissingExtraError, StoreError
from fieldmark.store import open_store


def test_only_what_is_there_is_opened(url):
    with pytest.raises(
        StoreError, match=r"there is no store at .*Give the folder of a finished or"
    ):
        open_store(url)
    open_store(url, create=True)
    assert open_store(url).url == open_store(url, create=True).url == url


def test_looking_creates_nothing(tmp_path):
    with pytest.raises(StoreError):
        open_store(tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_another_version_is_refused(store):
    store._folder.write("fieldmark.json", b'{"format": 2}')
    with pytest.raises(
        StoreError, match=r"is of format 2, this version of Fieldmark reads format 1"
    ):
        open_store(store.url, create=True)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{}", b"\xff", b"3"])
def test_a_damaged_format_file_is_refused(store, junk):
    store._folder.write("fieldmark.json", junk)
    with pytest.raises(StoreError, match=r"fieldmark.json does not say the format of the store"):
        open_store(store.url)


def test_other_peoples_folders_are_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(StoreError, match=r"holds other things \(thesis.tex\) and is no store"):
        open_store(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_hidden_files_do_not_matter(tmp_path):
    (tmp_path / ".DS_Store").touch()
    assert open_store(tmp_path, create=True).cells() == ()


def test_a_file_is_no_store(tmp_path):
    (tmp_path / "f").touch()
    for create in (False, True):
        with pytest.raises(StoreError, match=r"is a file; a store is|there is no store at"):
            open_store(tmp_path / "f", create=create)


def test_an_unknown_kind_of_url(tmp_path):
    with pytest.raises(
        StoreError, match=r"cannot open a store at 'floppy://a': .*Give a folder or"
    ):
        open_store("floppy://a")


def test_a_library_that_is_missing_is_named(monkeypatch):
    from fsspec.registry import _registry

    monkeypatch.setitem(sys.modules, "s3fs", None)  # as if it were not installed
    monkeypatch.delitem(_registry, "s3", raising=False)
    with pytest.raises(MissingExtraError, match=r"s3:// need s3fs, .* pip install 'fieldmark\[rem"):
        open_store("s3://bucket/store")


def test_opening_loads_neither_torch_nor_duckdb(tmp_path):
    code = (
        "import sys; from fieldmark.store import open_store\n"
        f"open_store({str(tmp_path / 's')!r}, create=True).headers()\n"
        "print([m for m in ('torch', 'duckdb', 'sklearn', 'altair') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"
