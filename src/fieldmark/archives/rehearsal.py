"""A rehearsal: simulated subjects whose truth is known, to try every study on in a second.

Each example has a difficulty, each subject an ability, each family blind spots that its members
share; who is right follows from these and from a seed. So subjects agree more than chance would
have them, stronger shifts cost more, and two families really hold up better than their accuracy
on the reference predicts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from fieldmark.records import (
    PEOPLE,
    Answers,
    ClassSpace,
    ConditionRecord,
    DatasetCard,
    Examples,
    ExamplesRecord,
    Header,
    Kind,
    ModelCard,
    SubjectRecord,
    Times,
    fingerprint,
    generator,
    seed_of,
)

CLASSES = ClassSpace(
    ("heron", "egret", "crane", "stork", "ibis", "finch", "sparrow", "warbler", "wren", "thrush")
)
SHIFTS = ("fog", "gaussian-noise", "motion-blur", "jpeg-compression")
_HARDER = {"fog": 0.45, "gaussian-noise": 0.7, "motion-blur": 0.6, "jpeg-compression": 0.3}
_WHEN = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Simulated:
    """A simulated subject.

    Args:
        name: Its printed name.
        family: Whose blind spots it shares.
        ability: Log odds of being right on an example of middling difficulty.
        steadiness: Share of a shift's extra difficulty that it does not feel.
        intervention: What is said to make it steady; "" for a standard subject.
    """

    name: str
    family: str
    ability: float
    steadiness: float = 0.0
    intervention: str = ""


SUBJECTS = (
    Simulated("linear-a", "linear model", 0.1),
    Simulated("linear-b", "linear model", 0.3),
    Simulated("forest-a", "forest", 0.7),
    Simulated("forest-b", "forest", 0.9),
    Simulated("net-s", "small net", 1.5),
    Simulated("net-m", "small net", 1.9),
    Simulated("net-l", "small net", 2.2),
    Simulated("net-l-seed2", "small net", 2.2),
    Simulated("deep-s", "deep net", 2.6),
    Simulated("deep-m", "deep net", 3.0),
    Simulated("deep-l", "deep net", 3.4),
    Simulated("deep-xl", "deep net", 3.6),
    Simulated("net-l-augmented", "small net", 2.1, 0.5, "augmentation"),
    Simulated("web-m", "trained on more data", 2.9, 0.75, "more data"),
    Simulated("web-l", "trained on more data", 3.3, 0.75, "more data"),
    Simulated("person-1", PEOPLE, 3.2, 0.9),
    Simulated("person-2", PEOPLE, 2.9, 0.9),
)


def rehearsal(*, seed: int = 0, n: int = 1000) -> Iterator[tuple[Examples, Header, Answers]]:
    """Every cell of a simulated testbed: its examples, its header, its answers.

    The conditions: ``lab-test``; four shifts of it at five severities; ``field-test``, a natural
    shift, half as large; ``field-video``, 40 sequences of 11 frames (groups); ``lab-relabelled``,
    the examples and answers of ``lab-test`` with all labels that are right; and
    ``cue-conflict-shape`` and ``cue-conflict-texture``, the same pictures and answers labelled by
    the one cue and by the other.

    Args:
        seed: Where all chance comes from.
        n: Examples of the reference.

    Example:
        >>> examples, header, answers = next(rehearsal(n=50))
        >>> header.cell.condition, len(examples), answers.classes.shape
        ('lab-test', 50, (50, 5))
    """
    lab = _Set("lab-test", n, seed)
    field = _Set("field-test", n // 2, seed, harder=0.9, reference="lab-test")
    video = _Set("field-video", 440, seed, harder=0.7, reference="lab-test", frames=11)
    yield from lab.cells("lab-test")
    for change in SHIFTS:
        for severity in range(1, 6):
            yield from lab.cells("lab-test", change, severity)
    yield from field.cells("field-test")
    yield from video.cells("field-video")
    yield from lab.relabelled("lab-relabelled", lab.valid_labels())
    cues = _Set("cue-conflict-shape", n // 2, seed, harder=0.5, conflict=True)
    yield from cues.cells("cue-conflict-shape")
    yield from cues.relabelled("cue-conflict-texture", cues.other[:, None])


class _Set:
    """Simulated examples: their labels, their difficulties, and who finds them hard."""

    def __init__(
        self,
        name: str,
        n: int,
        seed: int,
        *,
        harder: float = 0.0,
        reference: str = "",
        frames: int = 1,
        conflict: bool = False,
    ) -> None:
        self.name, self.n, self.seed, self.harder = name, n, seed, harder
        self.reference, self.frames, self.conflict = reference, frames, conflict
        rng = generator(seed_of(seed, name))
        scenes = -(-n // frames)
        k = len(CLASSES)
        self.labels = np.repeat(rng.permutation(np.arange(scenes) % k), frames)[:n]
        self.other = (self.labels + 1 + rng.integers(k - 1, size=scenes).repeat(frames)[:n]) % k
        steady = rng.normal(size=scenes).repeat(frames)[:n]
        self.difficulty = 1.6 * steady + (0.5 * rng.normal(size=n) if frames > 1 else 0.0)
        self.twofold = rng.random(n) < 0.15

    def valid_labels(self) -> np.ndarray:
        """The label, and for some examples a second one that is right as well, int64 (n, 2)."""
        second = np.where(self.twofold, self.other, -1)
        return np.stack([self.labels, second], axis=1)

    def examples(self, name: str, labels: np.ndarray) -> Examples:
        width = max(4, len(str(self.n)))
        scenes = [f"scene-{row // self.frames:03d}" for row in range(self.n)]
        return Examples(
            card=DatasetCard(
                name=name,
                title=f"{name}, simulated",
                source="fieldmark rehearse",
                licence="none needed",
                collected="drawn from a seed: no picture exists",
                not_for="saying anything about real classifiers",
                reference=self.reference,
            ),
            classes=CLASSES,
            ids=tuple(f"{self.name}/{row:0{width}d}" for row in range(self.n)),
            labels=labels.astype(np.int64),
            frame=(1, 1, 1),
            decode=lambda rows: np.zeros((len(rows), 1, 1, 1), np.uint8),
            content=fingerprint("rehearsal", name, self.n, self.seed),
            groups=tuple(scenes) if self.frames > 1 else (),
        )

    def cells(
        self, name: str, change: str = "", severity: int = 0
    ) -> Iterator[tuple[Examples, Header, Answers]]:
        """Every simulated subject's answers."""
        examples = self.examples(name, self.labels[:, None])
        for subject in SUBJECTS:
            header = _header(subject, examples, change, severity, self.seed)
            yield examples, header, self._answers(subject, change, severity)

    def relabelled(
        self, name: str, labels: np.ndarray
    ) -> Iterator[tuple[Examples, Header, Answers]]:
        """The same pictures and answers, with other labels."""
        examples = self.examples(name, labels)
        for subject in SUBJECTS:
            yield examples, _header(subject, examples, "", 0, self.seed), self._answers(subject)

    def _answers(self, subject: Simulated, change: str = "", severity: int = 0) -> Answers:
        extra = (self.harder + _HARDER.get(change, 0.0) * severity) * (1 - subject.steadiness)
        blind = generator(seed_of(self.seed, self.name, "family", subject.family))
        own = generator(seed_of(self.seed, self.name, "own", subject.name))
        here = generator(seed_of(self.seed, self.name, subject.name, f"{change}@{severity}"))
        noise = (
            0.8 * blind.normal(size=self.n)
            + 0.7 * own.normal(size=self.n)
            + 0.5 * here.normal(size=self.n)
        )
        margin = subject.ability - extra - self.difficulty + noise
        right = margin > 0
        # Wrong answers resemble each other: most often the other thing that is in the picture.
        astray = (self.labels + 1 + here.integers(len(CLASSES) - 1, size=self.n)) % len(CLASSES)
        lured = here.random(self.n) < (0.85 if self.conflict else 0.6)
        wrong = np.where(lured, self.other, astray)
        return _ranked(np.where(right, self.labels, wrong), self.labels, margin, here)


def _ranked(
    best: np.ndarray, labels: np.ndarray, margin: np.ndarray, rng: np.random.Generator
) -> Answers:
    """Five classes with scores: the best one first, the label among the next where it is not."""
    n, k = len(best), len(CLASSES)
    order = rng.random((n, k))
    order[np.arange(n), labels] += 0.5
    order[np.arange(n), best] = 2.0
    classes = np.argsort(-order, axis=1)[:, :5]
    logits = np.concatenate([np.abs(margin)[:, None] + 0.5, -np.sort(rng.random((n, k - 1)))], 1)
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Answers(classes.astype(np.uint16), scores[:, :5].astype(np.float32))


def _header(
    subject: Simulated, examples: Examples, change: str, severity: int, seed: int
) -> Header:
    name = f"{examples.card.name}+{change}@{severity}" if change else examples.card.name
    natural: Kind = "natural shift" if examples.card.reference else "test"
    card = ModelCard(
        name=subject.name,
        family=subject.family,
        source="fieldmark rehearse",
        licence="none needed",
        training="none: simulated",
        intervention=subject.intervention,
    )
    return Header(
        subject=SubjectRecord(name=subject.name, fingerprint=fingerprint(repr(subject)), card=card),
        condition=ConditionRecord(
            name=name,
            kind="shift" if change else natural,
            fingerprint=fingerprint(name, examples.content, seed),
            examples=ExamplesRecord(
                card=examples.card,
                fingerprint=examples.content,
                classes=examples.classes.names,
                n=len(examples),
            ),
            change=change,
            level=str(severity) if change else "",
            strength=float(severity),
            seed=seed,
        ),
        status="done",
        times=Times(started=_WHEN, finished=_WHEN, seconds=0.0),
    )
