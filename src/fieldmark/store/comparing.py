"""What differs between a kept cell and a wanted one, in words."""

import json
from collections.abc import Mapping

import numpy as np

from fieldmark.records import Answers, Header, MismatchError, Predictions


def differences(kept: Header, wanted: Header) -> tuple[str, ...]:
    """What two headers of one condition were made from that is not the same; () when nothing.

    Subjects are compared where both headers are of one subject.
    """
    found: list[str] = []
    if wanted.condition.fingerprint != kept.condition.fingerprint:
        found += _conditions(kept, wanted)
    elif wanted.condition.examples.fingerprint != kept.condition.examples.fingerprint:
        found.append(_examples(kept, wanted))
    same_name = wanted.subject.name == kept.subject.name
    if same_name and wanted.subject.fingerprint != kept.subject.fingerprint:
        found.append(
            f"weights or recipe of {kept.subject.name} "
            f"({kept.subject.fingerprint} kept, {wanted.subject.fingerprint} wanted)"
        )
    return tuple(found)


def refuse_mismatch(kept: Header, wanted: Header, *, file: str) -> None:
    """Nothing when both were made from the same.

    Args:
        kept: The header in the store, of the same condition.
        wanted: The header of what is about to be measured or written.
        file: Where the kept one lies.

    Raises:
        MismatchError: They differ; it says in what, and what to do.
    """
    found = differences(kept, wanted)
    if not found:
        return
    way_out = (
        "try that failed cell anew: --retry-failed"
        if kept.status == "failed"
        else f"remove {file} to measure it anew"
    )
    raise MismatchError(
        f"{wanted.cell}: the store keeps {_named(kept, wanted)}, made from other "
        f"{'; other '.join(found)}. Nothing was changed. Use another store, or {way_out}"
    )


def refuse_other_content(kept: Predictions, wanted: Predictions, *, file: str) -> None:
    """Nothing when both say the same (whenever and on whatever machine they were made).

    Raises:
        MismatchError: They were made from other things, or say something else.
    """
    refuse_mismatch(kept.header, wanted.header, file=file)
    if (kept.header.status, kept.header.reason) != (wanted.header.status, wanted.header.reason):
        way_out = (
            "Nothing was changed"
            if kept.header.status == "done"
            else "Forget that record to try it anew"
        )
        raise MismatchError(f"{wanted.header.cell} is kept as {_said(kept.header)}. {way_out}")
    if kept.answers is None or wanted.answers is None:
        return
    other = _other_answers(kept.answers, wanted.answers)
    if other:
        raise MismatchError(
            f"{wanted.header.cell} is kept already, made from the same examples, settings, seed "
            f"and weights, but with other answers ({other}): something in this run depends on the "
            f"machine. Nothing was changed; use another store to keep both"
        )


def _conditions(kept: Header, wanted: Header) -> list[str]:
    found = []
    if wanted.condition.examples.fingerprint != kept.condition.examples.fingerprint:
        found.append(_examples(kept, wanted))
    settings = _settings(kept.condition.settings, wanted.condition.settings)
    if settings:
        found.append(f"settings ({settings})")
    if wanted.condition.seed != kept.condition.seed:
        found.append(f"seed ({kept.condition.seed} kept, {wanted.condition.seed} wanted)")
    if not found:
        found.append(
            f"pictures ({kept.condition.fingerprint} kept, {wanted.condition.fingerprint} wanted)"
        )
    return found


def _examples(kept: Header, wanted: Header) -> str:
    then, now = kept.condition.examples, wanted.condition.examples
    return (
        f"examples ({then.n} of {then.card.name}, {then.fingerprint}, kept; "
        f"{now.n} of {now.card.name}, {now.fingerprint}, wanted)"
    )


def _settings(kept: Mapping[str, object], wanted: Mapping[str, object]) -> str:
    pairs = {
        name: (_text(kept.get(name)), _text(wanted.get(name)))
        for name in sorted({*kept, *wanted}, key=str)
    }
    changed = [f"{name} {a} kept, {b} wanted" for name, (a, b) in pairs.items() if a != b]
    return ", ".join(changed[:5])


def _text(setting: object) -> str:
    return "nothing" if setting is None else json.dumps(setting, sort_keys=True, default=str)


def _named(kept: Header, wanted: Header) -> str:
    if kept.cell == wanted.cell:
        return "that cell already"
    return f"the same condition of {kept.subject.name}"


def _said(header: Header) -> str:
    reason = f" ({header.reason})" if header.reason else ""
    return f"{header.status!r}{reason}"


def _other_answers(kept: Answers, wanted: Answers) -> str:
    if kept.classes.shape != wanted.classes.shape:
        return f"{kept.classes.shape} classes kept, {wanted.classes.shape} wanted"
    unlike = (kept.scores != wanted.scores) & ~(np.isnan(kept.scores) & np.isnan(wanted.scores))
    rows = (kept.classes != wanted.classes).any(axis=1) | unlike.any(axis=1)
    if rows.any():
        return f"classes or scores of {int(rows.sum())} of {len(rows)} examples"
    if set(kept.measures) != set(wanted.measures):
        return "other measures"
    for name, values in kept.measures.items():
        if not np.array_equal(values, wanted.measures[name], equal_nan=True):
            return f"the measure {name}"
    return "" if dict(kept.pictures) == dict(wanted.pictures) else "the pictures shown"
