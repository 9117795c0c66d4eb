"""A store of a thousand cells is opened in a moment."""

from time import perf_counter

import pytest

from fieldmark.store import open_store
from fieldmark.store.cellfiles import to_cell
from fieldmark.store.naming import cell_file


@pytest.mark.slow
def test_a_thousand_cells(disk, make, tmp_path):
    shown = make.examples(1000, classes=10)
    disk.keep_examples(shown)
    answers = make.answers(make.header(shown))
    for level in range(50):
        for number in range(20):
            head = make.header(shown, f"s{number}", change="fog", level=str(level))
            disk._folder.write(cell_file(head.cell), to_cell(head, answers))
    for store in (disk, open_store(disk.url), disk):  # cold, from the index, from memory
        clock = perf_counter()
        assert len(store.headers()) == 1000
        assert perf_counter() - clock < 3  # 0.5, 0.1, 0.03 seconds on an idle machine
    [row] = disk.sql("SELECT count(*) AS n, avg(correct::INT) AS a FROM predictions").to_pylist()
    assert row["n"] == 1_000_000
    assert row["a"] == pytest.approx(disk.correct("digits-test+fog@0").matrix().mean())
