"""A rehearsal: simulated subjects whose truth is known, to try every study on in a second.

Each example has a difficulty, each subject an ability, each family blind spots that its members
share; who is right follows from these and from a seed. So subjects agree more than chance would
have them, stronger shifts cost more, and two families really hold up better than their accuracy
on the reference predicts. Some labels of the reference are wrong, and it is known which.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np

from fieldmark.archives.rehearsed_attacks import REHEARSED, Attackable, Rehearsed
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
_ORDERS = 512


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

    The conditions: ``lab-test``, about 3 % of whose labels are wrong (of the harder half of the
    examples, which are said to be the other thing in the picture); four shifts of it at five
    severities; attacks on the nets among the subjects, in three norms and through two other nets,
    and a certificate of two of them (see ``rehearsed_attacks``); ``field-test``, a natural shift,
    half as large; ``field-video``, 40 sequences of 11 frames (groups); ``lab-relabelled``, the
    examples and answers of ``lab-test`` with all labels that are right and none that is wrong; and
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
    lab = _Set("lab-test", n, seed, mislabelled=0.03)
    field = _Set("field-test", n // 2, seed, harder=0.9, reference="lab-test")
    video = _Set("field-video", 440, seed, harder=0.7, reference="lab-test", frames=11)
    cues = _Set("cue-conflict-shape", n // 2, seed, harder=0.5, conflict=True)
    printed = lab.examples("lab-test", lab.labels[:, None])
    yield from lab.cells(printed)
    for change in SHIFTS:
        for severity in range(1, 6):
            yield from lab.cells(printed, change, severity)
    yield from lab.attacked(printed)
    for each in (field, video):
        yield from each.cells(each.examples(each.name, each.labels[:, None]))
    yield from lab.cells(lab.examples("lab-relabelled", lab.valid_labels()))
    yield from cues.cells(cues.examples("cue-conflict-shape", cues.labels[:, None]))
    yield from cues.cells(cues.examples("cue-conflict-texture", cues.other[:, None]))


class _Set:
    """Simulated examples: what they show, their labels, and who finds them hard."""

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
        mislabelled: float = 0.0,
    ) -> None:
        self.name, self.n, self.seed, self.harder = name, n, seed, harder
        self.reference, self.frames, self.conflict = reference, frames, conflict
        rng = generator(seed_of(seed, name))
        scenes = -(-n // frames)
        k = len(CLASSES)
        self.truth = np.repeat(rng.permutation(np.arange(scenes) % k), frames)[:n]
        self.other = (self.truth + 1 + rng.integers(k - 1, size=scenes).repeat(frames)[:n]) % k
        steady = rng.normal(size=scenes).repeat(frames)[:n]
        self.difficulty = 1.6 * steady + (0.5 * rng.normal(size=n) if frames > 1 else 0.0)
        self.twofold = rng.random(n) < 0.15
        self.wrong = (self.difficulty > 0) & (rng.random(n) < 2 * mislabelled)
        self.labels = np.where(self.wrong, self.other, self.truth)
        self.ease = np.stack([self._ease(subject) for subject in SUBJECTS])

    def _ease(self, subject: Simulated) -> np.ndarray:
        """How easy each example is for a subject before anything is changed, float64 (n,)."""
        blind = generator(seed_of(self.seed, self.name, "family", subject.family))
        own = generator(seed_of(self.seed, self.name, "own", subject.name))
        known = 0.8 * blind.normal(size=self.n) + 0.7 * own.normal(size=self.n)
        return np.asarray(subject.ability - self.difficulty + known)

    def valid_labels(self) -> np.ndarray:
        """What is seen, and for some examples a second thing that is there too, int64 (n, 2)."""
        second = np.where(self.twofold & ~self.wrong, self.other, -1)
        return np.stack([self.truth, second], axis=1)

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
            metadata={"camera": self._cameras()},
        )

    def _cameras(self) -> tuple[str, ...]:
        """What each picture was taken with, where somebody wrote it down: telephones meet more."""
        rng = generator(seed_of(self.seed, self.name, "cameras"))
        met, kind = rng.normal(size=self.n) + self.difficulty > 1.5, rng.random(self.n)
        held = np.where(met, "telephone", np.where(kind < 0.6, "reflex", "compact"))
        return tuple(np.where(rng.random(self.n) < 0.05, "", held).tolist())

    def cells(
        self, examples: Examples, change: str = "", severity: int = 0
    ) -> Iterator[tuple[Examples, Header, Answers]]:
        """Every simulated subject's answers."""
        condition = _condition(examples, change, severity, self.seed)
        times = Times(started=_WHEN, finished=_WHEN, seconds=0.0)
        classes, scores = self._answers(change, severity)
        for subject, its, sure in zip(SUBJECTS, classes, scores, strict=True):
            who = _record(subject)
            header = Header(subject=who, condition=condition, status="done", times=times)
            yield examples, header, Answers(its.T, sure.T)

    def attacked(self, examples: Examples) -> Iterator[tuple[Examples, Header, Answers]]:
        """The answers of those who can be attacked, to the worst pictures found."""
        here = generator(seed_of(self.seed, self.name, "@0"))
        margin = self._margin("", 0, here)
        classes, _ = self._answers("", 0)
        attackable = Attackable(
            names=tuple(subject.name for subject in SUBJECTS),
            families=tuple(subject.family for subject in SUBJECTS),
            steadiness=tuple(subject.steadiness for subject in SUBJECTS),
            margin=margin,
            said=classes[:, 0],
            labels=self.labels,
            lure=np.where(self.labels == self.truth, self.other, self.truth),
            seed=self.seed,
        )
        times = Times(started=_WHEN, finished=_WHEN, seconds=0.0)
        for one in REHEARSED:
            condition = _attacked_condition(examples, one, self.seed)
            for row, answers in attackable.answers(one):
                who = _record(SUBJECTS[row])
                header = Header(subject=who, condition=condition, status="done", times=times)
                yield examples, header, answers

    def _margin(self, change: str, severity: int, here: np.random.Generator) -> np.ndarray:
        """Log odds of being right, (subjects, n)."""
        strength = self.harder + _HARDER.get(change, 0.0) * severity
        felt = np.array([[strength * (1 - subject.steadiness)] for subject in SUBJECTS])
        return np.asarray(
            self.ease - felt + 0.5 * here.standard_normal(self.ease.shape, np.float32)
        )

    def _answers(self, change: str, severity: int) -> tuple[np.ndarray, np.ndarray]:
        """Five classes and their scores, of all subjects at once: (subjects, 5, n) each."""
        here = generator(seed_of(self.seed, self.name, f"{change}@{severity}"))
        shape, k = self.ease.shape, len(CLASSES)
        margin = self._margin(change, severity, here)
        # Wrong answers resemble each other: most often the other thing that is in the picture.
        lure = 0.85 if self.conflict else 0.6
        chance = here.random(shape, np.float32)
        astray = ((chance - lure) * ((k - 1) / (1 - lure))).clip(0, k - 2).astype(np.uint16)
        wrong = np.where(chance < lure, (self.other - self.truth) % k, astray + 1)
        ahead = np.where(margin > 0, 0, wrong).astype(np.uint16)
        order = _orders(k)[ahead, here.integers(_ORDERS, size=shape, dtype=np.uint16)]
        places = np.concatenate([ahead[:, None], np.moveaxis(order, 2, 1)], axis=1)
        return (places + self.truth.astype(np.uint16)) % k, _scores(margin)


@cache
def _orders(k: int) -> np.ndarray:
    """Which four classes may follow the first, uint16 (first, orders, 4).

    All are counted from the true class, which is likely to be among them.
    """
    rng = generator(seed_of(0, "orders of a rehearsal"))
    likely = rng.random((k, _ORDERS, k))
    likely[:, :, 0] += 0.5
    likely[np.arange(k), :, np.arange(k)] = -1.0  # nothing is named twice
    return np.argsort(-likely, axis=2)[:, :, :4].astype(np.uint16)


def _scores(margin: np.ndarray) -> np.ndarray:
    """How sure a subject is of its five classes, float32 (subjects, 5, n): more, the less it erred.

    Of what the first class leaves, the others have fixed shares.
    """
    left = 0.65 * np.exp(-np.abs(margin))
    shares = np.array([0.45, 0.22, 0.12, 0.08])
    rest = left[:, None] * shares[:, None]
    return np.concatenate([1 - left[:, None], rest], axis=1, dtype=np.float32, casting="same_kind")


@cache
def _record(subject: Simulated) -> SubjectRecord:
    card = ModelCard(
        name=subject.name,
        family=subject.family,
        source="fieldmark rehearse",
        licence="none needed",
        training="none: simulated",
        intervention=subject.intervention,
    )
    return SubjectRecord(name=subject.name, fingerprint=fingerprint(repr(subject)), card=card)


def _attacked_condition(examples: Examples, attack: Rehearsed, seed: int) -> ConditionRecord:
    plain = _condition(examples, "", 0, seed)
    name = f"{plain.name}+{attack.change}@{attack.level}"
    return plain.model_copy(
        update={
            "name": name,
            "kind": attack.kind,
            "fingerprint": fingerprint(name, examples.content, seed),
            "change": attack.change,
            "level": attack.level,
            "strength": attack.strength,
            "settings": dict(attack.settings),
        }
    )


def _condition(examples: Examples, change: str, severity: int, seed: int) -> ConditionRecord:
    name = f"{examples.card.name}+{change}@{severity}" if change else examples.card.name
    natural: Kind = "natural shift" if examples.card.reference else "test"
    return ConditionRecord(
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
    )
