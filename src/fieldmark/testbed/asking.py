"""Asking: one classifier, some pictures, and an answer that is checked before it is believed."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float32, UInt16

from fieldmark.records import (
    NO_ANSWER,
    Answers,
    Classifier,
    ClassSpace,
    Examples,
    FieldmarkError,
    Images,
    Logits,
    ModelError,
)
from fieldmark.testbed.memory import in_pieces

KEPT_CLASSES = 5
"""How many of the best classes are kept; the ImageNet testbed's questions need no more."""


def ask(
    classifier: Classifier,
    images: Images,
    examples: Examples,
    ids: list[str],
    *,
    batch: int,
    halved: Callable[[int], None] = lambda size: None,
) -> Answers:
    """What a classifier says of some pictures of ``examples``, best class first.

    Args:
        classifier: Who is asked.
        images: Pictures (n, h, w, c), uint8 or float32 in [0, 1].
        examples: The set they come from: its classes are the ones answered in.
        ids: The pictures' ids, for messages.
        batch: How many are shown at once.
        halved: Told how many were shown at once where so many did not fit into memory.

    Raises:
        ModelError: It raises, or answers the wrong shape, or anything that is not a number.
        DataError: It does not know all of the examples' classes.
    """
    fits(classifier, examples)
    checked = [
        believed(
            classifier,
            _scores(classifier, images[start : start + batch], halved),
            examples.classes,
            ids[start : start + batch],
        )
        for start in range(0, len(images), batch)
    ]
    return ranked(np.concatenate(checked), examples.classes)


def fits(classifier: Classifier, examples: Examples) -> None:
    """Nothing, where a classifier can be shown these examples.

    Raises:
        ModelError: Its card says that it expects another frame.
    """
    wanted = classifier.card.frame
    if wanted and tuple(wanted) != examples.frame:
        raise ModelError(
            f"{classifier.card.name} expects {_shape(wanted)} images, but those of "
            f"{examples.card.name} are {_shape(examples.frame)}; give the data set that size and "
            f"number of channels (of a folder: ?size={wanted[0]}x{wanted[1]}&channels={wanted[2]})"
        )


def softmax(logits: Logits) -> Logits:
    """Probabilities, float32 (n, k), computed in float64; rows sum to 1.

    Example:
        >>> softmax(np.float32([[0, 0], [1000, 0]])).tolist()
        [[0.5, 0.5], [1.0, 0.0]]
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def best(scores: Logits, k: int) -> tuple[UInt16[np.ndarray, "n j"], Float32[np.ndarray, "n j"]]:
    """The ``k`` best classes of each row and their scores, best first.

    Of equal scores the class with the smaller index comes first: a tie has one answer, always.

    Example:
        >>> classes, _ = best(np.float32([[0.2, 0.4, 0.4]]), 2)
        >>> classes.tolist()
        [[1, 2]]
    """
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return order.astype(np.uint16), np.take_along_axis(scores, order, axis=1)


def ranked(logits: Logits, space: ClassSpace) -> Answers:
    """The best classes of each row with their softmax probabilities, best first.

    Args:
        logits: What ``believed`` made of a classifier's scores. A column behind those of the
            classes is "none of these" (see ``ClassSpace.project``) and becomes ``NO_ANSWER``.
        space: The classes of the examples.

    Example:
        >>> pets = ClassSpace(("cat", "dog"))
        >>> ranked(np.float32([[0, 1, 2]]), pets).classes.tolist()
        [[65535, 1, 0]]
    """
    classes, scores = best(softmax(logits), min(KEPT_CLASSES, logits.shape[1]))
    return Answers(classes=np.where(classes < len(space), classes, NO_ANSWER), scores=scores)


def believed(
    classifier: Classifier, logits: np.ndarray, space: ClassSpace, ids: Sequence[str]
) -> Float32[np.ndarray, "n k"]:
    """A classifier's scores in the class space of the examples, once they are fit to be believed.

    There may be a column more than classes: see ``ClassSpace.project``.

    Raises:
        ModelError: They have the wrong shape, or are not all numbers.
        DataError: The classifier does not know all of the classes.
    """
    name = classifier.card.name
    own = ClassSpace(tuple(classifier.card.classes)) if classifier.card.classes else space
    if logits.shape != (len(ids), len(own)):
        hint = "" if classifier.card.classes else ", or give the model the names of its classes"
        raise ModelError(
            f"{name} answered with an array of shape {logits.shape} for {len(ids)} images and "
            f"{len(own)} classes; expected ({len(ids)}, {len(own)}){hint}"
        )
    if not np.issubdtype(logits.dtype, np.floating):
        raise ModelError(f"{name} answered with {logits.dtype} values; expected float32 scores")
    bad = ~np.isfinite(logits).all(axis=1)
    if bad.any():
        raise ModelError(
            f"{name} answered with NaN or infinite scores for {bad.sum()} of {len(ids)} images, "
            f"first for example {ids[int(bad.argmax())]}"
        )
    return own.project(logits.astype(np.float32), space)


def _scores(classifier: Classifier, images: Images, halved: Callable[[int], None]) -> np.ndarray:
    try:
        return in_pieces(lambda some: np.asarray(classifier(some)), images, halved)
    except FieldmarkError:
        raise
    except (Exception, SystemExit) as error:  # a user's model may raise anything; the record says
        text = " ".join(str(error).split())[:300]
        raise ModelError(f"{classifier.card.name} raised {type(error).__name__}: {text}") from error


def _shape(frame: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in frame)
