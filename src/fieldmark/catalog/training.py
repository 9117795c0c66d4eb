"""Trainings by name: the small nets there are, the methods, and which number each method takes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from fieldmark import training
from fieldmark.catalog.tables import Entry
from fieldmark.models import Blueprint
from fieldmark.records import Budget, ConfigError, UnknownNameError

ARCHITECTURES: Mapping[str, Entry[Blueprint]] = MappingProxyType(
    {
        "linear": Entry("no hidden layer", Blueprint("mlp")),
        "mlp-small": Entry("one hidden layer of 64", Blueprint("mlp", (64,))),
        "mlp-large": Entry("hidden layers of 512 and 256", Blueprint("mlp", (512, 256))),
        "cnn-small": Entry("3×3 convolutions, 6 and 12 filters", Blueprint("convnet", (6, 12))),
        "cnn-medium": Entry("3×3 convolutions, 12 and 24 filters", Blueprint("convnet", (12, 24))),
        "cnn-large": Entry("3×3 convolutions, 24 and 48 filters", Blueprint("convnet", (24, 48))),
        "cnn-strided": Entry(
            "4×4 convolutions of stride 2, 16 and 32 filters, 100 hidden units: the net of the "
            "published fast adversarial training on MNIST",
            Blueprint("strided", (16, 32, 100)),
        ),
    }
)
"""The nets that can be trained by name."""

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "standard": "cross entropy",
        "noise": "cross entropy under Gaussian noise",
        "pgd": "on the worst image that a few steps find",
        "fast": "on the image that one step from a random start finds",
        "free": "each batch several times, image and weights moving together",
        "trades": "cross entropy, and telling an image not apart from its neighbours",
    }
)
"""The ways to train by name."""

_OF_THEIR_OWN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "standard": {},
        "noise": {"noise": "noise"},
        "pgd": {"eps": "epsilon", "steps": "steps", "step": "step"},
        "fast": {"eps": "epsilon", "step": "step", "random_start": "start"},
        "free": {"eps": "epsilon", "replays": "replays"},
        "trades": {"eps": "epsilon", "beta": "beta", "steps": "steps", "step": "step"},
    }
)
_MAKERS = MappingProxyType(
    {
        "pgd": training.Pgd,
        "fast": training.Fast,
        "free": training.Free,
        "trades": training.Trades,
    }
)


@dataclass(frozen=True)
class Wish:
    """What somebody asks of a method; None takes the method's own.

    Args:
        eps: Radius, as "0.3" or "77/255".
        step: Length of a step, likewise.
        steps: Steps of the search.
        beta: Weight of the divergence.
        replays: How often each batch is taken.
        noise: Standard deviation of the noise on the pixels.
        random_start: False starts the single step from the picture itself.
    """

    eps: str | None = None
    step: str | None = None
    steps: int | None = None
    beta: float | None = None
    replays: int | None = None
    noise: float | None = None
    random_start: bool | None = None


def architecture(name: str) -> Blueprint:
    """The net called ``name``.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in ARCHITECTURES:
        raise UnknownNameError("architecture", name, ARCHITECTURES)
    return ARCHITECTURES[name].make


def plan(method: str, wish: Wish, **loop: Any) -> training.Plan:  # noqa: ANN401  numbers and words
    """The plan of a training by the name of its method.

    Args:
        method: Its name.
        wish: What is asked of it.
        loop: What is asked of the loop, as ``training.Plan`` takes it.

    Raises:
        UnknownNameError: No such method.
        ConfigError: The method lacks a number, does not take one, or one is out of its range.

    Example:
        >>> plan("fast", Wish(eps="77/255"), epochs=2).objective.epsilon * 255
        77.0
        >>> plan("fast", Wish(eps="8"))
        Traceback (most recent call last):
        ...
        fieldmark.records.errors.ConfigError: eps is in pixel units, from 0 to 1, and 8 is not; \
did you mean 8/255?
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    own = _OF_THEIR_OWN[method]
    asked = {one.name: getattr(wish, one.name) for one in fields(wish)}
    asked = {name: value for name, value in asked.items() if value is not None}
    for name in asked:
        if name not in own:
            fit = [other for other, takes in _OF_THEIR_OWN.items() if name in takes]
            raise ConfigError(f"{name} is for {' and '.join(fit)}; {method} does not take it")
    for name in ("eps", "noise"):
        if name in own and name not in asked:
            example = "eps 0.3 or 77/255" if name == "eps" else "noise 0.3"
            raise ConfigError(f"{method} needs its {name}, such as {example}")
    if method == "noise":
        return training.Plan(noise=asked["noise"], **loop)
    if method == "standard":
        return training.Plan(**loop)
    taken = {own[name]: _number(name, value) for name, value in asked.items()}
    return training.Plan(_MAKERS[method](**taken), **loop)


def _number(name: str, value: object) -> object:
    """A size in pixel units from "0.3" or "77/255"; anything else as it is."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > 40:
        raise ConfigError(f"{name} is a number such as 0.3 or 77/255, not {text[:40]!r}…")
    try:
        return Budget.parse("linf", text).size
    except ConfigError as error:
        raise ConfigError(
            f"{name}: {text!r} is no number in pixel units; write 0.3 or 8/255"
        ) from error
