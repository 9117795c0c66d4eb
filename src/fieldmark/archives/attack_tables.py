"""Published tables of robust accuracies: read row by row, each checked before it is believed."""

from math import nan
from pathlib import Path
from typing import cast, get_args

from fieldmark.archives.tables import read_rows
from fieldmark.records import Budget, ConfigError, DataError, Norm, Published

_NEEDED = ("model", "attack", "norm", "eps")
_OTHERS = ("n", "reported", "reattacked", "clean", "dataset", "knowledge")
_NORMS = {"l∞": "linf", "inf": "linf", "l_inf": "linf", "l_2": "l2", "l_1": "l1"}


def read_attack_table(path: Path, *, percent: bool = False, n: int = 0) -> tuple[Published, ...]:
    """The figures in a CSV file: columns model, attack, norm, eps, and reported or reattacked.

    Further columns may be n, clean, dataset and knowledge; any other is refused, since a column
    that was misspelt would silently be ignored. Budgets are in pixel units: "8/255", "0.5".

    Args:
        path: The file.
        percent: Are accuracies given in percent, not as shares?
        n: How many examples each accuracy counts, where the file does not say.

    Raises:
        DataError: The file cannot be read, or holds something else; says where.
    """
    head, rows = read_rows(path)
    lacking = [name for name in _NEEDED if name not in head]
    strange = [name for name in head if name not in (*_NEEDED, *_OTHERS)]
    if lacking or strange:
        what = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(strange)[:120]}"
        known = ", ".join((*_NEEDED, *_OTHERS))
        raise DataError(f"{path.name} {what}; the columns are {known}")
    return tuple(
        _published(row, f"{path.name}, line {line}", percent, n)
        for line, row in enumerate(rows, start=2)
    )


def _published(row: dict[str, str], where: str, percent: bool, n: int) -> Published:
    reported, reattacked, clean = (
        _share(row.get(name, ""), percent, where) for name in ("reported", "reattacked", "clean")
    )
    try:
        return Published(
            model=row["model"].strip(),
            attack=row["attack"].strip(),
            budget=_budget(row["norm"], row["eps"], where),
            n=_count(row.get("n", ""), n, where),
            reported=reported,
            reattacked=reattacked,
            clean=clean,
            dataset=row.get("dataset", "").strip(),
            knowledge=row.get("knowledge", "").strip(),
        )
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def _budget(norm: str, eps: str, where: str) -> Budget:
    told = norm.strip().lower()
    told = _NORMS.get(told, told)
    if told not in get_args(Norm):
        raise DataError(f"{norm.strip()[:40]!r} is no norm, write linf, l2 or l1")
    try:
        budget = Budget.parse(cast(Norm, told), eps.strip())
    except ConfigError as error:
        raise DataError(str(error)[:200]) from None
    if told == "linf" and budget.bounded and budget.size > 1:
        raise DataError(
            f"eps {eps[:20]} is beyond the range of a pixel; did you mean {eps[:20]}/255?"
        )
    return budget


def _share(text: str, percent: bool, where: str) -> float:
    if not text.strip():
        return nan
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{where}: {text[:40]!r} is no accuracy") from None
    return value / 100 if percent else value


def _count(text: str, n: int, where: str) -> int:
    text = text.strip()
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise DataError(f"{text[:40]!r} is no number of examples")
    found = int(text) if text else n
    if not found:
        raise DataError("nobody says of how many examples; give a column n, or --n")
    return found
