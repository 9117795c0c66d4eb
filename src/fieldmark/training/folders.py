"""A training that lives in a folder: looked at as it goes, stopped and taken up again at will."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fieldmark.models import CARD, WEIGHTS, from_trained
from fieldmark.records import ConfigError, Examples, ModelError
from fieldmark.training.collapse import Look
from fieldmark.training.runs import CHECKPOINT, Run, Trained, Training, Watch, settings_of
from fieldmark.training.shown import shown


def train(
    wanted: Training,
    examples: Examples,
    folder: Path,
    *,
    resume: bool = False,
    every: float = 30.0,
    keep_collapsed: bool = False,
    watch: Watch | None = None,
) -> Trained:
    """Train a net and leave it in a folder, as a card and weights.

    It computes on one thread, so that the same settings come to the same bits on one machine
    however many cores are free, and however often it was stopped and taken up again.

    Args:
        wanted: What is trained, and how.
        examples: What it is trained on; those without a label are left out.
        folder: Where the net goes; made when it is missing.
        resume: Go on from the checkpoint in the folder, if there is one.
        every: Seconds between checkpoints; one is written at the end of each epoch besides.
        keep_collapsed: Go on, and keep the net, when training is seen to collapse.
        watch: Told how far it is.

    Raises:
        ModelError: Training collapsed; or the folder cannot be used.
        ConfigError: The folder holds another training, or one that may not be gone on with.
        DataError: The examples cannot be used.
    """
    with _held(folder), _one_thread():
        lesson = shown(examples, 1.0)
        settings = settings_of(wanted, examples)
        if not resume:
            _refuse_used(folder)
        elif (folder / CARD).exists():
            return _ended(folder, settings)
        run = Run(wanted, lesson, examples, folder, settings)
        resumed = run.take_up() if resume and (folder / CHECKPOINT).exists() else 0
        return run.go(every=every, keep_collapsed=keep_collapsed, watch=watch, resumed=resumed)


def _ended(folder: Path, settings: dict[str, Any]) -> Trained:
    """What a training that has ended came to.

    Raises:
        ConfigError: It was another one.
        ModelError: What it left is damaged.
    """
    import json

    from fieldmark.training.checkpoints import refuse_other

    subject = from_trained(folder)
    notes = json.loads((folder / CARD).read_text(encoding="utf-8"))["notes"]
    if "settings" not in notes:
        raise ConfigError(f"{folder / CARD} does not say how the net was trained")
    refuse_other(folder / CARD, notes["settings"], settings)
    looks = tuple(Look(**one) for one in notes["looks"])
    return Trained(folder, subject.name, looks, str(notes["collapse"]), 0.0, int(notes["steps"]))


def _refuse_used(folder: Path) -> None:
    if (folder / CARD).exists() or (folder / WEIGHTS).exists():
        raise ConfigError(f"{folder} holds a trained net already; choose another folder")
    if (folder / CHECKPOINT).exists():
        raise ConfigError(
            f"{folder} holds a training that was stopped; go on with --resume, or choose another "
            "folder"
        )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder, made and ours alone; the system lets go of it when a process is killed."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise ModelError(f"another training holds {folder}") from None
    except OSError as error:
        raise ModelError(f"cannot use {folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
