"""Subjects by name: the ones trained on the spot, and loaders for anybody's own models."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from fieldmark import datasets, models, training
from fieldmark.catalog.datasets import source
from fieldmark.catalog.loaders import LOADERS
from fieldmark.catalog.places import cache_folder, endpoint_token
from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import ConfigError, Framing, Subject, UnknownNameError

TrainingWatch = Callable[[str, int, int], None]
"""Told of training as it goes: (subject, epochs done, epochs in all)."""


def _digits(name: str, watch: TrainingWatch | None) -> Subject:
    recipe, cache = training.digit_recipes()[name], cache_folder()
    return training.subject(recipe, datasets.mnist_train(), cache=cache, watch=watch)


SUBJECTS: Table[Callable[[TrainingWatch | None], Subject]] = Table(
    "subject",
    "fieldmark.models",
    MappingProxyType(
        {
            name: Entry(about, partial(_digits, name))
            for name, about in {
                "chance": "guesses, always the same for the same image",
                "nearest-neighbour": "the class of the closest training image",
                "linear": "logistic regression on pixels",
                "ridge": "ridge regression on pixels",
                "random-forest": "100 trees on pixels",
                "rbf-svm": "support vectors, Gaussian kernel",
                "random-features": "ridge regression on random features",
                "mlp-small": "one hidden layer",
                "mlp-large": "two wide hidden layers",
                "cnn-small": "a small convolutional net",
                "cnn-medium": "a medium convolutional net: the twin of those below",
                "cnn-large": "a large convolutional net",
                "cnn-medium-dropout": "with dropout",
                "cnn-medium-half": "with half of the training data",
                "cnn-medium-quarter": "with a quarter of the training data",
                "cnn-medium-augmented": "trained on moved, turned and scaled digits",
                "cnn-medium-noise": "trained with Gaussian noise",
                "cnn-medium-adversarial": "trained on its own worst cases (PGD, Linf)",
            }.items()
        }
    ),
)


def subject(
    text: str,
    *,
    name: str = "",
    base: Path = Path(),
    watch: TrainingWatch | None = None,
) -> Subject:
    """The subject that ``text`` names: one of the catalogue, or ``loader:PLACE?key=value``.

    Args:
        text: What was typed.
        name: What it is called here; "" takes its own name.
        base: The folder that relative paths start from, and where modules are looked for.
        watch: Who is told of training.

    Raises:
        UnknownNameError: No such subject or loader.
        ModelError: It cannot be loaded.
    """
    loader, colon, _ = text.partition(":")
    if not colon:
        found = SUBJECTS[text].make(watch)
    elif loader not in LOADERS:
        raise UnknownNameError("loader", loader, LOADERS)
    elif loader == "smoothed":
        found = _smoothed(text.partition(":")[2], base, watch)
    elif loader == "baseline":
        found = _baseline(text, base, watch)
    elif loader in models.LOADERS:
        token = endpoint_token()
        found = models.loaded(text, base=base, cache=cache_folder(), token=token)
    else:
        found = _own(models.Asked.read(text, base=base))
    return replace(found, name=name) if name else found


def _own(asked: models.Asked) -> Subject:
    """A subject of the loaders that take no options of their own."""
    asked.only()
    if asked.loader == "python":
        found = models.from_python(asked.place, base=asked.base)
    elif asked.loader == "trained":
        found = models.from_trained(asked.path)
    else:
        found = models.from_sklearn(asked.path)
    return models.as_asked(found, asked)


def _baseline(text: str, base: Path, watch: TrainingWatch | None) -> Subject:
    """A classical model, fitted to the data set that stands, as it is, behind ``train=``."""
    head, _, train = text.partition("train=")
    asked = models.Asked.read(head.rstrip("?&"), base=base)
    asked.only("share", "seed")
    recipe = training.BASELINES.get(asked.place)
    if recipe is None:
        raise UnknownNameError("baseline", asked.place, training.BASELINES)
    if not train:
        raise ConfigError(
            f"{text[:80]} says not what to fit to; write baseline:{asked.place}?train=DATASET, "
            "the data set last"
        )
    examples = source(train, base=base).examples()
    if examples.reframe is not None:  # what it is tested on is framed as what it was fitted to
        height, width, channels = examples.frame
        examples = examples.framed(Framing(height, width, channels))
    share = asked.numbers("share", (1.0,))[0]
    wanted = replace(recipe, share=share, seed=asked.whole("seed", 0, least=0))
    found = training.subject(wanted, examples, cache=cache_folder(), watch=watch)
    return models.as_asked(replace(found, name=text), asked)


def _smoothed(place: str, base: Path, watch: TrainingWatch | None) -> Subject:
    sigma, _, inside = place.partition(":")
    try:
        noise = float(sigma)
    except ValueError:
        noise = 0.0
    if not inside or not 0 < noise < float("inf"):
        raise ConfigError(
            f"smoothed:{place[:60]} names no noise or no subject; write smoothed:0.25:cnn-small"
        )
    return models.smoothed_subject(subject(inside, base=base, watch=watch), noise)
