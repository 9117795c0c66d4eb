"""The crew: the subjects of a run, made ready side by side, each once."""

from collections.abc import Sequence
from concurrent.futures import Executor
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
from fieldmark.testbed.provenance import not_loaded
from fieldmark.testbed.watching import Watch


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


def muster(subjects: Sequence[Subject], pool: Executor, watch: Watch) -> dict[str, Classifier]:
    """Every subject by name, ready to be asked, or ``Unready`` with the reason why not."""
    stage = "subjects"
    watch.begin(stage, sum(subject.effort for subject in subjects))

    def ready(subject: Subject) -> Classifier:
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
            watch.advance(stage, subject.effort, subject.name)
        if isinstance(classifier, GradientClassifier):
            return classifier
        if isinstance(classifier, Smoothed):
            return OneVoteAtATime(classifier)
        return OneAtATime(classifier)

    # The longest first: begun last, it would keep one core waiting for the other.
    ordered = sorted(subjects, key=lambda subject: -subject.effort)
    return dict(zip((subject.name for subject in ordered), pool.map(ready, ordered), strict=True))
