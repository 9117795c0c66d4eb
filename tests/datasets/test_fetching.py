"""Files fetched from a server on this machine: cut off, changed, wrong, and made to do harm."""

import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from fieldmark.datasets.fetching import fetch
from fieldmark.datasets.published import Download, PublishedSet
from fieldmark.datasets.published.layouts import pixel_set
from fieldmark.records import ClassSpace, ConfigError, DataError, UnknownNameError


@dataclass
class Published:
    """A server that publishes files, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    most: int = 1 << 40
    ranges: bool = True
    tag: str = '"one"'
    address: str = ""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


@pytest.fixture
def server():
    published = Published()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range", "")
            published.asked.append(asked)
            data = published.files.get(self.path[1:])
            if data is None:
                self.send_error(404)
                return
            same = self.headers.get("If-Range", published.tag) == published.tag
            start = int(re.findall(r"\d+", asked)[0]) if asked and published.ranges and same else 0
            if start >= len(data) > 0:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            if published.tag:
                self.send_header("ETag", published.tag)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self.wfile.write(data[start : start + published.most])

        def log_message(self, *words):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    published.address = f"http://127.0.0.1:{listening.server_port}"
    yield published
    listening.shutdown()
    listening.server_close()


def a_set(*downloads: Download, parts=("",), ask="") -> PublishedSet:
    return PublishedSet(
        name="toys",
        title="Toys",
        source="here",
        licence="none",
        collected="made up",
        not_for="anything",
        parts=dict.fromkeys(parts, 2),
        classes="two",
        folders=("toys",),
        layout="a file",
        needs=lambda part: ("a",),
        read=lambda opening: pixel_set(
            opening,
            ClassSpace(("a", "b")),
            ("0", "1"),
            np.array([0, 1]),
            np.zeros((2, 2, 2, 1), np.uint8),
        ),
        downloads=downloads,
        ask=ask,
    )


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


BYTES = bytes(range(256)) * 1000
BLOCK = 1 << 16


def test_a_file_is_fetched_once(server, tmp_path):
    server.files["a"] = BYTES
    toys = a_set(Download(server.url("a"), "a", sha(BYTES), len(BYTES)))
    seen = []
    first = fetch(toys, "", tmp_path, watch=lambda *told: seen.append(told))
    assert first.made == ("a",)
    assert first.folder == tmp_path / "toys"
    assert (tmp_path / "toys/a").read_bytes() == BYTES
    assert seen[-1] == (".a.part", len(BYTES), len(BYTES))
    again = fetch(toys, "", tmp_path)
    assert (again.made, again.kept) == ((), ("a",))
    assert len(server.asked) == 1


def test_it_goes_on_where_it_was_cut_off(server, tmp_path):
    server.files["a"] = BYTES
    server.most = 70_000
    toys = a_set(Download(server.url("a"), "a"))  # no checksum: the version tells
    with pytest.raises(DataError, match=r"could not be downloaded .* 196,608 bytes are kept"):
        fetch(toys, "", tmp_path)
    assert server.asked == ["", f"bytes={BLOCK}-", f"bytes={2 * BLOCK}-"]
    server.most = 1 << 40
    fetch(toys, "", tmp_path)
    assert server.asked[-1] == f"bytes={3 * BLOCK}-"
    assert (tmp_path / "toys/a").read_bytes() == BYTES
    assert sorted(one.name for one in (tmp_path / "toys").iterdir()) == [".fetched.json", "a"]


def test_two_versions_are_not_mixed(server, tmp_path):
    server.files["a"] = BYTES
    server.most = 70_000
    toys = a_set(Download(server.url("a"), "a"))
    with pytest.raises(DataError, match="bytes are kept"):
        fetch(toys, "", tmp_path)
    server.files["a"], server.tag, server.most = BYTES[::-1], '"two"', 1 << 40
    fetch(toys, "", tmp_path)
    assert (tmp_path / "toys/a").read_bytes() == BYTES[::-1]


@pytest.mark.parametrize("tag", ['"one"', ""])
def test_a_server_that_knows_no_ranges_or_versions(server, tmp_path, tag):
    server.files["a"] = BYTES
    server.ranges, server.most, server.tag = False, 70_000, tag
    toys = a_set(Download(server.url("a"), "a"))
    with pytest.raises(DataError, match="65,536 bytes are kept"):
        fetch(toys, "", tmp_path)
    server.most = 1 << 40
    fetch(toys, "", tmp_path)
    assert (tmp_path / "toys/a").read_bytes() == BYTES


def test_other_bytes_than_published_are_not_kept(server, tmp_path):
    server.files["a"] = BYTES
    toys = a_set(Download(server.url("a"), "a", sha(b"other")))
    with pytest.raises(DataError, match="has not the published checksum sha256:") as caught:
        fetch(toys, "", tmp_path)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "toys").iterdir()) == []
    right = a_set(Download(server.url("a"), "a", f"md5:{hashlib.md5(BYTES).hexdigest()}"))
    fetch(right, "", tmp_path)
    assert (tmp_path / "toys/a").read_bytes() == BYTES


def test_a_part_that_is_longer_than_the_file(server, tmp_path):
    server.files["a"] = BYTES
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys/.a.part").write_bytes(BYTES + b"more")
    fetch(a_set(Download(server.url("a"), "a", sha(BYTES))), "", tmp_path)
    assert server.asked == [f"bytes={len(BYTES) + 4}-", ""]
    assert (tmp_path / "toys/a").read_bytes() == BYTES


def test_nobody_answers(server, tmp_path):
    toys = a_set(Download(server.url("none"), "a"))
    with pytest.raises(DataError, match="404 Client Error"):
        fetch(toys, "", tmp_path)
    assert len(server.asked) == 1, "asking again would not help"
    gone = a_set(Download("http://127.0.0.1:9/a", "a"))
    with pytest.raises(DataError, match=r"a could not be downloaded from http://127\.0\.0\.1:9"):
        fetch(gone, "", tmp_path)


def test_what_may_not_be_downloaded(tmp_path):
    toys = a_set(ask="write to the authors")
    with pytest.raises(DataError, match="toys is not published for programs to download: write to"):
        fetch(toys, "", tmp_path)
    assert not (tmp_path / "toys").exists()


def test_only_the_parts_that_were_asked_for(server, tmp_path):
    server.files |= {"fog": b"fog", "snow": b"snow"}
    toys = a_set(
        Download(server.url("fog"), "fog", parts=("fog",)),
        Download(server.url("snow"), "snow", parts=("snow",)),
        parts=("fog/1", "fog/2", "snow/1"),
    )
    assert fetch(toys, "fog", tmp_path).made == ("fog",)
    assert fetch(toys, "fog/2", tmp_path).kept == ("fog",)
    assert fetch(toys, "", tmp_path).made == ("snow",)
    with pytest.raises(UnknownNameError, match="no part of toys called 'toys/fogg'"):
        fetch(toys, "fogg", tmp_path)


def test_no_room(server, tmp_path):
    toys = a_set(Download(server.url("a"), "a", size=10**18))
    with pytest.raises(ConfigError, match=r"a needs about 1000000000\.0 GB in .* --into"):
        fetch(toys, "", tmp_path)


def test_what_somebody_put_there_is_left_alone(server, tmp_path):
    (tmp_path / "toys").mkdir()
    (tmp_path / "toys/a").write_bytes(b"mine")
    assert fetch(a_set(Download(server.url("a"), "a")), "", tmp_path).kept == ("a",)
    assert (tmp_path / "toys/a").read_bytes() == b"mine"
    assert server.asked == []


# Archives


def a_zip(members) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return written.getvalue()


def a_tar(members, mode="w:gz") -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode) as archive:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return written.getvalue()


def a_link(name: str) -> tarfile.TarInfo:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    return link


@pytest.mark.parametrize(
    "data",
    [
        a_zip([("top/x/1.txt", b"one"), ("top/2.txt", b"two")]),
        a_tar([("top/x/1.txt", b"one"), ("top/2.txt", b"two")]),
        a_tar([("./top/x/1.txt", b"one"), ("./top/2.txt", b"two")], "w"),
        a_tar([("top/x/1.txt", b"one"), ("top/2.txt", b"two")], "w:xz"),
    ],
)
def test_an_archive_is_unpacked_into_the_folder_of_its_set(server, tmp_path, data):
    server.files["a"] = data
    (tmp_path / "toys/x").mkdir(parents=True)
    (tmp_path / "toys/x/mine").write_bytes(b"mine")
    toys = a_set(Download(server.url("a"), "a.any", unpack=True, strip=1))
    assert fetch(toys, "", tmp_path).made == ("a.any",)
    there = {
        str(one.relative_to(tmp_path / "toys")): one.read_bytes()
        for one in (tmp_path / "toys").rglob("*")
        if one.is_file() and not one.name.startswith(".")
    }
    assert there == {"x/1.txt": b"one", "2.txt": b"two", "x/mine": b"mine"}
    assert fetch(toys, "", tmp_path).kept == ("a.any",)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (a_zip([("a.txt", b"a"), ("../b.txt", b"b")]), "leads out of it"),
        (a_zip([("a.txt", b"a"), ("/b.txt", b"b")]), "leads out of it"),
        (a_tar([("a.txt", b"a"), ("../../b.txt", b"b")]), "leads out of it"),
        (a_tar([("a.txt", b"a"), ("/b.txt", b"b")]), "leads out of it"),
        (a_tar([("a.txt", b"a"), (a_link("b"), b""), ("b/c.txt", b"c")]), "a link or a device"),
        (a_tar([("a.txt", b"a"), ("a.txt", b"b")]), "holds 'a.txt' twice"),
        (a_tar([("a.txt", b"\0" * 120_000_000)]), "that is a bomb, or not what was published"),
        (a_zip([("a.txt", b"\0" * 120_000_000)]), "that is a bomb, or not what was published"),
        (a_tar([("a.txt", BYTES)])[:-40], "is (no archive|damaged)"),
        (a_tar([("a.txt", BYTES)], "w")[:900], "is no archive, or is cut short"),
        (b"text", "is no archive, or is cut short"),
        (a_zip([]), "holds no files"),
    ],
    ids=range(12),
)
def test_archives_that_cannot_be_trusted(server, tmp_path, data, message):
    server.files["a"] = data
    toys = a_set(Download(server.url("a"), "a.any", unpack=True))
    with pytest.raises(DataError, match=message) as caught:
        fetch(toys, "", tmp_path)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "toys").iterdir()) == [], "nothing of it is kept"
    assert not (tmp_path / "b.txt").exists()


def test_a_better_archive_may_follow_one_that_could_not_be_trusted(server, tmp_path):
    server.files["a"] = b"text"
    toys = a_set(Download(server.url("a"), "a.any", unpack=True))
    with pytest.raises(DataError, match="is no archive"):
        fetch(toys, "", tmp_path)
    server.files["a"] = a_zip([("a", b"a")])
    fetch(toys, "", tmp_path)
    assert (tmp_path / "toys/a").read_bytes() == b"a"
