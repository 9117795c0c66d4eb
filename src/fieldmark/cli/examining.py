"""Examining: what the doctor looks at, as (what, state, is it fine)."""

import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fieldmark.store import Store

Findings = list[tuple[str, str, bool]]

_OF_FILES = ("folder:", "zip:", "webdataset:", "parquet:", "hf:")

_EXTRAS = {"torchvision": "vision", "timm": "vision", "s3fs": "remote", "gcsfs": "remote"}


def installation() -> Findings:
    """Versions, cores, memory for threads, the cache, and which extras are there."""
    import shutil

    from fieldmark.catalog import cache_folder
    from fieldmark.testbed import code_versions, usable_cores

    found: Findings = [(what, value, True) for what, value in code_versions().items()]
    found.append(("cores", str(usable_cores()), True))
    cache = cache_folder()
    found.append(("cache", *_writable(cache)))
    existing = next(place for place in (cache, *cache.parents) if place.exists())
    free = shutil.disk_usage(existing).free / 2**30
    found.append(("free disk", f"{free:.1f} GiB", free > 0.5))
    found.append(("terminal", "yes" if sys.stderr.isatty() else "no: progress as lines", True))
    for package, extra in _EXTRAS.items():
        try:
            found.append((package, version(package), True))
        except PackageNotFoundError:
            found.append(
                (package, f"not installed, optional: pip install 'fieldmark[{extra}]'", True)
            )
    return found


def examine(place: str) -> Findings:
    """Every image of a data set decoded, or every cell of a store read.

    Raises:
        FieldmarkError: There is no such data set or store.
    """
    from fieldmark.catalog import DATASETS, is_published

    if ":" in place.replace("://", "") or place in DATASETS or is_published(place):
        return _examine_data(place)
    return _examine_store(place)


def _examine_data(place: str) -> Findings:
    from fieldmark import api, datasets
    from fieldmark.catalog import is_published, source
    from fieldmark.cli.progress import screen

    chosen = source(place)
    encoded = chosen.source.startswith(_OF_FILES) or is_published(place)
    if encoded:  # every picture is decoded at opening, and not the first broken one ends it
        chosen = replace(chosen, broken="missing")
    with screen() as drawn:
        examples = chosen.examples(api.Opening(drawn))
    found: Findings = [
        ("examples", str(len(examples)), True),
        ("classes", ", ".join(examples.classes.printed[:20]), True),
        ("frame", "×".join(map(str, examples.frame)), True),
        ("fingerprint", examples.content, True),
    ]
    reasons = tuple(reason for _, reason in examples.broken)
    broken = reasons if encoded else datasets.broken(examples)
    found += [("broken", line, False) for line in broken]
    found.append(("images", f"{len(examples) - len(broken)} of {len(examples)} decode", not broken))
    return found


def _examine_store(place: str) -> Findings:
    from fieldmark.catalog import DATASETS
    from fieldmark.records import UnknownNameError
    from fieldmark.store import manifests, open_store

    if "://" not in place and not _exists(place):
        raise UnknownNameError("store or data set", place, DATASETS)
    store = open_store(place)
    found: Findings = [("damage", line, False) for line in store.damage()]
    if found:  # headers cannot be told apart while one of them cannot be read
        return found
    headers = store.headers()
    states = [header.status for header in headers]
    for state in ("done", "not applicable", "failed"):
        found.append((f"cells {state}", str(states.count(state)), True))
    runs = manifests(store)
    if runs:
        last = max(runs)
        found.append(("runs", f"{len(runs)}, the last {last}: {runs[last].get('state')}", True))
    found += [(str(h.cell), f"failed: {h.reason}", True) for h in headers if h.status == "failed"]
    return found + (_order_of_labels(store) if "done" in states else [])


def _order_of_labels(store: "Store") -> Findings:
    """Cells by whose answers labels plainly count classes in another order; else one line."""
    from fieldmark.records import Estimate, NotKeptError
    from fieldmark.studies import label_order

    try:
        table = label_order(store).table
    except NotKeptError:  # only changed conditions are done
        return []
    keys = [column.key for column in table.columns]
    found: Findings = []
    for row in (dict(zip(keys, one, strict=True)) for one in table.rows):
        if row["verdict"] not in ("another order", "reversed top-k"):
            continue
        right = row["right"]
        told = f"{row['reading']}; right as labelled {row['given']}"
        told += f", that way {right}" if isinstance(right, Estimate) else ""
        found.append((f"{row['subject']} × {row['condition']}", told, False))
    return found or [("order of labels", f"as answers have it, {len(table.rows)} cells", True)]


def _exists(place: str) -> bool:
    try:
        return Path(place).exists()
    except (OSError, ValueError):  # too long to be a path, say
        return False


def _writable(folder: Path) -> tuple[str, bool]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return (
            f"{folder}: {error.strerror}; set FIELDMARK_CACHE to a folder that can be written",
            False,
        )
    return str(folder), True
