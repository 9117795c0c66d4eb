"""From a recipe's method and what it is shown to a classifier; what takes long is kept."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark.models import (
    Chance,
    KernelSvm,
    NearestNeighbour,
    SklearnClassifier,
    TorchClassifier,
    Weights,
    convnet,
    kept_estimator,
    kept_weights,
    mlp,
)
from fieldmark.records import Classifier, ModelCard, seed_of
from fieldmark.training.baselines import solve, vote
from fieldmark.training.fitting import fit
from fieldmark.training.recipes import (
    Closed,
    Forest,
    Guess,
    Method,
    Nearest,
    Network,
    Recipe,
    Ridge,
    Svm,
    Voting,
)
from fieldmark.training.regression import regress
from fieldmark.training.shown import Shown

if TYPE_CHECKING:
    import torch

Watch = Callable[[int, int], None]
"""Told (done, in all): epochs of a net, 1 of 1 for what is made in one go."""


@dataclass(frozen=True)
class Place:
    """Where what was trained is kept, and the fingerprint that it is kept under."""

    folder: Path
    name: str
    mark: str

    def file(self, ending: str) -> Path:
        """The path of a file with this ending."""
        return self.folder / f"{self.name}-{self.mark}.{ending}"


def make(recipe: Recipe, shown: Shown, card: ModelCard, place: Place, watch: Watch) -> Classifier:
    """The classifier that a recipe makes of what it is shown, or the same one as it was kept.

    Args:
        recipe: How it is made.
        shown: What it is trained on.
        card: Its card, but for the number of parameters.
        place: Where it is kept.
        watch: Told how far the training is; not called when it was kept.

    Raises:
        ModelError: Training collapsed, or the result cannot be kept.
    """
    method = recipe.method
    match method:
        case Guess():
            return Chance(card, recipe.seed)
        case Nearest():
            return NearestNeighbour(shown.images, shown.labels, card)
        case Forest():
            return SklearnClassifier(_estimator(recipe, shown, place, watch), card)
        case Svm():
            return KernelSvm(_estimator(recipe, shown, place, watch), card)
        case Voting():
            return vote(shown, card, place.file("safetensors"), place.mark, method)
        case Closed():
            file = place.file("safetensors")
            return solve(recipe, shown, card, file, place.mark, watch)
        case Ridge() | Network():
            return _net_classifier(recipe, method, shown, card, place, watch)


def _estimator(recipe: Recipe, shown: Shown, place: Place, watch: Watch) -> Any:  # noqa: ANN401
    def train() -> Any:  # noqa: ANN401  a scikit-learn estimator
        fitted = _unfitted(recipe.method, recipe.seed).fit(shown.flat, shown.labels)
        watch(1, 1)
        return fitted

    return kept_estimator(place.file("skops"), place.mark, train)


def _unfitted(method: Method, seed: int) -> Any:  # noqa: ANN401  a scikit-learn estimator
    if isinstance(method, Forest):
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(method.trees, max_features="sqrt", random_state=seed)
    from sklearn.svm import SVC

    assert isinstance(method, Svm)
    return SVC(C=method.penalty, kernel="rbf", gamma="scale")


def _net_classifier(
    recipe: Recipe,
    method: Ridge | Network,
    shown: Shown,
    card: ModelCard,
    place: Place,
    watch: Watch,
) -> TorchClassifier:
    import torch

    generator = torch.Generator().manual_seed(seed_of(recipe.seed, "weights") >> 1)
    net = _untrained(method, shown, len(card.classes), generator)
    trained = net[-1:] if isinstance(method, Ridge) else net

    def train() -> Weights:
        if isinstance(method, Ridge):
            regress(net, shown.images, shown.labels, penalty=method.penalty)
            watch(1, 1)
        else:
            fit(net, shown.images, shown.labels, method.fit, generator=generator, watch=watch)
        return {name: value.numpy() for name, value in net.state_dict().items()}

    weights = kept_weights(place.file("safetensors"), place.mark, train)
    net.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    parameters = sum(numbers.numel() for numbers in trained.parameters())
    return TorchClassifier(net, replace(card, parameters=parameters))


def _untrained(
    method: Ridge | Network, shown: Shown, classes: int, generator: "torch.Generator"
) -> "torch.nn.Sequential":
    if isinstance(method, Ridge):
        widths = (method.features,) if method.features else ()
        return mlp(shown.frame, widths, classes, generator=generator)
    if method.kind == "mlp":
        return mlp(shown.frame, method.sizes, classes, generator=generator)
    return convnet(shown.frame, method.sizes, classes, dropout=method.dropout, generator=generator)
