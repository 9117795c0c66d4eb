"""Stores that are none, full, damaged, half written or held: nothing that was kept is lost."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.store import open_store
from tests.cli.hostile import files, one_line


@pytest.mark.parametrize("where", ["photos", "hostile_models.py", "/proc/none/kept", "s9://x"])
def test_a_place_that_can_be_no_store(fieldmark, place, where):
    before = sorted(place.rglob("*"))
    ended = fieldmark("run", "--subjects", "chance", "--conditions", "mnist-test", "--store", where)
    one_line(ended, where)
    one_line(fieldmark("table", where), where)
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize("command", ["report SMALL -o", "show mnist-test -o", "init"])
def test_files_that_cannot_be_written(fieldmark, place, small_store, command):
    for out in ("none/x.png", "photos"):
        ended = fieldmark(*command.replace("SMALL", str(small_store)).split(), out)
        assert ended.status == 2
        assert ended.err.startswith("fieldmark: ")
        assert ended.err.count("\n") == 1


@pytest.mark.parametrize("what", ["cells", "examples", "specimens"])
@pytest.mark.parametrize("cut", [lambda data: data[:60], lambda data: b"", lambda data: None])
def test_the_doctor_names_every_damaged_or_missing_file(fieldmark, ask, place, kept, what, cut):
    [file] = (place / "kept" / what).rglob("*.parquet")
    left = cut(file.read_bytes())
    file.unlink()
    if left is not None:
        file.write_bytes(left)
    ended = fieldmark("doctor", "kept")
    if left is not None or what == "examples":
        assert ended.status == 2
        assert str(file) in ended.out
        assert "run again" in ended.out.lower()
    if what != "specimens" and str(file) in ended.out:
        for command in (("table", "kept"), ("report", "kept"), ("sql", "from cells", "kept")):
            one_line(fieldmark(*command), str(file))
    file.unlink(missing_ok=True)  # as the line says
    assert ask("chance", "folder:photos").status == 0
    assert fieldmark("doctor", "kept").status == 0
    assert files(place / "kept").keys() == kept.keys()


def test_a_half_written_part_is_answered_again(ask, place, kept):
    [cell] = (place / "kept/cells").rglob("*.parquet")
    whole = cell.read_bytes()
    store = open_store(place / "kept")
    head = store.headers()[0]
    parts = place / "kept/parts/photos/chance"
    lot = parts / f"{head.condition.fingerprint}-{head.subject.fingerprint}"
    lot.mkdir(parents=True)
    cell.unlink()
    (lot / "0-20.parquet").write_bytes(whole[: len(whole) // 2])
    (lot / "0-20.parquet.12345678.aside").write_bytes(b"half")
    ended = ask("chance", "folder:photos")
    assert (ended.status, ended.err) == (0, "")
    assert "1 cell answered" in ended.out
    assert not list((place / "kept").rglob("*.aside"))
    assert not (place / "kept/parts").exists()
    again = open_store(place / "kept").read(head.cell).answers
    assert len(again) == 20


def test_pictures_of_a_run_that_answered_nothing_give_way(ask, place):
    ask("python:hostile_models:nan", "folder:photos")
    shutil.rmtree(place / "kept/cells")
    pixels = np.zeros((28, 28), np.uint8)
    for file in (place / "photos").rglob("*.png"):
        Image.fromarray(pixels).save(file)
    assert ask("chance", "folder:photos").status == 0
    for png in open_store(place / "kept").specimens("photos").values():
        with Image.open(BytesIO(png)) as picture:
            assert not np.asarray(picture).any()


def test_numbers_that_json_has_no_word_for(fieldmark, small_store):
    ended = fieldmark("sql", "select 'inf'::float x, 'nan'::double y", str(small_store), "--json")
    assert json.loads(ended.out) == [{"x": None, "y": None}]


# Real processes: torch takes seconds to import, so there are few of them

SLOW_MODEL = """
import time
import numpy as np

def load():
    def model(images):
        time.sleep(len(images) / 200)
        return np.zeros((len(images), 10), np.float32)
    return model
"""


def started(place: Path, *words: str, program: str = "") -> subprocess.Popen:
    (place / "slow_model.py").write_text(SLOW_MODEL)
    code = program + "from fieldmark.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_a_second_run_is_told_of_the_first_and_ctrl_c_keeps_what_is_answered(ask, place):
    words = ("--subjects", "chance,python:slow_model:load", "--conditions", "mnist-test,uci-digits")
    first = started(place, "run", *words, "--store", "kept", "--jobs", "1", "--batch", "250")
    wait_for(place / "kept/cells/mnist-test/chance.parquet")
    one_line(ask("chance", "mnist-test"), f"held by another run (process {first.pid} on ")
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == (
        "stopped; what was answered is kept, and the same command goes on"
    )
    before = files(place / "kept")
    assert any("chance" in name for name in before)
    assert ask("chance,nearest-neighbour", "mnist-test").status == 0
    assert before.items() <= files(place / "kept").items()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits to set")
def test_a_disk_that_is_full(ask, place, kept, fieldmark):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000));"
    words = ("--subjects", "nearest-neighbour", "--conditions", "mnist-test", "--store", "kept")
    full = started(place, "run", *words, program=limit)
    out, err = full.communicate(timeout=60)
    assert (full.returncode, out) == (2, "")
    assert err.count("\n") == 1
    assert "Everything kept before is intact; free some space there" in err
    assert kept.items() <= files(place / "kept").items()
    assert fieldmark("doctor", "kept").status == 0
    assert ask("nearest-neighbour", "mnist-test").status == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_may_only_be_read(fieldmark, ask, place, kept):
    for folder in [place / "kept", *(place / "kept").rglob("*")]:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    one_line(ask("ridge", "folder:photos"), "make the folder writable or use another store")
    assert fieldmark("table", "kept").status == 0
    for folder in [place / "kept", *(place / "kept").rglob("*")]:
        folder.chmod(0o755)
    assert files(place / "kept") == kept
