"""All findings of a store, and where they come from."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

from fieldmark import studies
from fieldmark.records import FieldmarkError, Finding, Header
from fieldmark.studies import Kept

CORRUPTIONS = "corruptions"


@dataclass(frozen=True)
class Gathered:
    """What a report holds: findings, questions that had no answer, and provenance."""

    findings: tuple[Finding, ...]
    gaps: tuple[str, ...]
    provenance: Mapping[str, str]
    subtitle: str


def gather(store: Kept) -> Gathered:
    """Everything that the studies find in ``store``.

    Effective robustness is asked for each natural shift, for the mean of all shifts, and for each
    attack. A question that this store cannot answer is a gap with its reason.

    Raises:
        NotKeptError: The store is empty.
    """
    headers = store.headers()
    first = studies.accuracy_grid(store)  # the one that refuses an empty store
    questions: list[tuple[str, Callable[[], Finding]]] = [
        ("the headline", partial(studies.headline, store)),
        *(
            (f"effective robustness on {on}", partial(studies.effective_robustness, store, on=on))
            for on in shifts_to_ask(headers)
        ),
        ("the grid", lambda: first),
        ("robustness curves", partial(studies.robustness_curves, store)),
        ("failures", partial(studies.failures, store)),
    ]
    findings, gaps = [], []
    for name, question in questions:
        try:
            findings.append(question())
        except FieldmarkError as error:
            gaps.append(f"Nothing is said about {name}: {error}")
    return Gathered(tuple(findings), tuple(gaps), provenance(headers), _subtitle(headers))


def shifts_to_ask(headers: Sequence[Header]) -> tuple[str, ...]:
    """Natural shifts, "corruptions" where there are shifts, and every attack, weakest first."""
    conditions = {header.condition.name: header.condition for header in headers}.values()
    natural = sorted(one.name for one in conditions if one.kind == "natural shift")
    attacks = sorted(
        (one for one in conditions if one.kind == "attack"),
        key=lambda one: (one.base, one.change, one.strength),
    )
    shifted = any(one.kind == "shift" for one in conditions)
    return (*natural, *([CORRUPTIONS] if shifted else []), *(one.name for one in attacks))


def provenance(headers: Sequence[Header]) -> dict[str, str]:
    """Names and values that say where the numbers come from: data, versions, seeds, dates."""
    # What is told of a data set is told of its pictures, wherever their frames were asked too.
    asked = sorted((header.condition for header in headers), key=lambda one: one.kind != "sequence")
    cards = {one.examples.card.name: one.examples for one in asked}
    times = [header.times for header in headers]
    hours = sum(time.seconds for time in times) / 3600
    found = {
        "Cells": _counted([header.status for header in headers]),
        **_reasons(headers),
        **{
            f"Examples: {name}": f"{one.n:,}; {one.card.source} ({one.card.licence})"
            for name, one in sorted(cards.items())
        },
        **_attacks(headers),
        "Seed": _listed(str(header.condition.seed) for header in headers),
    }
    if times:
        begun = min(time.started for time in times)
        ended = max(time.finished for time in times)
        found["Measured"] = f"{begun:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} UTC"
        found["Work"] = f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.1f} minutes"
    for name in dict.fromkeys(name for header in headers for name in header.code):
        found[name] = _listed(header.code.get(name, "") for header in headers)
    found["This page"] = f"written by fieldmark {version('fieldmark')}"
    return found


def _reasons(headers: Sequence[Header]) -> dict[str, str]:
    """Why cells have no answers; subjects with the same reason are named together."""
    found: dict[str, str] = {}
    for status in ("not applicable", "failed"):
        cells: dict[str, list[str]] = {}
        for header in headers:
            if header.status == status:
                name = header.subject.name
                cells.setdefault(header.reason.removeprefix(f"{name} "), []).append(name)
        told = [
            f"{', '.join(dict.fromkeys(names))}: {reason} ({len(names)} "
            f"cell{'' if len(names) == 1 else 's'})"
            for reason, names in cells.items()
        ]
        if told:
            found[status.capitalize()] = "; ".join(told)
    return found


def _attacks(headers: Sequence[Header]) -> dict[str, str]:
    """The settings of each attack; one that differs between its budgets is told for each."""
    attacked = [header.condition for header in headers if header.condition.kind == "attack"]
    found: dict[str, str] = {}
    for change in dict.fromkeys(one.change for one in attacked):
        steps = sorted((one for one in attacked if one.change == change), key=lambda s: s.strength)
        names = dict.fromkeys(name for one in steps for name in one.settings if name != "budget")
        told = [f"budget {_in_order(one.level for one in steps)}"]
        told += [f"{n} {_in_order(_said(one.settings.get(n, '')) for one in steps)}" for n in names]
        found[f"Attack: {change}"] = "; ".join(told)
    return found


def _said(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _in_order(values: Iterable[str]) -> str:
    return ", ".join(value for value in dict.fromkeys(values) if value)


def _subtitle(headers: Sequence[Header]) -> str:
    subjects = len({header.subject.name for header in headers})
    conditions = len({header.condition.name for header in headers})
    some = f"{subjects} subject{'' if subjects == 1 else 's'}"
    return f"{some} under {conditions} condition{'' if conditions == 1 else 's'}."


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted({value for value in values if value}))


def _counted(values: Sequence[str]) -> str:
    counts = {value: values.count(value) for value in ("done", "not applicable", "failed")}
    return ", ".join(f"{count:,} {value}" for value, count in counts.items() if count)
