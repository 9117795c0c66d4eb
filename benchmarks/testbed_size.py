"""The store at the lecture's size: 204 models × 213 conditions, 10⁹ predictions on disk.

    python benchmarks/testbed_size.py                 20 minutes, 30 GB of disk, 8 GB of memory
    python benchmarks/testbed_size.py --scale 0.0005  a few seconds: does it all still run?

Makes a store of drawn answers (five best classes with their probabilities, as a testbed keeps
them), then measures the whole accuracy grid with Clopper-Pearson intervals, each time in a process
of its own: from cells that nobody has counted yet and that lie on the disk, not in memory; and from
the index. On a tenth of it, pandas, DuckDB and polars count the same from one Parquet file with a
row per prediction; their counts have to be the same. Everything lies in a temporary folder.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from drawn_testbed import IMAGES, Shape, fill, shape

from fieldmark.store import Store, open_store

LONG_ROWS = 1e8


# The files that are measured


@contextmanager
def linked(full: Store, wanted: Shape) -> Iterator[Store]:
    """A store of some of the cells of ``full``: the same files under other names, no index yet."""
    folder = Path(full.url).parent / "some"
    some = open_store(folder, create=True)
    for asked in wanted.conditions:
        some.keep_examples(asked.examples)
        cells = f"cells/{quote(asked.name, safe='')}"
        (folder / cells).mkdir(parents=True)
        for model in range(wanted.models):
            file = f"{cells}/model-{model:03d}.parquet"
            os.link(Path(full.url) / file, folder / file)
    try:
        yield some
    finally:
        shutil.rmtree(folder)


def out_of_memory(store: Store) -> None:
    """Let the system forget the store's files, so that they are read from the disk again."""
    os.sync()
    for file in Path(store.url).rglob("*.parquet"):
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def write_long(store: Store, wanted: Shape, file: Path) -> None:
    """One row per prediction, as other tools like it: names as dictionaries, rows in groups."""
    writer = None
    subjects = pa.array([f"model-{model:03d}" for model in range(wanted.models)])
    for asked in wanted.conditions:
        top = store.top1(asked.name).classes
        which = np.repeat(np.arange(wanted.models, dtype=np.int32), asked.n)
        one = np.zeros(top.size, np.int32)
        ids = pa.array(asked.examples.ids)
        rows = np.tile(np.arange(asked.n, dtype=np.int32), wanted.models)
        table = pa.table(
            {
                "subject": pa.DictionaryArray.from_arrays(which, subjects),
                "condition": pa.DictionaryArray.from_arrays(one, pa.array([asked.name])),
                "example": pa.DictionaryArray.from_arrays(rows, ids),
                "label": np.tile(asked.examples.labels[:, 0].astype(np.uint16), wanted.models),
                "predicted": top.reshape(-1),
            }
        )
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table, row_group_size=2**20)
    if writer:
        writer.close()


# What is measured, each in a process of its own: returns the number of correct predictions


def grid(place: str) -> int:
    """Every accuracy with its exact interval, in subjects × conditions."""
    from fieldmark.studies import accuracy_grid

    rows = accuracy_grid(open_store(place)).table.rows
    return sum(round(row[4].value * row[4].n) for row in rows)  # type: ignore[union-attr]


def counts(place: str) -> int:
    """Counts alone, as the other tools make them."""
    return int(open_store(place).counts().hits.sum())


def by_pandas(place: str) -> int:
    """Counts alone; the names come as categories, which is the fastest way."""
    import pandas as pd

    frame = pd.read_parquet(place, columns=["subject", "condition", "label", "predicted"])
    right = frame["label"] == frame["predicted"]
    counted = right.groupby([frame["subject"], frame["condition"]], observed=True)
    return int(counted.agg(["sum", "size"])["sum"].sum())


def by_duckdb(place: str) -> int:
    """Counts alone."""
    import duckdb

    rows = duckdb.sql(
        "SELECT subject, condition, sum((label = predicted)::INT) AS hits, count(*) AS n "
        f"FROM read_parquet('{place}') GROUP BY ALL"
    ).fetchall()
    return int(sum(row[2] for row in rows))


def by_polars(place: str) -> int:
    """Counts alone, streaming, which is the faster of its two engines here."""
    import polars as pl

    right = (pl.col("label") == pl.col("predicted")).sum().alias("hits")
    counted = pl.scan_parquet(place).group_by("subject", "condition").agg(right, pl.len())
    return int(counted.collect(engine="streaming")["hits"].sum())


WORK: dict[str, tuple[Callable[[str], int], str]] = {
    "grid": (grid, "fieldmark.studies, scipy.special, fsspec.implementations.local"),
    "counts": (counts, "fsspec.implementations.local"),
    "pandas": (by_pandas, "pandas"),
    "duckdb": (by_duckdb, "duckdb"),
    "polars": (by_polars, "polars"),
}


@dataclass(frozen=True)
class Measured:
    """What one piece of work took, in a process of its own that had its libraries ready."""

    seconds: float
    cpu: float
    mebibytes: float
    right: int


def work(name: str, place: str) -> None:
    """Measure one piece of work in this process, and print it as JSON."""
    piece, libraries = WORK[name]
    for library in libraries.split(", "):
        __import__(library)
    begun, cpu = perf_counter(), process_time()
    right = piece(place)
    seconds, cpu = perf_counter() - begun, process_time() - cpu
    print(json.dumps([seconds, cpu, peak(), right]))


def peak() -> float:
    """The most memory that this process ever had, in MiB; not what its parent had before."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))


def measured(name: str, place: str | Path, rounds: int = 1) -> Measured:
    """The fastest of some rounds."""
    return side_by_side({name: (name, place)}, rounds)[name]


def side_by_side(pieces: Mapping[str, tuple[str, str | Path]], rounds: int) -> dict[str, Measured]:
    """The fastest of some rounds of each piece of work, the rounds interleaved."""
    answers: dict[str, list[Measured]] = {one: [] for one in pieces}
    for _ in range(rounds):
        for one, (name, place) in pieces.items():
            command = [sys.executable, __file__, "--work", name, str(place)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            answers[one].append(Measured(*json.loads(said)))
    return {one: min(some, key=lambda each: each.seconds) for one, some in answers.items()}


def cold_and_warm(store: Store, rounds: int) -> tuple[Measured, Measured]:
    """The grid from cells that lie on the disk, and from the index that this leaves."""
    shutil.rmtree(Path(store.url) / "index", ignore_errors=True)
    out_of_memory(store)
    cold = measured("grid", store.url)
    warm = measured("grid", store.url, rounds)
    assert warm.right == cold.right
    return cold, warm


# The tables


def show(what: str, wanted: Shape, cold: Measured, warm: Measured) -> None:
    """One line of the growth table."""
    print(
        f"| {what} | {wanted.predictions:,} | {cold.seconds:.1f} s ({cold.cpu:.1f} s of CPU), "
        f"{cold.mebibytes:,.0f} MiB | {warm.seconds:.2f} s ({warm.cpu:.2f} s of CPU), "
        f"{warm.mebibytes:,.0f} MiB |",
        flush=True,
    )


def growth(store: Store, full: Shape, rounds: int) -> None:
    """How the grid grows with models, conditions and images."""
    print("| models × conditions × images | predictions | from cold cells | from the index |")
    print("|---|---|---|---|")
    some = len([one for one in full.conditions if one.n == IMAGES["large"]])
    small = {one.name for one in full.conditions[some : 2 * some]}
    parts: Sequence[tuple[str, Shape]] = [
        *(
            (f"{models} × {len(full.conditions)} × mixed", full.fewer(models))
            for models in (full.models // 4, full.models // 2)
        ),
        (
            f"{full.models} × {some} × {IMAGES['small']:,}",
            full.fewer(full.models, lambda one: one.name in small),
        ),
        (
            f"{full.models} × {some} × {IMAGES['large']:,}",
            full.fewer(full.models, lambda one: one.n == IMAGES["large"]),
        ),
    ]
    for what, wanted in parts:
        with linked(store, wanted) as part:
            show(what, wanted, *cold_and_warm(part, rounds))
    whole = f"{full.models} × {len(full.conditions)} × mixed"
    show(f"**{whole}**", full, *cold_and_warm(store, rounds))


def others(store: Store, full: Shape, rows: float, file: Path, rounds: int) -> None:
    """The same counts by other tools, from one long Parquet file."""
    names, total = set(), 0.0
    for pair in zip(full.conditions, reversed(full.conditions), strict=True):  # large and small
        for one in pair:
            if total < rows and one.name not in names:
                names.add(one.name)
                total += one.n * full.models
    wanted = full.fewer(full.models, lambda one: one.name in names)
    with linked(store, wanted) as part:
        write_long(part, wanted, file)
        cold, warm = cold_and_warm(part, 1)
        found = side_by_side(
            {
                "grid with intervals, index": ("grid", part.url),
                "counts alone, index": ("counts", part.url),
                **{f"counts, {one}": (one, file) for one in ("pandas", "duckdb", "polars")},
            },
            rounds,
        )
    found["grid with intervals, cold cells"] = cold
    size = file.stat().st_size / 2**20
    print(f"\n{wanted.predictions:,} rows; as one long Parquet file {size:,.0f} MiB\n")
    print("| who | seconds | CPU seconds | peak memory | against the grid | against the counts |")
    print("|---|---|---|---|---|---|")
    grid_of, counts_of = (
        found[f"{one}, index"].seconds for one in ("grid with intervals", "counts alone")
    )
    for name, one in found.items():
        assert one.right == warm.right, f"{name} counts {one.right}, the index {warm.right}"
        print(
            f"| {name} | {one.seconds:.2f} | {one.cpu:.2f} | {one.mebibytes:,.0f} MiB "
            f"| {one.seconds / grid_of:.1f} × | {one.seconds / counts_of:.1f} × |"
        )


def main() -> None:
    """Make the store, measure, print, remove it."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--scale", type=float, default=1.0, help="share of the predictions")
    asked.add_argument("--folder", help="make it here and leave it, or take what is here already")
    asked.add_argument("--work", nargs=2, metavar=("NAME", "PLACE"), help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.work:
        work(*options.work)
        return
    with tempfile.TemporaryDirectory() as aside:
        run(Path(options.folder or aside), options.scale)


def run(folder: Path, scale: float) -> None:
    """Make what is missing of the store, measure, print."""
    full = shape(scale)
    store = open_store(folder / "store", create=True)
    begun, cells = perf_counter(), full.models * len(full.conditions)
    if len(list(folder.rglob("cells/*/*.parquet"))) < cells:
        fill(store, full)
        seconds = perf_counter() - begun
        print(f"kept in {seconds:.0f} s, {1e3 * seconds / cells:.1f} ms a cell")
    size = sum(file.stat().st_size for file in Path(store.url).rglob("*.parquet")) / 2**30
    print(
        f"{full.models} models × {len(full.conditions)} conditions = {cells:,} cells, "
        f"{full.predictions:,} predictions, {size:.1f} GiB\n",
        flush=True,
    )
    rounds = 1 if full.predictions < 1e7 else 5  # the fastest of them: others work here too
    growth(store, full, rounds)
    others(store, full, LONG_ROWS * scale, folder / "long.parquet", rounds)


if __name__ == "__main__":
    main()
