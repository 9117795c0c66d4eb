"""A user's own model: ``package.module:factory`` names the function that makes it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from inspect import getsource
from pathlib import Path
from types import ModuleType
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


def from_python(spec: str, *, base: Path = Path(), device: str = "cpu") -> Subject:
    """The subject that a function of yours makes.

    The function takes nothing and returns one of

    * a ``Classifier``, used as it is;
    * a ``torch.nn.Module`` from float (n, c, h, w) in [0, 1] to logits (n, k);
    * a fitted scikit-learn classifier of flattened pixels in [0, 1];
    * any callable from float32 images (n, h, w, c) in [0, 1] to scores (n, k).

    The last three may carry ``name``, ``family``, ``classes`` (names in the order of the scores)
    and ``frame`` (height, width, channels). The name is the function's otherwise. The subject's
    fingerprint is of the weights of a torch module, of what a scikit-learn classifier learnt, and
    of the source file for anything else: change what it loads, and change its name.

    Args:
        spec: ``package.module:factory``.
        base: A folder where modules are found besides where Python looks; the current directory.
        device: Where a torch module runs.

    Raises:
        ModelError: There is no such module or function, or it fails, or returns none of these.

    Example:
        >>> from_python("torch.nn:Flatten").load()(np.zeros((2, 2, 2, 1), np.uint8)).shape
        (2, 4)
    """
    home, _, name = spec.partition(":")
    if not home or not name:
        raise ModelError(f"{spec!r} names no factory; write package.module:factory")
    with _findable(base):
        module = _module(home, spec, base)
        made = _call(module, name, spec)
    return _subject(made, module, spec, device)


def _module(home: str, spec: str, base: Path) -> ModuleType:
    try:
        return import_module(home)
    except ModuleNotFoundError as error:
        if error.name and (home == error.name or home.startswith(f"{error.name}.")):
            raise ModelError(
                f"no module called {home!r}, wanted by {spec!r}; looked in {base.resolve()} "
                "and where Python looks"
            ) from error
        raise ModelError(f"{spec}: {home} needs a module that is missing: {error.name}") from error
    except Exception as error:  # a user's module can fail in any way
        raise ModelError(f"{spec}: importing {home} fails: {_short(error)}") from error


def _call(module: ModuleType, name: str, spec: str) -> Any:  # noqa: ANN401  whatever it makes
    factory = getattr(module, name, None)
    if not callable(factory):
        others = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise ModelError(
            f"{module.__name__} has no function {name!r}, wanted by {spec!r}. "
            f"It has: {', '.join(others[:12]) or 'none'}"
        )
    try:
        made = factory()
    except Exception as error:  # a user's function can fail in any way
        raise ModelError(f"{spec} fails: {_short(error)}") from error
    if made is None:
        raise ModelError(f"{spec} returns nothing; a factory returns the model that it makes")
    return made


def _subject(made: Any, module: ModuleType, spec: str, device: str) -> Subject:  # noqa: ANN401
    """``made``, whatever it is, behind the door of ``Classifier``."""
    classifier: Classifier
    source = Path(module.__file__).read_bytes() if module.__file__ else b""
    if isinstance(getattr(made, "card", None), ModelCard) and callable(made):
        classifier, content = made, _content(made, module, otherwise=(spec, source))
    elif _is_torch(made):
        card = _card(made, spec, parameters=sum(one.numel() for one in made.parameters()))
        content = _content(made, module, otherwise=())
        classifier = TorchClassifier(made, card, device)
    elif hasattr(made, "fit") and hasattr(made, "predict"):
        classes = class_names(made, spec)
        content = _content(made, module, otherwise=())
        classifier = SklearnClassifier(made, _card(made, spec, classes=classes))
    elif callable(made):
        content = fingerprint(spec, source)
        classifier = CallableClassifier(made, _card(made, spec))
    else:
        raise ModelError(
            f"{spec} returns a {type(made).__name__}; a factory returns a Classifier, a torch "
            "module, a fitted scikit-learn classifier, or a function from images to scores"
        )
    return Subject(classifier.card.name, content, lambda: classifier)


def _content(made: Any, module: ModuleType, *, otherwise: tuple[str | bytes, ...]) -> str:  # noqa: ANN401
    """The fingerprint of what was learnt; of ``otherwise`` where nothing learnt is in sight."""
    net, estimator = getattr(made, "module", made), getattr(made, "estimator", made)
    if _is_torch(net):
        return _weights(net, module)
    if hasattr(estimator, "classes_"):
        from joblib import hash as digest

        return fingerprint("estimator", digest(estimator))
    return fingerprint(*otherwise)


def _weights(net: "torch.nn.Module", module: ModuleType) -> str:
    """The fingerprint of a net: its printed layers, its weights, and its class if written here."""
    own = type(net).__module__ == module.__name__
    arrays = {key: value.detach().cpu().float().numpy() for key, value in net.state_dict().items()}
    return fingerprint(repr(net), getsource(type(net)) if own else "", arrays)


def _card(
    made: Any,  # noqa: ANN401  whatever the user's function made
    spec: str,
    *,
    classes: tuple[str, ...] = (),
    parameters: int = 0,
) -> ModelCard:
    name = spec.partition(":")[2]
    kind = name if type(made).__name__ == "function" else type(made).__name__
    return ModelCard(
        name=str(getattr(made, "name", name)),
        family=str(getattr(made, "family", kind)),
        source=spec,
        licence="as you obtained it",
        training="trained elsewhere",
        classes=tuple(str(one) for one in getattr(made, "classes", classes)),
        frame=tuple(int(size) for size in getattr(made, "frame", ())),
        parameters=parameters,
    )


def _is_torch(thing: object) -> bool:
    """Is it a torch module? Asked without importing torch: its maker has, if it is one."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(thing, torch.nn.Module)


def _short(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


@contextmanager
def _findable(base: Path) -> Iterator[None]:
    """Python finds modules in the folder ``base``, first, while this lasts."""
    here = str(base.resolve())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)
