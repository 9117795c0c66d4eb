"""Members of archives: which names and sizes are believed, and which are refused."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from fieldmark.records import DataError

MOST_BYTES = 300_000_000
"""A picture of the most pixels that are decoded, without any compression, is smaller."""

_MOST_RATIO, _HARMLESS = 200, 16_000_000


def refuse_name(name: str, *, archive: str) -> None:
    """Refuses a member that would lie outside the folder that its archive is unpacked in.

    Raises:
        DataError: The name is absolute, climbs up, or cannot be a file's.

    Example:
        >>> refuse_name("cat/1.png", archive="pets.zip")
        >>> refuse_name("../1.png", archive="pets.zip")
        Traceback (most recent call last):
        fieldmark.records.errors.DataError: pets.zip holds '../1.png', which leads out of it; ...
    """
    path = PurePosixPath(name.replace("\\", "/"))
    strange = "\0" in name or not name.strip("/") or not name.isprintable()
    if strange or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise DataError(
            f"{archive} holds {name[:120]!r}, which leads out of it; "
            "do not trust it, and fetch it from where it was published"
        )


def refuse_bomb(name: str, size: int, packed: int, *, archive: str, most: int = MOST_BYTES) -> None:
    """Refuses a member that says that it grows beyond measure.

    Raises:
        DataError: It would be larger than ``most`` bytes, or much larger than it is packed.
    """
    if size > most or (size > _HARMLESS and size > _MOST_RATIO * max(packed, 1)):
        raise DataError(
            f"{archive} holds {name[:120]!r} of {packed:,} bytes, which would become {size:,}: "
            "that is a bomb, or no picture"
        )


def refuse_twice(names: Iterable[str], *, archive: str, what: str = "member") -> None:
    """Refuses a name that comes twice: nobody could say which of the two is meant.

    Raises:
        DataError: It does.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(f"{archive} holds the {what} {name[:120]!r} twice; keep one of the two")
        seen.add(name)
