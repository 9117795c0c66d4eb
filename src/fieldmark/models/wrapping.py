"""Wrapping: whatever somebody calls a model, behind the one door of ``Classifier``."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import getsource
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldmark.models.pixels import unit_pixels
from fieldmark.models.sklearn_classifier import SklearnClassifier, class_names
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.records import (
    Classifier,
    Images,
    Logits,
    ModelCard,
    ModelError,
    Subject,
    fingerprint,
)

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class CallableClassifier:
    """Any function from float32 images in [0, 1], (n, h, w, c), to scores (n, k).

    Args:
        function: Is always given floats, so that both kinds of image get the same scores.
        card: What it is.
    """

    function: Callable[..., Any]
    card: ModelCard

    def __call__(self, images: Images) -> Logits:
        """The function's scores as float32 (n, k)."""
        return np.asarray(self.function(unit_pixels(images)), np.float32)


def subject_of(
    made: Any,  # noqa: ANN401  that is the point
    *,
    name: str = "",
    family: str = "",
    classes: Sequence[str] = (),
    frame: Sequence[int] = (),
    version: str = "",
    otherwise: str = "",
    source: str = "given from Python",
    content: tuple[str | bytes, ...] = (),
    device: str = "cpu",
) -> Subject:
    """The subject that a model is: a torch module, a scikit-learn classifier, or any callable.

    A ``Classifier`` is used as it is. The others may carry ``name``, ``family``, ``classes`` and
    ``frame`` as attributes; what is said here comes first.

    Args:
        made: A ``torch.nn.Module`` from float (n, c, h, w) in [0, 1] to logits (n, k); a fitted
            scikit-learn classifier of flattened pixels in [0, 1]; or any callable from float32
            images (n, h, w, c) in [0, 1] to scores (n, k).
        name: The printed name.
        family: The kind of model.
        classes: Class names in the order of its scores; () for those of the examples.
        frame: (height, width, channels) that it expects; () for any.
        version: Part of the fingerprint, for what decides its answers and cannot be seen.
        otherwise: The name where neither ``name`` nor the model says one.
        source: Where it comes from, for its card.
        content: What decides the answers of a plain callable; () takes its own code.
        device: Where a torch module runs.

    Raises:
        ModelError: It is none of these, or it has no name.

    Example:
        >>> brightness = lambda images: images.mean(axis=(1, 2)).repeat(2, axis=1)
        >>> subject_of(brightness, name="brightness").load().card.family
        'function'
    """
    told = _Told(name, family, tuple(classes), tuple(frame), otherwise, source)
    classifier: Classifier
    if isinstance(getattr(made, "card", None), ModelCard) and callable(made):
        classifier, decisive = made, _decisive(made, content)
    elif _is_torch(made):
        parameters = sum(one.numel() for one in made.parameters())
        classifier = TorchClassifier(made, _card(made, told, parameters=parameters), device)
        decisive = _decisive(made, ())
    elif hasattr(made, "fit") and hasattr(made, "predict"):
        own = class_names(made, told.name or otherwise)
        classifier = SklearnClassifier(made, _card(made, told, classes=own))
        decisive = _decisive(made, ())
    elif callable(made):
        classifier = CallableClassifier(made, _card(made, told))
        decisive = fingerprint(*(content or (_code(made),)))
    else:
        raise ModelError(
            f"{source}: a {type(made).__name__} is no model; one is a Classifier, a torch module, "
            "a fitted scikit-learn classifier, or a function from images to scores"
        )
    if version:
        decisive = fingerprint(decisive, version)
    return Subject(name or classifier.card.name, decisive, _Ready(classifier))


@dataclass(frozen=True)
class _Ready:
    """Loads what is there already."""

    classifier: Classifier

    def __call__(self) -> Classifier:
        return self.classifier


@dataclass(frozen=True)
class _Told:
    """What a user says of a model, beside what it says itself."""

    name: str
    family: str
    classes: tuple[str, ...]
    frame: tuple[int, ...]
    otherwise: str
    source: str


def _decisive(made: Any, otherwise: tuple[str | bytes, ...]) -> str:  # noqa: ANN401
    """The fingerprint of what was learnt; of ``otherwise`` where nothing learnt is in sight."""
    net, estimator = getattr(made, "module", made), getattr(made, "estimator", made)
    if _is_torch(net):
        return _weights(net)
    if hasattr(estimator, "classes_"):
        from joblib import hash as digest

        return fingerprint("estimator", digest(estimator))
    return fingerprint(*(otherwise or (_code(type(made)),)))


def _weights(net: "torch.nn.Module") -> str:
    """The fingerprint of a net: its printed layers, its weights, and its class if not torch's."""
    own = not type(net).__module__.startswith("torch.")
    arrays = {key: value.detach().cpu().float().numpy() for key, value in net.state_dict().items()}
    return fingerprint(repr(net), _code(type(net)) if own else "", arrays)


def _code(thing: Any) -> str:  # noqa: ANN401  a class or anything that can be called
    """Its source, or what was compiled from it where the source is gone, as in a shell."""
    try:
        return getsource(thing)
    except (OSError, TypeError):
        called = getattr(thing, "forward", getattr(thing, "__call__", thing))  # noqa: B004
        code = getattr(thing, "__code__", getattr(called, "__code__", None))
        if code is None:
            return f"{type(thing).__module__}.{type(thing).__qualname__}"
        return f"{code.co_code.hex()} {code.co_names}"


def _card(
    made: Any,  # noqa: ANN401  whatever the user calls a model
    told: _Told,
    *,
    classes: tuple[str, ...] = (),
    parameters: int = 0,
) -> ModelCard:
    name = told.name or str(getattr(made, "name", told.otherwise))
    if not name:
        raise ModelError("a model of yours needs a name; say name=...")
    kind = type(made).__name__
    kind = (told.otherwise or kind) if kind == "function" else kind
    return ModelCard(
        name=name,
        family=told.family or str(getattr(made, "family", kind)),
        source=told.source,
        licence="as you obtained it",
        training="trained elsewhere",
        classes=told.classes or tuple(str(one) for one in getattr(made, "classes", classes)),
        frame=told.frame or tuple(int(size) for size in getattr(made, "frame", ())),
        parameters=parameters,
    )


def _is_torch(thing: object) -> bool:
    """Is it a torch module? Asked without importing torch: its maker has, if it is one."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.nn.Module)
