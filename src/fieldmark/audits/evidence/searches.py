"""Searches: one attack after another on the pictures that a model gets right."""

from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fieldmark import attacks
from fieldmark.audits.evidence.shown import Shown
from fieldmark.records import (
    Attack,
    Classifier,
    FieldmarkError,
    FloatImages,
    seed_of,
)

WHITE = ("white-box",)
BLACK = ("score", "decision", "transfer", "noise")


@dataclass(frozen=True)
class Search:
    """What one attack did; arrays have one entry for each picture that the model gets right.

    Args:
        name: What it is called here, such as "pgd" or "pgd, twice the steps".
        sees: What it sees of the model: "white-box", "score", "decision", "transfer" or "noise".
        tried: Was the picture searched? Those that were fooled before are not, to save time.
        fooled: Did the model, asked once more, get the picture wrong?
        seen: Was it seen to be wrong inside the budget while the search went on?
        margin: The best wrong score less the right one, of the picture kept; NaN where not tried.
        smallest: How far the nearest picture is that was seen to be wrong; infinite if none was.
        rounded: Is it still wrong in 256 grey levels?
        attempt: Which restart fooled it; -1 where none did.
        outside: Was the answer none of the examples' classes?
        size: Radius of the ball.
        seconds: How long it took.
        failed: Why it could not be run; "" where it was.
        settings: Every constant of the attack.
    """

    name: str
    sees: str
    tried: Bool[np.ndarray, " n"]
    fooled: Bool[np.ndarray, " n"]
    seen: Bool[np.ndarray, " n"]
    margin: Float64[np.ndarray, " n"]
    smallest: Float64[np.ndarray, " n"]
    rounded: Bool[np.ndarray, " n"]
    attempt: Int64[np.ndarray, " n"]
    outside: Bool[np.ndarray, " n"]
    size: float
    seconds: float = 0.0
    failed: str = ""
    settings: dict[str, object] = field(default_factory=dict)


def search(
    model: Classifier,
    attack: Attack,
    right: Shown,
    rows: Int64[np.ndarray, " m"],
    *,
    name: str,
    sees: str = "",
    again: int = 0,
) -> tuple[Search, FloatImages]:
    """What ``attack`` does to the pictures ``rows`` of ``right``, and the pictures it leaves.

    An attack that cannot be run on this model is a search that failed, with the reason.

    Args:
        model: Who is attacked.
        attack: By whom.
        right: Pictures that the model gets right.
        rows: Which of them are searched.
        name: What the search is called.
        sees: What it sees of the model; "" for what its threat model says.
        again: Another number gives other starting points.
    """
    n, begun = len(right), perf_counter()
    sees = sees or attack.threat.knowledge
    empty = _nothing(name, sees, n, attack)
    if not len(rows):
        return empty, right.images
    part = right.only(rows)
    seeds = np.array([seed_of(int(s), "audit", str(again)) for s in part.seeds.tolist()], np.uint64)
    try:
        outcome = attacks.attacked(
            model, attack, part.images, part.labels, seeds if again else part.seeds, ids=part.ids
        )
    except FieldmarkError as error:
        return replace(empty, failed=str(error), seconds=perf_counter() - begun), right.images
    answers = outcome.logits.argmax(axis=1)
    size = attack.threat.budget.size

    def spread(values: np.ndarray, elsewhere: object) -> np.ndarray:
        every = np.full(n, elsewhere, dtype=values.dtype)
        every[rows] = values
        return every

    images = right.images.copy()
    images[rows] = outcome.images
    return replace(
        empty,
        tried=spread(np.ones(len(rows), bool), False),
        fooled=spread(answers != part.labels, False),
        seen=spread(outcome.smallest <= size + 1e-6, False),
        margin=spread(_margins(outcome.logits, part.labels), np.nan),
        smallest=spread(outcome.smallest, np.inf),
        rounded=spread(outcome.rounded, False),
        attempt=spread(outcome.attempt, -1),
        outside=spread(answers >= right.classes, False),
        seconds=perf_counter() - begun,
    ), images


def shown_again(
    model: Classifier, images: FloatImages, right: Shown, *, name: str, sees: str
) -> Search:
    """What ``model`` makes of pictures that were found against another model."""
    begun = perf_counter()
    logits = np.concatenate([model(images[i : i + 32]) for i in range(0, len(images), 32)])
    fooled = logits.argmax(axis=1) != right.labels
    distance = right.budget.distances(right.images, images)
    return Search(
        name=name,
        sees=sees,
        tried=np.ones(len(right), bool),
        fooled=fooled,
        seen=fooled,
        margin=_margins(logits, right.labels),
        smallest=np.where(fooled, distance, np.inf),
        rounded=np.zeros(len(right), bool),
        attempt=np.where(fooled, 0, -1),
        outside=logits.argmax(axis=1) >= right.classes,
        size=right.budget.size,
        seconds=perf_counter() - begun,
    )


def _margins(logits: np.ndarray, labels: np.ndarray) -> Float64[np.ndarray, " n"]:
    scores = logits.astype(np.float64)
    rows = np.arange(len(labels))
    mine = scores[rows, labels]
    scores[rows, labels] = -np.inf
    return scores.max(axis=1) - mine


def _nothing(name: str, sees: str, n: int, attack: Attack) -> Search:
    return Search(
        name=name,
        sees=sees,
        tried=np.zeros(n, bool),
        fooled=np.zeros(n, bool),
        seen=np.zeros(n, bool),
        margin=np.full(n, np.nan),
        smallest=np.full(n, np.inf),
        rounded=np.zeros(n, bool),
        attempt=np.full(n, -1, np.int64),
        outside=np.zeros(n, bool),
        size=float(attack.threat.budget.size),
        settings=dict(attack.settings),
    )
