"""Telling: the manifest of a run, what it was asked on which machine and what came of it."""

import os
import platform
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from time import perf_counter

import torch

from fieldmark.records import Condition, StoreError, Subject
from fieldmark.store import Store, keep_manifest, manifest_name
from fieldmark.testbed.engines import Work
from fieldmark.testbed.memory import free_memory
from fieldmark.testbed.options import Options, usable_cores
from fieldmark.testbed.paces import paces_of
from fieldmark.testbed.planning import Plan
from fieldmark.testbed.provenance import code_versions


@contextmanager
def told(
    store: Store,
    subjects: Sequence[Subject],
    conditions: Sequence[Condition],
    todo: Plan,
    options: Options,
) -> Iterator[list[Work]]:
    """A run whose manifest is in the store from its beginning, and says in the end how it ended.

    A run that was killed leaves one that says "running". It tells nothing of who ran it where: no
    address, no name of a machine or a person, no variable of the environment.

    Yields:
        A list for what the engine came back with.
    """
    begun, clock = datetime.now(UTC), perf_counter()
    name = manifest_name(begun, secrets.token_hex(4))
    manifest: dict[str, object] = {
        "state": "running",
        "started": begun.isoformat(timespec="seconds"),
        "finished": None,
        "code": code_versions(),
        "machine": machine(),
        "options": {name: one for name, one in asdict(options).items() if name != "address"},
        "subjects": {one.name: one.fingerprint for one in subjects},
        "conditions": {one.name: one.fingerprint for one in conditions},
        "framings": sorted({str(one.framing) for one in subjects if one.framing is not None}),
        "kept": len(todo.kept),
        "missing": len(todo.cells),
    }
    keep_manifest(store, name, manifest)
    came: list[Work] = []
    state = "ended"
    try:
        yield came
    except KeyboardInterrupt:
        state = "stopped"
        raise
    except BaseException as error:
        state = f"ended by {type(error).__name__}"
        raise
    finally:
        seconds = perf_counter() - clock
        with suppress(StoreError):  # a full disk is told of by whoever met it first
            keep_manifest(store, name, manifest | {"state": state} | _end(came, seconds))


def machine() -> dict[str, str | int | float]:
    """What this machine is: system, processor, cores, memory and GPUs.

    Example:
        >>> sorted(machine())
        ['cores', 'gpus', 'memory free GiB', 'processor', 'system']
    """
    cuda = range(torch.cuda.device_count())
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": usable_cores(),
        "memory free GiB": round(free_memory() / 2**30, 1),
        "gpus": ", ".join(torch.cuda.get_device_name(one) for one in cuda),
    }


def _processor() -> str:
    if os.path.exists("/proc/cpuinfo"):  # noqa: PTH110
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    return platform.processor()


def _end(came: list[Work], seconds: float) -> dict[str, object]:
    ended = [one for work in came for one in work.ended]
    states = [one.status for one in ended]
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "done": states.count("done"),
        "not applicable": states.count("not applicable"),
        "failed": states.count("failed"),
        "unshown": dict(one for work in came for one in work.unshown),
        "images": sum(one.images for one in ended),
        "images per second": round(sum(one.images for one in ended) / max(seconds, 1e-9), 1),
        "paces": [asdict(pace) for pace in paces_of(ended)],
    }
