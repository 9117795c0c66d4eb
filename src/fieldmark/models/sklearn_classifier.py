"""A fitted scikit-learn classifier behind the door of ``Classifier``."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from fieldmark.models.pixels import flat_pixels
from fieldmark.records import Images, Logits, ModelCard, ModelError

LEAST = np.finfo(np.float32).tiny
"""Probabilities below this count as this, so that their logarithms are numbers."""

NEVER = np.float32(-1e30)
"""The score of a class that the estimator was never shown: finite, and below every other."""


@dataclass(frozen=True)
class SklearnClassifier:
    """A fitted scikit-learn classifier, asked about flattened pixels in [0, 1].

    Scores are the logarithm of ``predict_proba`` where there is one (softmax then gives the
    probabilities back), else ``decision_function``.

    Args:
        estimator: Any fitted classifier.
        card: What it is. Its ``classes``, where given, are the order of the scores: the
            estimator's own classes are found among them by name, or else by number. A class that
            the estimator was never shown gets the lowest score there is.

    Raises:
        ModelError: It is not a fitted classifier, or has classes that the card lacks, or (when
            asked) the images have another number of pixels than those it was fitted to.

    Example:
        >>> from sklearn.naive_bayes import GaussianNB
        >>> fitted = GaussianNB().fit(np.eye(4), [0, 0, 1, 1])
        >>> card = ModelCard("bayes", "naive Bayes", "you", "MIT", "four pixels", ("a", "b"))
        >>> SklearnClassifier(fitted, card)(np.zeros((3, 2, 2, 1), np.uint8)).shape
        (3, 2)
    """

    estimator: Any
    card: ModelCard

    def __post_init__(self) -> None:
        _ = self._columns  # mistakes are told when it is made, not when it is asked

    def __call__(self, images: Images) -> Logits:
        """Class scores, float32 (n, k), one row per image (n, h, w, c).

        Raises:
            ModelError: The images have another number of pixels than those it was fitted to.
        """
        pixels = flat_pixels(images)
        wanted = getattr(self.estimator, "n_features_in_", pixels.shape[1])
        if pixels.shape[1] != wanted:
            raise ModelError(
                f"{self.card.name} was fitted to images of {wanted} numbers, "
                f"these have {pixels.shape[1]} (height × width × channels)"
            )
        own = _own_scores(self.estimator, pixels)
        scores = np.full((len(own), self._width), NEVER, np.float32)
        scores[:, self._columns] = own
        return scores

    @property
    def _width(self) -> int:
        return len(self.card.classes) or len(self.estimator.classes_)

    @cached_property
    def _columns(self) -> Int[np.ndarray, " j"]:
        """The column of each class of the estimator among the classes of the card."""
        own = class_names(self.estimator, self.card.name)
        named = self.card.classes or own
        if set(own) <= set(named):
            return np.array([named.index(name) for name in own])
        numbers = [int(name) if name.isdecimal() else -1 for name in own]
        if all(0 <= number < len(named) for number in numbers):
            return np.array(numbers)
        strange = [name for name in own if name not in named]
        raise ModelError(
            f"{self.card.name} answers with classes that its card lacks: {', '.join(strange[:12])}"
        )


def class_names(estimator: Any, name: str) -> tuple[str, ...]:  # noqa: ANN401  any estimator
    """The class names of a fitted classifier, in the order of its scores.

    Args:
        estimator: The classifier.
        name: What to call it in messages.

    Raises:
        ModelError: It is not fitted, or no classifier, or answers several questions at once.
    """
    scored = hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")
    classes = getattr(estimator, "classes_", None)
    if classes is None or not scored:
        kind = type(estimator).__name__
        raise ModelError(
            f"{name} is a {kind}, not a fitted classifier: it needs classes_ and either "
            "predict_proba or decision_function"
        )
    if isinstance(classes, list) or np.ndim(classes) != 1:
        raise ModelError(f"{name} answers several questions at once; give it one label per image")
    return tuple(str(one) for one in classes)


def _own_scores(
    estimator: Any,  # noqa: ANN401  any estimator
    pixels: Float[np.ndarray, "n d"],
) -> Float[np.ndarray, "n j"]:
    """Scores (n, j) in the order of the estimator's own classes."""
    if hasattr(estimator, "predict_proba"):
        return np.log(np.maximum(estimator.predict_proba(pixels), LEAST))
    margins = np.asarray(estimator.decision_function(pixels), np.float64)
    if margins.ndim == 1:  # two classes: the margin speaks for the second
        return np.stack([-margins, margins], axis=1) / 2
    k = len(estimator.classes_)
    if margins.shape[1] != k:
        raise ModelError(
            f"{type(estimator).__name__} gives {margins.shape[1]} margins for {k} classes; "
            "fit it with decision_function_shape='ovr'"
        )
    return margins
