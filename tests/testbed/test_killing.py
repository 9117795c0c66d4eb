"""Kill -9 at thirty random points: what is left can be gone on with, and ends the same."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]


class Runs:
    """Runs of one small grid, in children of a process that has imported everything."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.testbed.killed_run"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._line() == "ready"

    def begin(self, store: Path) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{store}\n")
        self.process.stdin.flush()
        return int(self._line())

    def end(self) -> int:
        return int(self._line())

    def whole(self, store: Path) -> float:
        begun = time.perf_counter()
        self.begin(store)
        assert self.end() == 0
        return time.perf_counter() - begun

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def runs() -> Iterator[Runs]:
    opened = Runs()
    yield opened
    opened.process.stdin.close()
    opened.process.stdout.close()
    opened.process.wait()


def content(store: Path) -> dict[str, bytes]:
    """Every kept file, its header's times blanked, but for what is derived, locks and manifests."""
    files = sorted(path for path in store.rglob("*") if path.is_file())
    found = {}
    for path in files:
        name = path.relative_to(store).as_posix()
        if name.startswith(("index/", "runs/", ".")):
            continue
        raw = path.read_bytes()
        if name.startswith("cells/"):
            times = pq.read_metadata(path).metadata[b"fieldmark.times"]
            assert raw.count(times) == 1
            raw = raw.replace(times, b"-" * len(times))
        found[name] = raw
    return found


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes(runs: Runs, tmp_path: Path):
    seconds = runs.whole(tmp_path / "uninterrupted")
    expected = content(tmp_path / "uninterrupted")
    assert sum(name.startswith("cells/") for name in expected) == 12
    chance, killed = random.Random(0), 0
    for attempt in range(60):
        store = tmp_path / f"killed-{attempt}"
        child = runs.begin(store)
        time.sleep(chance.uniform(0, seconds))
        with suppress(ProcessLookupError):  # it has ended already; that try does not count
            os.kill(child, signal.SIGKILL)
        killed += runs.end() == -signal.SIGKILL
        runs.whole(store)
        assert content(store) == expected
        if killed == 30:
            return
    pytest.fail(f"only {killed} of 60 runs were killed before they ended")
