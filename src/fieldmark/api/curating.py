"""Curating: filtered selections of a test set, and copies of its pictures in another set."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fieldmark import reports, studies
from fieldmark.catalog import Conditions
from fieldmark.records import ConfigError, DataError, Examples, Finding, Selection
from fieldmark.store import Store, open_store

if TYPE_CHECKING:
    from fieldmark.datasets import Duplicates, Pair

_KIND = "fieldmark pairs 1"
_MOST_SHOWN = 1000


def filter_wrong(
    store: str | Path | Store,
    path: str | Path,
    *,
    on: str,
    wrong_for: Sequence[str],
    name: str = "",
    rule: Literal["all", "most", "any"] = "all",
    confidence: float = 0.0,
    per_class: int = 0,
    seed: int = 0,
) -> Selection:
    """The examples that some subjects get wrong, kept in a file for ``NAME[selection=FILE]``.

    Args:
        store: Where answers are kept.
        path: The JSON file to write.
        on: The condition whose answers decide.
        wrong_for: Who decides; they are ranked no more on what is kept.
        name: What the selection is called; by default as the file.
        rule: Must all of them be wrong, most, or any?
        confidence: Only answers this sure or surer count as wrong.
        per_class: How many examples of a class at most; 0 for all.
        seed: Where the choice among more comes from.

    Raises:
        ConfigError: The file cannot be written, or an option is out of range.
        FieldmarkError: A name that the store does not hold, or nothing is left.
    """
    file = Path(path)
    chosen = studies.filtered(
        store if isinstance(store, Store) else open_store(store),
        on=on,
        wrong_for_subjects=wrong_for,
        name=name or file.stem,
        rule=rule,
        confidence=confidence,
        per_class=per_class,
        seed=seed,
        made=f"{datetime.now(UTC):%Y-%m-%d}",
    )
    _write(file, chosen.text())
    return chosen


def duplicates(
    first: str | Examples,
    second: str | Examples | None = None,
    *,
    neighbours: int = 5,
    watch: Callable[[str, int, int], None] | None = None,
) -> "Duplicates":
    """The pictures of ``second`` that are in ``first`` too; see ``fieldmark.datasets.duplicates``.

    Args:
        first: The set that is searched, such as one to learn from: its name or itself.
        second: The set that is looked for; None searches ``first`` for copies within itself.
        neighbours: How many candidates each picture has in each view.
        watch: Told (name of the set, pictures read, pictures in all).

    Raises:
        FieldmarkError: A name or data that cannot be used.
    """
    from fieldmark import datasets

    names = Conditions()
    here = _examples(names, first)
    there = None if second is None else _examples(names, second)
    return datasets.duplicates(here, there, neighbours=neighbours, watch=watch)


def leaks(found: "Duplicates", verdicts: str | Path | None = None) -> Finding:
    """How much of the one set is in the other, counting what people said in a file of verdicts.

    Raises:
        DataError: The file holds no verdicts, or some about other pairs.
    """
    return studies.leaks(found, _verdicts(found, verdicts))


def review_sheet(
    found: "Duplicates", path: str | Path, *, verdicts: str | Path | None = None
) -> int:
    """How many pairs were written to an HTML file, side by side, for people to look at.

    Args:
        found: What a search found; the nearest thousand pairs are shown.
        path: The HTML file.
        verdicts: What was said before.

    Raises:
        ConfigError: The file cannot be written.
        DataError: A picture cannot be decoded any more.
    """
    said = _verdicts(found, verdicts)
    shown = [_shown(found, one) for one in found.pairs[:_MOST_SHOWN]]
    _write(
        Path(path),
        reports.pairs_page(
            shown,
            title=f"{found.second.card.name} beside {found.first.card.name}",
            subtitle=f"{len(shown):,} of {len(found.pairs):,} pairs, the most alike first. Say "
            "what each is, save, and hand the file to fieldmark duplicates --verdicts.",
            choices=studies.PAIR_VERDICTS,
            chosen=said,
        ),
    )
    return len(shown)


def without_duplicates(
    found: "Duplicates", path: str | Path, *, verdicts: str | Path | None = None
) -> Selection:
    """What is left of the second set without its copies, as a file for ``NAME[selection=FILE]``.

    Exact and near ones go, and what people called the same; what they called different stays.

    Raises:
        ConfigError: The file cannot be written.
        DataError: Nothing is left.
    """
    said = _verdicts(found, verdicts)
    gone = {
        one.second
        for one in found.pairs
        if said.get(studies.pair_key(found, one), one.verdict) not in ("similar", "different")
    }
    second, file = found.second, Path(path)
    chosen = Selection(
        name=file.stem,
        of=second.card.name,
        content=second.content,
        ids=tuple(one for row, one in enumerate(second.ids) if row not in gone),
        rule=f"those of which no copy was found in {found.first.card.name}",
        bias=second.card.not_for,
        made=f"{datetime.now(UTC):%Y-%m-%d}",
    )
    _write(file, chosen.text())
    return chosen


def _examples(names: Conditions, asked: str | Examples) -> Examples:
    if isinstance(asked, Examples):
        return asked
    made = names.make(asked)
    if len(made) > 1 or made[0].change is not None:
        raise ConfigError(f"{asked} is no data set; copies are looked for in pictures as they are")
    return made[0].examples


def _shown(found: "Duplicates", one: "Pair") -> reports.ShownPair:
    import numpy as np

    left = found.second.images(np.array([one.second]))[0]
    right = found.first.images(np.array([one.first]))[0]
    names = (_named(found.second, one.second), _named(found.first, one.first))
    return reports.ShownPair(
        studies.pair_key(found, one),
        left,
        right,
        names,
        f"{one.verdict}, {one.apart:.3f} apart",
        (one.view, f"l2 {one.l2:.1f} grey levels, colour {one.colour:.1f}"),
    )


def _named(examples: Examples, row: int) -> str:
    label = examples.first_labels[row]
    what = examples.classes.names[label] if label >= 0 else "not labelled"
    return f"{examples.ids[row]}: {what}"


def _verdicts(found: "Duplicates", path: str | Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    wrong = f"{path} holds no verdicts; the button of a review sheet saves some"
    try:
        read = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{wrong} ({error})") from error
    if not isinstance(read, dict) or read.get("kind") != _KIND:
        raise DataError(wrong)
    said = read.get("verdicts")
    if not isinstance(said, dict) or not set(said.values()) <= set(studies.PAIR_VERDICTS):
        raise DataError(f"{wrong}: each is one of {', '.join(studies.PAIR_VERDICTS)}")
    known = {studies.pair_key(found, one) for one in found.pairs}
    if lost := [key for key in said if key not in known]:
        raise DataError(f"{path} has verdicts about {len(lost)} pairs not found, such as {lost[0]}")
    return said


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
