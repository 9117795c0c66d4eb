"""Pictures: what is asked, to be looked at or written to disk."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark import reports
from fieldmark.catalog import SHIFTS, ConditionName, Conditions, levels
from fieldmark.catalog import subject as subject_by_name
from fieldmark.records import Condition, ConfigError, Subject

if TYPE_CHECKING:
    from fieldmark.testbed import Showing


def show(
    condition: str | Condition,
    path: str | Path,
    *,
    subject: str | Subject | None = None,
    count: int | None = None,
    seed: int = 0,
) -> int:
    """How many pictures of a condition were written to ``path``, a contact sheet as PNG.

    They are the ones with the lowest hash of their id: the same under every condition, and the ones
    that a report may show. All levels of a change ("mnist-test+fog@*") stand side by side, and so
    do the frames of a sequence.

    Args:
        condition: Its name or itself.
        path: The PNG to write.
        subject: Who is attacked, where the change is an attack.
        count: How many examples at most; 40 when None, or 4 where each is a row of its own.
        seed: The run's seed.

    Raises:
        ConfigError: The condition is an attack and nobody is named, or the file cannot be written.
        FieldmarkError: A name or data that cannot be used.
    """
    from fieldmark import testbed

    made = Conditions(seed).make(condition) if isinstance(condition, str) else (condition,)
    if isinstance(subject, str):
        subject = subject_by_name(subject)
    if made[0].perturbation is not None:
        return _hung(testbed.along(made[0], count=count or 4), path)
    if len(made) > 1:
        return _hung(testbed.side_by_side(made, count=count or 4), path)
    return _hung(testbed.showing(made[0], subject, count=count or 40), path)


def show_shifts(
    examples: str, path: str | Path, *, level: int = 3, count: int = 1, seed: int = 0
) -> int:
    """How many pictures were written to ``path``: one example under every shift there is.

    Args:
        examples: The name of a data set.
        path: The PNG to write.
        level: Which level of each shift, counted from its mildest; its strongest if it has fewer.
        count: How many examples; several stand in rows of their own.
        seed: The run's seed.

    Raises:
        ConfigError: The examples are changed already, or the file cannot be written.
        FieldmarkError: A name or data that cannot be used.
    """
    from fieldmark import testbed

    if ConditionName.parse(examples).change:
        raise ConfigError(f"{examples} is changed already; name a data set, such as mnist-test")
    names = Conditions(seed)
    made = [
        names.make(f"{examples}+{shift}@{known[min(level, len(known)) - 1]}")[0]
        for shift in SHIFTS
        if (known := levels(shift))
    ]
    return _hung(testbed.side_by_side(made, count=count), path)


def _hung(seen: "Showing", path: str | Path) -> int:
    """The number of pictures on a sheet, now that it is written."""
    columns = seen.columns or None
    sheet = reports.contact_sheet(seen.images, seen.captions, columns=columns, title=seen.title)
    try:
        Path(path).write_bytes(sheet)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    return len(seen.captions)


def write_shifted(
    conditions: str | Condition | Sequence[str | Condition],
    folder: str | Path,
    *,
    format: str = "png",
    quality: int = 85,
    seed: int = 0,
    watch: Callable[[str, int, int], None] | None = None,
) -> tuple[Path, ...]:
    """The folders of shifted data sets, written as ``folder/change/level/class/file``.

    Files are whole or not there; the same call goes on where an earlier one was stopped.
    ``folder:PATH`` reads each of the folders that come back.

    Args:
        conditions: Names such as "mnist-test+fog@*", or conditions themselves.
        folder: Where all of them go.
        format: "png" keeps every grey level, "jpg" is what ImageNet-C was published in.
        quality: Of JPEG files.
        seed: The run's seed.
        watch: Told (condition, files done, files in all).

    Raises:
        ConfigError: A condition is not changed, or is an attack.
        DataError: The folder holds something else, or cannot be written.
    """
    from fieldmark.datasets import write_condition

    names = Conditions(seed)
    asked: list[str | Condition] = []
    if isinstance(conditions, str | Condition):
        asked.append(conditions)
    else:
        asked.extend(conditions)
    every = [
        one for some in asked for one in (names.make(some) if isinstance(some, str) else (some,))
    ]
    told = [None if watch is None else partial(watch, one.name) for one in every]
    return tuple(
        write_condition(one, Path(folder), format=format, quality=quality, watch=teller).folder
        for one, teller in zip(every, told, strict=True)
    )
