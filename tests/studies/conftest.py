"""Small real stores, filled with answers whose accuracies are known."""

from datetime import UTC, datetime
from itertools import count

import numpy as np
import pytest

import fieldmark
from fieldmark.records import (
    Answers,
    ClassSpace,
    ConditionRecord,
    DatasetCard,
    Examples,
    ExamplesRecord,
    Header,
    ModelCard,
    SubjectRecord,
    Times,
    generator,
    seed_of,
)
from fieldmark.store import Store, open_store

NOW = datetime(2024, 5, 1, tzinfo=UTC)
DIGITS = ClassSpace(tuple("0123456789"))
_names = count()


class Filler:
    """Fills a store: who is right on what is said by the test, the rest follows."""

    def __init__(self) -> None:
        self.store: Store = open_store(f"memory://studies-{next(_names)}", create=True)
        self.examples: dict[str, Examples] = {}

    def data(self, name: str, n: int, *, reference: str = "", unlabelled: int = 0) -> None:
        labels = (np.arange(n) % 10)[:, None]
        labels[n - unlabelled :] = -1
        card = DatasetCard(name, name, "a test", "MIT", "made", "nothing", reference)
        examples = Examples(
            card=card,
            classes=DIGITS,
            ids=tuple(f"{name}-{i:04d}" for i in range(n)),
            labels=labels,
            frame=(2, 2, 1),
            decode=lambda rows: np.zeros((len(rows), 2, 2, 1), np.uint8),
            content=name,
        )
        self.store.keep_examples(examples)
        self.examples[name] = examples

    def condition(self, name: str) -> ConditionRecord:
        base, _, rest = name.partition("+")
        change, _, level = rest.partition("@")
        examples = self.examples[base]
        attack = change.startswith("pgd")
        kind = "natural shift" if examples.card.reference else "test"
        return ConditionRecord(
            name=name,
            kind="attack" if attack else "shift" if change else kind,
            fingerprint=name,
            examples=ExamplesRecord(
                card=examples.card,
                fingerprint=examples.content,
                classes=examples.classes.names,
                n=len(examples),
            ),
            change=change,
            level=level,
            strength=(int(level.split("/")[0]) / 255 if attack else float(level or 0)),
            settings={"axis": "deviation in pixels"} if change == "low-pass" else {},
        )

    def header(self, subject: str, condition: str, status="done", reason="") -> Header:
        intervention = "adversarial training" if "adversarial" in subject else ""
        card = ModelCard(
            subject,
            "net" if subject.startswith("cnn") else "other",
            "a test",
            "MIT",
            "none",
            intervention=intervention,
        )
        return Header(
            subject=SubjectRecord(name=subject, fingerprint=subject, card=card),
            condition=self.condition(condition),
            status=status,
            reason=reason,
            times=Times(started=NOW, finished=NOW, seconds=1.0),
        )

    def answer(self, subject: str, condition: str, right, *, pictures=None) -> None:
        """Right where told (a mask, or an accuracy: then the same for every run of the tests)."""
        examples = self.examples[condition.partition("+")[0]]
        if isinstance(right, float):
            # Difficulty belongs to the example, as in life: subjects err on the same ones.
            noise = generator(seed_of(1, subject, condition)).random(len(examples))
            hard = generator(seed_of(2, examples.card.name)).random(len(examples))
            right = np.argsort(np.argsort(0.7 * hard + 0.3 * noise)) < right * len(examples)
        truth = np.maximum(examples.first_labels, 0)
        said = np.where(right, truth, (truth + 1) % 10).astype(np.uint16)
        scores = np.full((len(said), 1), 0.9, np.float32)
        header = self.header(subject, condition)
        answers = Answers(said[:, None], scores, pictures=pictures or {})
        self.store.commit(header, 0, answers)
        self.store.finish(header)

    def refuse(self, subject: str, condition: str, status: str, reason: str) -> None:
        self.store.record(self.header(subject, condition, status, reason))


@pytest.fixture(scope="session")
def rehearsed() -> Store:
    """One rehearsal for all that only read it."""
    return fieldmark.rehearse("memory://rehearsed-for-the-studies", n=300)


@pytest.fixture
def filler() -> Filler:
    return Filler()


SUBJECTS = {
    "tree": 0.70,
    "knn": 0.80,
    "svm": 0.86,
    "mlp": 0.90,
    "cnn-small": 0.94,
    "cnn-medium": 0.96,
    "cnn-large": 0.975,
    "cnn-medium-adversarial": 0.93,
}


def odds(share: float, slope: float, down: float) -> float:
    return float(1 / (1 + np.exp(-(slope * np.log(share / (1 - share)) - down))))


@pytest.fixture(scope="session")
def world() -> Filler:
    """Eight subjects on a line; the adversarial one is far above it on the natural shift."""
    made = Filler()
    made.data("mnist-test", 400)
    made.data("uci-digits", 500, reference="mnist-test")
    for name, share in SUBJECTS.items():
        robust = "adversarial" in name
        made.answer(name, "mnist-test", share)
        made.answer(name, "uci-digits", odds(share, 0.9, 0.8) + (0.12 if robust else 0.0))
        for level in (1, 3, 5):
            made.answer(name, f"mnist-test+fog@{level}", odds(share, 1.0, 0.3 * level))
            made.answer(name, f"mnist-test+blur@{level}", odds(share, 1.0, 0.1 * level))
        for level in ("8/255", "16/255"):
            condition = f"mnist-test+pgd-linf@{level}"
            if name.startswith("cnn"):
                share_left = 0.6 if robust else 0.1
                made.answer(name, condition, share_left, pictures={3: b"P3", 5: b"P5"})
            else:
                made.refuse(name, condition, "not applicable", "gives no gradients")
    made.refuse("late", "mnist-test", "failed", "out of memory")
    for condition in ("mnist-test", "uci-digits", "mnist-test+fog@5"):
        ids = made.examples[condition.partition("+")[0]].ids[:60]
        made.store.keep_specimens(condition, {one: one.encode() for one in ids})
    return made
