"""Recipes: how each subject is made, down to its seed. The digits' own are listed at the end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Literal

from fieldmark.records import ConfigError, fingerprint
from fieldmark.training.fitting import FitSettings

RECIPE_VERSION = 1
"""Goes up when the same recipe would make another classifier; what was kept is then made anew."""


@dataclass(frozen=True)
class Guess:
    """No training: random scores, the same for the same picture."""


@dataclass(frozen=True)
class Nearest:
    """The class of the nearest training image."""


@dataclass(frozen=True)
class Forest:
    """A random forest on pixels, each split among a random square root of them."""

    trees: int = 100


@dataclass(frozen=True)
class Svm:
    """A support vector machine with a radial kernel, as wide as the pixels' variance says."""

    penalty: float = 5.0


@dataclass(frozen=True)
class Ridge:
    """Ridge regression onto the classes, from pixels or from random features of them.

    Args:
        features: ReLU units with random weights that are never trained; 0 regresses on pixels.
        penalty: Penalty on the weights (see ``regress``).
    """

    features: int = 0
    penalty: float = 0.001


@dataclass(frozen=True)
class Network:
    """A net fitted by gradient descent.

    Args:
        kind: "mlp" or "convnet".
        sizes: Units of each hidden layer, or filters of each stage.
        dropout: Share dropped, convolutional nets only.
        fit: How it is fitted.
    """

    kind: str
    sizes: tuple[int, ...]
    dropout: float = 0.0
    fit: FitSettings = field(default_factory=FitSettings)

    def __post_init__(self) -> None:
        if self.kind not in ("mlp", "convnet"):
            raise ConfigError(f"a net is an 'mlp' or a 'convnet', not a {self.kind!r}")


@dataclass(frozen=True)
class Voting:
    """The k nearest neighbours, k found by leaving out each example in turn.

    Args:
        candidates: Which k are tried.
    """

    candidates: tuple[int, ...] = (1, 3, 5, 9, 15, 25)


@dataclass(frozen=True)
class Closed:
    """Ridge regression on features that nobody trains, its penalty found by leave-one-out.

    Args:
        features: What it regresses on: pixels, random ReLU units of them, patches under a kernel,
            or wavelet scattering.
        size: How many random units, or anchors among patches.
    """

    features: Literal["pixels", "random", "patches", "scattering"]
    size: int = 0


Method = Guess | Nearest | Forest | Svm | Ridge | Network | Voting | Closed


@dataclass(frozen=True)
class Recipe:
    """How one subject is made.

    Args:
        name: Its printed name.
        family: The kind of model; figures are coloured by it.
        training: How it is fitted, in words for its card.
        method: How it is fitted, in numbers.
        share: Share of the training examples that it sees, of each class alike, in (0, 1].
        intervention: What is done to make it robust; "" for a standard model.
        seed: Where everything random in it comes from.

    Raises:
        ConfigError: The share or the seed is out of its range.

    Example:
        >>> forest = Recipe("forest", "trees", "50 trees on pixels", Forest(trees=50))
        >>> forest.fingerprint("some content") == forest.fingerprint("other content")
        False
    """

    name: str
    family: str
    training: str
    method: Method
    share: float = 1.0
    intervention: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 or self.seed < 0:
            raise ConfigError(
                f"{self.name}: share must be in (0, 1] and seed >= 0, "
                f"got {self.share} and {self.seed}"
            )

    @property
    def effort(self) -> float:
        """How long it takes to make, compared with others: measured in seconds, roughly."""
        match self.method:
            case Network(sizes=sizes, fit=fit):
                passes = fit.epochs * (1 + (fit.steps if fit.epsilon else 0))
                return (
                    0.02
                    * passes
                    * self.share
                    * (sum(sizes) if self.method.kind == "convnet" else 4)
                )
            case Forest():
                return 6.0
            case Svm() | Closed():
                return 4.0
            case _:
                return 0.5

    def fingerprint(self, content: str) -> str:
        """16 hexadecimal digits of all that decides its answers, trained on examples ``content``.

        Words do not count: a recipe may be described better without being made anew.
        """
        method = (type(self.method).__name__, asdict(self.method))
        return fingerprint(RECIPE_VERSION, method, self.share, self.seed, content)


def digit_recipes() -> Mapping[str, Recipe]:
    """The recipes of the built-in subjects, by name, for 28×28 grey digits.

    They span the kinds of model that people compare (neighbours, trees, kernels, linear models,
    multilayer perceptrons, convolutional nets), and seven variations of one net, ``cnn-medium``,
    each of which changes one thing. All together they train in a minute and a quarter on one core.

    Example:
        >>> digit_recipes()["cnn-medium-noise"].intervention
        'Gaussian noise'
    """
    return MappingProxyType({recipe.name: recipe for recipe in (*_SIMPLE, *_NETS, *_VARIATIONS)})


_CYCLE = "cross entropy, AdamW, one cycle of the learning rate"

_SIMPLE = (
    Recipe("chance", "chance", "none: it guesses", Guess()),
    Recipe("nearest-neighbour", "nearest neighbours", "Euclidean distance of pixels", Nearest()),
    Recipe("random-forest", "trees", "100 trees on pixels", Forest()),
    Recipe("rbf-svm", "kernels", "support vector machine, radial kernel on pixels, C = 5", Svm()),
    Recipe("ridge", "linear", "ridge regression on pixels", Ridge()),
    Recipe(
        "random-features",
        "kernels",
        "ridge regression on 1,500 random ReLU features of the pixels",
        Ridge(features=1500, penalty=0.00001),
    ),
)

_NETS = (
    Recipe(
        "linear",
        "linear",
        f"logistic regression on pixels: {_CYCLE}",
        Network("mlp", (), fit=FitSettings(rate=0.002)),
    ),
    Recipe("mlp-small", "multilayer perceptron", _CYCLE, Network("mlp", (64,))),
    Recipe("mlp-large", "multilayer perceptron", _CYCLE, Network("mlp", (512, 256))),
    Recipe("cnn-small", "convolutional net", _CYCLE, Network("convnet", (6, 12))),
    Recipe("cnn-medium", "convolutional net", _CYCLE, Network("convnet", (12, 24))),
    Recipe(
        "cnn-large",
        "convolutional net",
        _CYCLE,
        Network("convnet", (24, 48), fit=FitSettings(epochs=6)),
    ),
)

_VARIATIONS = (
    Recipe(
        "cnn-medium-dropout",
        "convolutional net",
        f"{_CYCLE}; 40 % dropout before and after the hidden layer",
        Network("convnet", (12, 24), dropout=0.4),
    ),
    Recipe(
        "cnn-medium-half",
        "convolutional net",
        f"{_CYCLE}; half of the examples, as many steps",
        Network("convnet", (12, 24), fit=FitSettings(epochs=16)),
        share=0.5,
    ),
    Recipe(
        "cnn-medium-quarter",
        "convolutional net",
        f"{_CYCLE}; a quarter of the examples, as many steps",
        Network("convnet", (12, 24), fit=FitSettings(epochs=32)),
        share=0.25,
    ),
    Recipe(
        "cnn-medium-augmented",
        "convolutional net",
        f"{_CYCLE}; each image turned by up to 15°, scaled by up to 15 % and moved by up to 10 %",
        Network("convnet", (12, 24), fit=FitSettings(epochs=10, augment=True)),
        intervention="augmentation",
    ),
    Recipe(
        "cnn-medium-noise",
        "convolutional net",
        f"{_CYCLE}; Gaussian noise of standard deviation 0.3 on every pixel",
        Network("convnet", (12, 24), fit=FitSettings(noise=0.3)),
        intervention="Gaussian noise",
    ),
    Recipe(
        "cnn-medium-adversarial",
        "convolutional net",
        f"{_CYCLE}; on the worst image that 3 steps find within 0.25 of each pixel (Linf)",
        Network("convnet", (12, 24), fit=FitSettings(epsilon=0.25, steps=3)),
        intervention="adversarial training",
    ),
)
