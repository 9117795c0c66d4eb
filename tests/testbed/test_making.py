import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from fieldmark.records import Cell, Condition, DataError
from fieldmark.shifts import shift
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from fieldmark.testbed.making import Maker
from tests.testbed.bars import examples, plain_subject
from tests.testbed.photos import Deadly, Slow, photos
from tests.testbed.test_killing import content

ROOT = Path(__file__).parents[2]


def averages(images):
    pixels = images.astype(np.float32) / (255 if images.dtype == np.uint8 else 1)
    return pixels.mean(axis=(1, 2))[:, :2]


def subject(name="averages"):
    return plain_subject(name, averages, classes=("left", "right"))


@pytest.mark.slow
def test_whoever_makes_the_pictures_the_cells_are_the_same_bytes(tmp_path):
    seen = photos(tmp_path / "photos")
    conditions = [Condition(seen), Condition(seen, shift("gaussian-noise", 3))]
    kept = []
    for decoders, jobs in ((0, 2), (2, 2)):
        store = open_store(tmp_path / f"{decoders}", create=True)
        # The number of jobs stands in a header, the number of decoders does not.
        run([subject("a"), subject("b")], conditions, store,
            options=Options(decoders=decoders, jobs=jobs, batch=2, part=6))  # fmt: skip
        kept.append(content(Path(store.url)))
    assert kept[0] == kept[1]
    assert sum(name.startswith("cells/") for name in kept[0]) == 4


@pytest.fixture
def made():
    opened = []

    def begin(decoders):
        opened.append(Maker(decoders))
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


def test_a_process_that_dies_is_replaced_and_asked_again(tmp_path, made):
    deadly = Deadly(tmp_path / "count", times=1, spared=os.getpid())
    condition = Condition(photos(tmp_path / "photos", 4), deadly)
    rows = np.arange(4)
    np.testing.assert_array_equal(made(1).make(condition, rows), condition.images(rows))
    assert len((tmp_path / "count").read_text().splitlines()) == 2


@pytest.mark.slow
def test_one_that_dies_twice_is_an_error_and_the_other_conditions_go_on(tmp_path, store):
    seen = photos(tmp_path / "photos", 4)
    deadly = Deadly(tmp_path / "count", times=9, spared=os.getpid())
    with pytest.raises(
        DataError,
        match=r"^photos\+deadly@1 could not be shown: the process that makes its pictures ended "
        r"twice \(exit status 3\) over rows 0 to 3: .* goes on$",
    ):
        run([subject()], [Condition(seen, deadly), Condition(seen)], store,
            options=Options(decoders=1))  # fmt: skip
    assert [header.condition.name for header in store.headers()] == ["photos"]


def test_what_cannot_be_sent_to_another_process_is_made_in_this_one(made):
    bars = examples()  # its pictures lie in a closure
    rows = np.arange(5)
    np.testing.assert_array_equal(made(2).make(Condition(bars), rows), bars.images(rows))


def test_an_error_in_another_process_says_what_it_says_in_this_one(tmp_path, made):
    seen = photos(tmp_path / "photos", 4)
    next((tmp_path / "photos").rglob("*.jpg")).write_bytes(b"something else")
    said = []
    for decoders in (0, 1):
        with pytest.raises(DataError, match=r"\.jpg") as error:
            made(decoders).make(Condition(seen), np.arange(4))
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.slow
def test_pictures_come_in_the_order_in_which_they_are_wanted(tmp_path, made):
    condition = Condition(photos(tmp_path / "photos"))
    wanted = [(row, condition, np.array([row])) for row in range(12)]
    for row, pictures in made(2).ahead(iter(wanted)):
        np.testing.assert_array_equal(pictures.result(), condition.images(np.array([row])))


def running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def lines(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


SCRIPT = """
# No `if __name__ == "__main__"`: a script as people write them.
from pathlib import Path
from fieldmark.records import Condition
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from tests.testbed.photos import Slow, photos
from tests.testbed.test_making import subject
place = Path({place!r})
run([subject()], [Condition(photos(place / "photos", 400), Slow(place / "note"))],
    open_store(place / "store", create=True), options=Options(decoders=2, batch=2, part=4))
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_however_a_run_ends_no_process_of_its_own_outlives_it(tmp_path, number):
    script, note = tmp_path / "script.py", tmp_path / "note"
    script.write_text(SCRIPT.format(place=str(tmp_path)))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while len(set(lines(note))) < 2 or not list((tmp_path / "store" / "parts").rglob("*.parquet")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    os.killpg(process.pid, number)  # as a terminal does: to everybody in the group
    printed, _ = process.communicate(timeout=30)
    assert printed == b""
    makers = {int(line) for line in lines(note)}
    assert len(makers) == 2
    until = time.monotonic() + 10
    while any(running(one) for one in makers):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert process.pid not in makers
    if number == signal.SIGINT:
        store = open_store(tmp_path / "store")
        condition = Condition(photos(tmp_path / "photos", 400), Slow(note))
        assert store.parts(Cell("averages", condition.name), condition.fingerprint, "averages-1")
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
