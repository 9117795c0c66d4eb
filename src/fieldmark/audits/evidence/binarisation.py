"""The binarisation test: plant an adversarial picture, and see whether the attack finds it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor, nn

from fieldmark import attacks
from fieldmark.audits.evidence.shown import Shown
from fieldmark.audits.exact.polyhedra import nearest_in_polyhedron
from fieldmark.records import (
    Attack,
    Budget,
    Estimate,
    FloatImages,
    GradientClassifier,
    Images,
    Logits,
    ModelCard,
    generator,
    seed_of,
)
from fieldmark.statistics import clopper_pearson

TESTED = 30
"""Pictures that are tested."""

INNER = 149
"""Points near each picture that must stay what it is."""

SHELL = 0.95
"""How far out those points lie, as a share of the budget."""

TRIES = 5
GUESSES = 200
WANTED = 0.95
"""Share of planted pictures that an attack worth believing finds, guessing set aside."""


@dataclass(frozen=True)
class Binarised:
    """What came of the test; arrays have one entry for each picture that could be tested.

    Args:
        found: Did the attack find a picture of the planted class?
        guessed: Did random guessing, as many guesses as were allowed?
        separated: Pictures for which a read-out could be fitted.
        tested: Pictures for which one was tried.
    """

    found: Bool[np.ndarray, " t"]
    guessed: Bool[np.ndarray, " t"]
    separated: int
    tested: int

    @property
    def share(self) -> Estimate:
        """The share found, of those that guessing does not find; undefined where it finds all."""
        hard = ~self.guessed
        return clopper_pearson(int((self.found & hard).sum()), int(hard.sum()))


def binarisation_test(
    model: GradientClassifier, right: Shown, attack: Attack, *, tested: int = TESTED
) -> Binarised:
    """Does ``attack`` find pictures that are there by construction?

    For each picture, one point on the edge of the ball and many inside it are drawn. The model is
    kept up to its last layer; there a linear read-out is fitted that tells the one from the others
    without a mistake, anew with other points until that succeeds. Now the ball holds a wrong
    picture for certain. The same attack has to find one.

    Args:
        model: Whose features are read out.
        right: Pictures that the model gets right.
        attack: The attack of the evaluation.
        tested: How many pictures are tested.

    Raises:
        NotApplicableError: The attack needs gradients that the model does not give.
        ModelError: Its gradients, or its scores, are not numbers.

    Source:
        Zimmermann, Brendel, Tramèr & Carlini 2022, arXiv:2206.13991. One outer point; inner ones
        up to .95 of the budget, fewer than their 999; the read-out is the one of largest margin,
        exactly, where they fit a logistic regression.
    """
    few = right.only(np.arange(min(tested, len(right))))
    features = _Features(model.module, few.images[:1])
    kept, weights, biases = [], [], []
    for row in range(len(few)):
        readout = _readout(features, few, row)
        if readout is not None:
            kept.append(row)
            weights.append(readout[:-1])
            biases.append(readout[-1])
    if not kept:
        return Binarised(np.zeros(0, bool), np.zeros(0, bool), 0, len(few))
    planted = few.only(np.array(kept))
    binary = _Binary(features, planted, np.stack(weights), np.array(biases))
    asked = _Asked(binary, model.card)
    labels = np.zeros(len(planted), np.int64)
    outcome = attacks.attacked(
        asked, attack, planted.images, labels, planted.seeds, ids=planted.ids
    )
    guess = attacks.RandomNoise(planted.budget, draws=GUESSES)
    guessed = attacks.attacked(asked, guess, planted.images, labels, planted.seeds, ids=planted.ids)
    return Binarised(
        found=outcome.logits.argmax(axis=1) == 1,
        guessed=guessed.logits.argmax(axis=1) == 1,
        separated=len(kept),
        tested=len(few),
    )


class _Features:
    """What the last linear layer of a module is given; its scores where there is no such layer."""

    def __init__(self, module: Any, image: FloatImages) -> None:  # noqa: ANN401  a torch module
        self.module = module
        first = next(iter(getattr(module, "parameters", list)()), None)
        self.dtype = torch.float32 if first is None else first.dtype
        self.device = torch.device("cpu") if first is None else first.device
        self.layer = _last_linear(module, self.tensor(image))

    def __call__(self, pictures: Tensor) -> Tensor:
        """Features (m, f) of pictures (m, c, h, w)."""
        if self.layer is None:
            scores: Tensor = self.module(pictures)
            return scores
        caught: list[Tensor] = []
        hook = self.layer.register_forward_pre_hook(lambda _, given: caught.append(given[0]))
        try:
            self.module(pictures)
        finally:
            hook.remove()
        return caught[-1].flatten(1)

    def tensor(self, images: FloatImages) -> Tensor:
        """Pictures as the module takes them."""
        return torch.from_numpy(images.copy()).permute(0, 3, 1, 2).to(self.dtype).to(self.device)


def _last_linear(module: Any, pictures: Tensor) -> nn.Linear | None:  # noqa: ANN401
    """The linear layer that is asked last, if the module has any."""
    order: list[nn.Linear] = []
    layers = [part for part in module.modules() if isinstance(part, nn.Linear)]
    hooks = [
        layer.register_forward_pre_hook(lambda asked, _: order.append(asked)) for layer in layers
    ]
    with torch.no_grad():
        module(pictures)
    for hook in hooks:
        hook.remove()
    return order[-1] if order else None


def _readout(features: _Features, few: Shown, row: int) -> Float64[np.ndarray, " g"] | None:
    """Weights and, last, the bias of a read-out that is above 0 at the planted point alone."""
    image, budget = few.images[row], few.budget
    for attempt in range(TRIES):
        stream = generator(seed_of(int(few.seeds[row]), "binarisation", str(attempt)))
        inner = _inside(image, budget, INNER, stream=stream)
        outer = _edge(image, budget, stream=stream)
        points = np.concatenate([image[None], inner, outer[None]])
        with torch.no_grad():
            parts = [
                features(features.tensor(points[i : i + 50])) for i in range(0, len(points), 50)
            ]
        given = torch.cat(parts).double().cpu().numpy()
        fitted = _widest(given[:-1], given[-1])
        if fitted is not None:
            return fitted
    return None


def _widest(
    inner: Float64[np.ndarray, "i f"], outer: Float64[np.ndarray, " f"]
) -> Float64[np.ndarray, " g"] | None:
    """The read-out with the widest margin between the outer point and the inner ones, or None."""
    middle, spread = inner.mean(axis=0), inner.std() + 1e-12
    below, above = (inner - middle) / spread, (outer - middle) / spread
    if not np.isfinite(below).all() or not np.isfinite(above).all():
        return None
    faces = np.vstack([-below, above])
    faces = np.hstack([faces, np.append(-np.ones(len(below)), 1.0)[:, None]])
    found = nearest_in_polyhedron(faces, np.ones(len(faces)), "l2")
    if found is None or (faces @ found < 0.5).any():
        return None
    weights = found[:-1] / spread
    return np.append(weights, found[-1] - weights @ middle)


def _inside(
    image: np.ndarray, budget: Budget, count: int, *, stream: np.random.Generator
) -> FloatImages:
    shape = (count, *image.shape)
    if budget.norm == "linf":
        change = stream.uniform(-1, 1, shape)
    else:
        change = _on_sphere(stream.normal(size=shape), budget)
    return (image + SHELL * budget.size * change).clip(0, 1).astype(np.float32)


def _edge(image: np.ndarray, budget: Budget, *, stream: np.random.Generator) -> np.ndarray:
    """A point as far away as the budget allows: in linf a corner, with signs that have room."""
    if budget.norm == "linf":
        change = stream.choice([-1.0, 1.0], size=image.shape)
        stuck = (image + budget.size * change).clip(0, 1) == image
        change = np.where(stuck, -change, change)
    else:
        change = _on_sphere(stream.normal(size=(1, *image.shape)), budget)[0]
    return (image + budget.size * change).clip(0, 1).astype(np.float32)


def _on_sphere(drawn: np.ndarray, budget: Budget) -> np.ndarray:
    order = 2 if budget.norm == "l2" else 1
    flat = drawn.reshape(len(drawn), -1)
    return (flat / np.linalg.norm(flat, order, axis=1, keepdims=True)).reshape(drawn.shape)


class _Binary(nn.Module):
    """Two scores: "as it was", and "planted"; each picture is read by its original's read-out."""

    def __init__(
        self, features: _Features, planted: Shown, weights: np.ndarray, biases: np.ndarray
    ) -> None:
        super().__init__()
        self.features, self.norm = features, planted.budget.norm
        self.originals = features.tensor(planted.images).flatten(1)
        self.weights = torch.from_numpy(weights).to(self.originals)
        self.biases = torch.from_numpy(biases).to(self.originals)
        # So that the room of attacks knows where and how precisely this is computed.
        self.register_buffer("home", self.biases[:1].clone())

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores (m, 2)."""
        order = {"linf": torch.inf, "l2": 2.0, "l1": 1.0}[self.norm]
        with torch.no_grad():
            flat = pictures.detach().to(self.originals).flatten(1)
            whose = torch.cdist(flat, self.originals, p=order).argmin(dim=1)
        score = (self.features(pictures) * self.weights[whose]).sum(dim=1) + self.biases[whose]
        return torch.stack([-score, score], dim=1)


@dataclass(frozen=True)
class _Asked:
    """The two-class module behind the door of a classifier."""

    module: _Binary
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        levels = images if images.dtype == np.float32 else images / np.float32(255)
        with torch.no_grad():
            scores = self.module(self.module.features.tensor(levels.astype(np.float32)))
        return scores.float().cpu().numpy()
