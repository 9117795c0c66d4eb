"""Baselines for any data set: classical models fitted in closed form, and how much was tried."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fieldmark.models import (
    Neighbours,
    TorchClassifier,
    Weights,
    all_patches,
    best_k,
    kept_weights,
    patch_kernel,
    random_features,
    scattering,
)
from fieldmark.records import ModelCard, seed_of
from fieldmark.training.closed_form import PENALTIES, regressed
from fieldmark.training.recipes import Closed, Forest, Recipe, Voting
from fieldmark.training.shown import Shown

if TYPE_CHECKING:
    from pathlib import Path

    import torch

_AT_ONCE = 128
_SHARPNESS = 2.0

BASELINES: Mapping[str, Recipe] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            Recipe("knn", "nearest neighbours", "Euclidean distance of pixels", Voting()),
            Recipe("linear", "linear", "ridge regression on pixels", Closed("pixels")),
            Recipe(
                "random-features",
                "kernels",
                "ridge regression on 2,000 random ReLU features of the pixels",
                Closed("random", 2000),
            ),
            Recipe(
                "conv-kernel",
                "convolutional kernels",
                "kernel ridge regression, patches of 5×5 compared by a Gaussian-like kernel near "
                "256 of them, summed up in 4×4 cells",
                Closed("patches", 256),
            ),
            Recipe(
                "scattering",
                "scattering",
                "ridge regression on wavelet scattering of two orders, 8 angles",
                Closed("scattering"),
            ),
            Recipe("forest", "trees", "100 trees on pixels", Forest()),
        )
    }
)
"""The recipes, by name; a name may say how a model is fitted, never to what."""


def vote(shown: Shown, card: ModelCard, file: "Path", mark: str, method: Voting) -> Neighbours:
    """Nearest neighbours; how many vote is found by leaving out each example in turn."""

    def search() -> Weights:
        some = tuple(k for k in method.candidates if k < len(shown.labels)) or (1,)
        k, right = best_k(shown.images, shown.labels, some, len(card.classes))
        return {"k": np.array(k), "left_out": np.array(right)}

    found = kept_weights(file, mark, search)
    k, tried = int(found["k"].item()), len(method.candidates)
    note = f"k = {k} of {tried} tried, {_left_out(found)}"
    card = replace(card, training=f"{card.training}; {note}")
    return Neighbours(shown.images, shown.labels, k, card)


def solve(
    recipe: Recipe,
    shown: Shown,
    card: ModelCard,
    file: "Path",
    mark: str,
    told: Callable[[int, int], None],
) -> TorchClassifier:
    """A net whose features nobody trains and whose last layer is solved for.

    Raises:
        MissingExtraError: kymatio is not installed, and scattering is asked for.
        ModelError: What was fitted cannot be kept.
    """
    import torch
    from torch import nn

    method = recipe.method
    assert isinstance(method, Closed)
    features = _features(method, recipe.seed, shown)

    def fit() -> Weights:
        rows, scale = _scaled(features, shown, method)
        told(1, 2)
        line = regressed(rows, shown.labels, len(card.classes))
        return {
            "weight": (line.weights / scale[:, None]).T.astype(np.float32),
            "bias": line.bias.astype(np.float32),
            "penalty": np.array(line.penalty),
            "left_out": np.array(line.left_out),
        }

    found = kept_weights(file, mark, fit)
    outputs, inputs = found["weight"].shape
    last = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        last.weight.copy_(torch.tensor(found["weight"]))
        last.bias.copy_(torch.tensor(found["bias"]))
    note = f"penalty {found['penalty'].item():g} of {len(PENALTIES)} tried, {_left_out(found)}"
    card = replace(
        card,
        training=f"{card.training}; {note}",
        parameters=found["weight"].size + found["bias"].size,
    )
    return TorchClassifier(nn.Sequential(features, last), card)


def _left_out(found: Weights) -> str:
    return f"{100 * found['left_out'].item():.2f} % leaving one out; nothing else was searched"


def _features(method: Closed, seed: int, shown: Shown) -> "torch.nn.Module":
    import torch
    from torch import nn

    chance = torch.Generator().manual_seed(seed_of(seed, "features") >> 1)
    if method.features == "random":
        return random_features(shown.frame, method.size, chance)
    if method.features == "patches":
        return patch_kernel(_anchors(shown, method.size, chance), grid=4, sharpness=_SHARPNESS)
    if method.features == "scattering":
        return scattering(shown.frame)
    return nn.Flatten()


def _anchors(shown: Shown, count: int, chance: "torch.Generator") -> "torch.Tensor":
    """Patches at random, the more contrast the likelier: most of a digit's are blank."""
    import torch

    from fieldmark.training.changes import as_batch

    size = min(5, *shown.frame[:2])
    some = torch.randperm(len(shown.labels), generator=chance)[:512].sort().values.numpy()
    patches = all_patches(as_batch(shown.images[some]), size)
    contrast = patches.flatten(1).std(1)
    if not bool((contrast > 0).any()):
        contrast = torch.ones_like(contrast)
    several = torch.randperm(len(patches), generator=chance)[: 1 << 20]
    weights = contrast[several].double()
    drawn = torch.multinomial(
        weights, min(count, int((weights > 0).sum())), replacement=False, generator=chance
    )
    return patches[several[drawn]]


def _scaled(
    features: "torch.nn.Module", shown: Shown, method: Closed
) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, d) over their scale, and the scale (d,): 1 but for wavelets.

    Wavelets of second order are a hundred times weaker than the mean, and say more.
    """
    import torch

    from fieldmark.training.changes import as_batch

    with torch.inference_mode():
        parts = [
            features(as_batch(shown.images[at : at + _AT_ONCE])).numpy()
            for at in range(0, len(shown.labels), _AT_ONCE)
        ]
    rows = np.concatenate(parts)
    if method.features != "scattering":
        return rows, np.ones(rows.shape[1])
    spread = rows.std(0, dtype=np.float64)
    scale = np.sqrt(spread**2 + np.mean(spread**2) * 1e-4) + 1e-12
    return rows / scale.astype(np.float32), scale
