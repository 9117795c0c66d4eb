"""Provenance: what a cell's header says of where its numbers come from."""

import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fieldmark._version import __version__
from fieldmark.records import (
    Condition,
    ConditionRecord,
    ExamplesRecord,
    Header,
    ModelCard,
    Status,
    Subject,
    SubjectRecord,
    Times,
)

_DECISIVE = ("numpy", "pillow", "scikit-learn", "scipy", "simplejpeg", "torch")


@cache
def code_versions() -> dict[str, str]:
    """Versions of whatever could change an answer.

    Example:
        >>> sorted(code_versions())[:2]
        ['fieldmark', 'libjpeg']
    """
    versions = {"fieldmark": __version__, "python": platform.python_version()}
    versions["machine"] = f"{platform.system()} {platform.machine()}"
    for package in _DECISIVE:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # pragma: no cover  (a dependency under another name)
            versions[package] = "unknown"
    versions["libjpeg"] = _libjpeg()
    return versions


def _libjpeg() -> str:
    """The library inside Pillow, which decodes whatever simplejpeg leaves to it."""
    from PIL import features

    return str(features.version("libjpeg_turbo") or features.version("jpg") or "none")


def describe(condition: Condition) -> ConditionRecord:
    """What the store keeps of a condition."""
    change, examples = condition.change, condition.examples
    done = condition.altered.change if condition.altered is not None else ""
    return ConditionRecord(
        name=condition.name,
        kind=condition.kind,
        fingerprint=condition.fingerprint,
        examples=ExamplesRecord(
            card=examples.card,
            fingerprint=examples.content,
            classes=examples.classes.names,
            n=len(examples),
            policy="" if examples.classes.plain else examples.classes.policy,
        ),
        change=done if change is None else change.name,
        level=condition.level,
        strength=condition.strength,
        settings={} if change is None else dict(change.settings),
        seed=condition.seed,
    )


def not_loaded(name: str) -> ModelCard:
    """A card that says no more than the name."""
    return ModelCard(name, "not loaded", source="-", licence="-", training="not loaded")


def wanted(subject: Subject, condition: Condition) -> Header:
    """The header of a cell that nobody has begun: what it will be made from, and no more."""
    card, never = not_loaded(subject.name), datetime.now(UTC)
    return header(subject, card, condition, status="done", started=never, seconds=0.0)


def header(
    subject: Subject,
    card: ModelCard,
    condition: Condition,
    *,
    status: Status,
    started: datetime,
    seconds: float,
    reason: str = "",
    execution: dict[str, str | int] | None = None,
) -> Header:
    """The header of one cell, or of one part of it, that was begun at ``started`` and ends now.

    Args:
        subject: Who answered.
        card: Its card.
        condition: What it was asked.
        status: How it ended.
        started: When it was begun (UTC).
        seconds: Seconds of work on it.
        reason: Why it failed or does not apply.
        execution: How the run went about its work.
    """
    return Header(
        subject=SubjectRecord(name=subject.name, fingerprint=subject.fingerprint, card=card),
        condition=describe(condition),
        status=status,
        reason=reason,
        code=code_versions(),
        execution=execution or {},
        framing=condition.examples.framing,
        times=Times(started=started, finished=datetime.now(UTC), seconds=seconds),
    )
