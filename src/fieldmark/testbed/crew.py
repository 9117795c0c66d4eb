"""The crew: the subjects of a run, made ready side by side, each once, as many as fit together."""

import gc
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from jaxtyping import Float32, Int64

from fieldmark.records import (
    Classifier,
    FieldmarkError,
    GradientClassifier,
    Images,
    Logits,
    ModelCard,
    ModelError,
    Smoothed,
    Subject,
)
from fieldmark.testbed.memory import give_back, weight
from fieldmark.testbed.provenance import not_loaded
from fieldmark.testbed.watching import Watch

STAGE = "subjects"
"""The stage of a ``Watch`` in which subjects are made ready."""


@dataclass(frozen=True)
class OneAtATime:
    """A classifier that is never asked by two threads at once.

    Torch modules in evaluation mode may be; of a user's own function nobody knows.
    """

    classifier: Classifier
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def card(self) -> ModelCard:
        """What the classifier is."""
        return self.classifier.card

    def __call__(self, images: Images) -> Logits:
        """Its scores."""
        with self._lock:
            return self.classifier(images)


@dataclass(frozen=True)
class OneVoteAtATime:
    """The same of a smoothed classifier, which can also be asked for votes."""

    classifier: Smoothed
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def card(self) -> ModelCard:
        """What the classifier is."""
        return self.classifier.card

    @property
    def sigma(self) -> float:
        """Standard deviation of its noise."""
        return self.classifier.sigma

    def __call__(self, images: Images) -> Logits:
        """Its scores."""
        with self._lock:
            return self.classifier(images)

    def votes(
        self, image: Float32[np.ndarray, "h w c"], seed: int, draws: int
    ) -> Int64[np.ndarray, " k"]:
        """How many of ``draws`` noisy copies of one image get each class."""
        with self._lock:
            return self.classifier.votes(image, seed, draws)


@dataclass(frozen=True)
class Unready:
    """A subject that could not be loaded: it answers every question with the reason."""

    name: str
    reason: str

    @property
    def card(self) -> ModelCard:
        """A card that says no more than the name."""
        return not_loaded(self.name)

    def __call__(self, images: Images) -> Logits:
        """Never an answer.

        Raises:
            ModelError: Always, with the reason why the subject could not be loaded.
        """
        raise ModelError(self.reason)


def crews(
    subjects: Sequence[Subject], pool: Executor, watch: Watch, *, at_once: int, room: int
) -> Iterator[dict[str, Classifier]]:
    """Subjects in groups that fit into memory together, by name, each loaded once.

    A group is let go of when the next one is asked for. How much a model takes is known only when
    it is there, so a group may be larger than ``room`` by those that were on their way.

    Args:
        subjects: Who is to be asked.
        pool: Where they are made ready, side by side.
        watch: Who looks on.
        at_once: How many are made ready at the same time.
        room: Bytes that a group may take.

    Yields:
        Each ready to be asked, or ``Unready`` with the reason why not.
    """
    watch.begin(STAGE, sum(subject.effort for subject in subjects))
    # The longest first: begun last, it would keep one core waiting for the other.
    waiting = deque(sorted(subjects, key=lambda subject: -subject.effort))
    while waiting:
        crew = _mustered(waiting, pool, watch, at_once, room)
        yield crew
        crew.clear()
        gc.collect()
        give_back()


def _mustered(
    waiting: deque[Subject], pool: Executor, watch: Watch, at_once: int, room: int
) -> dict[str, Classifier]:
    """As many of those who wait as fit into ``room``, and at least one."""
    crew: dict[str, Classifier] = {}
    taken, heaviest = 0, 0
    coming: dict[Future[Classifier], str] = {}
    while True:
        while (
            waiting
            and len(coming) < at_once
            and (taken + (len(coming) + 1) * heaviest <= room or not (crew or coming))
        ):
            subject = waiting.popleft()
            coming[pool.submit(_ready, subject, watch)] = subject.name
        if not coming:
            return crew
        for done in wait(coming, return_when=FIRST_COMPLETED).done:
            classifier = crew[coming.pop(done)] = done.result()
            one = weight(classifier)
            taken, heaviest = taken + one, max(heaviest, one)


def _ready(subject: Subject, watch: Watch) -> Classifier:
    try:
        classifier = subject.load()
    except FieldmarkError as error:
        return Unready(subject.name, str(error))
    except (Exception, SystemExit) as error:  # a user's loader may raise anything
        text = " ".join(str(error).split())
        return Unready(
            subject.name, f"{subject.name} could not be loaded: {type(error).__name__}: {text}"
        )
    finally:
        watch.advance(STAGE, subject.effort, subject.name)
    if isinstance(classifier, GradientClassifier):
        return classifier
    if isinstance(classifier, Smoothed):
        return OneVoteAtATime(classifier)
    return OneAtATime(classifier)
