"""Trained nets as folders: a card in JSON and weights in safetensors; nothing in them can run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fieldmark.models.blueprints import Blueprint
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.records import FieldmarkError, ModelCard, ModelError, Subject, fingerprint

if TYPE_CHECKING:
    import torch

CARD = "card.json"
"""The file that says what a net is and how it was trained."""

WEIGHTS = "weights.safetensors"
"""The file of its weights."""

_FORMAT = 1


def trained_files(
    module: "torch.nn.Module", blueprint: Blueprint, card: ModelCard, notes: Mapping[str, Any]
) -> dict[str, bytes]:
    """What is to be written for a net, by the name of the file; the card comes last.

    Args:
        module: The net, built from ``blueprint``.
        blueprint: What it can be built from again; with the card's classes and frame.
        card: What it is.
        notes: How it was trained, in words and numbers that JSON can say.
    """
    from safetensors.numpy import save

    weights = {
        name: np.ascontiguousarray(value.detach().cpu().numpy())
        for name, value in module.state_dict().items()
    }
    said = {
        "format": _FORMAT,
        "card": asdict(card),
        "network": asdict(blueprint),
        "weights": fingerprint(weights),
        "notes": dict(notes),
    }
    text = json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False)
    return {WEIGHTS: save(weights), CARD: f"{text}\n".encode()}


def from_trained(folder: str | Path) -> Subject:
    """The subject that ``fieldmark train`` left in a folder; its name is its card's.

    Args:
        folder: Holds ``card.json`` and ``weights.safetensors``.

    Raises:
        ModelError: They are not there, or damaged, or do not belong together.

    Example:
        >>> from_trained("nowhere")
        Traceback (most recent call last):
        ...
        fieldmark.records.errors.ModelError: nowhere holds no trained net: card.json is missing; \
`fieldmark train` makes one
    """
    place = Path(folder).expanduser()
    said = _said(place)
    weights = _weights(place / WEIGHTS)
    if fingerprint(weights) != said.weights:
        raise ModelError(f"{place / WEIGHTS} does not hold the weights that {CARD} tells of")
    mark = fingerprint("trained", asdict(said.blueprint), said.card.frame, weights)

    def load() -> TorchClassifier:
        import torch

        height, width, channels = said.card.frame
        chance = torch.Generator().manual_seed(0)
        module = said.blueprint.build(
            (height, width, channels), len(said.card.classes), generator=chance
        )
        try:
            module.load_state_dict({name: torch.from_numpy(one) for name, one in weights.items()})
        except RuntimeError as error:
            raise ModelError(
                f"the weights in {place} are not those of the net that {CARD} tells of"
            ) from error
        parameters = sum(one.numel() for one in module.parameters())
        return TorchClassifier(module, replace(said.card, parameters=parameters))

    return Subject(said.card.name, mark, load)


@dataclass(frozen=True)
class _Said:
    """What a card file says."""

    card: ModelCard
    blueprint: Blueprint
    weights: str


def _said(place: Path) -> _Said:
    file = place / CARD
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelError(
            f"{place} holds no trained net: {CARD} is missing; `fieldmark train` makes one"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"cannot read {file}: {getattr(error, 'strerror', error)}") from error
    try:
        read = json.loads(text)
        if read["format"] != _FORMAT:
            raise ModelError(f"{file} is of format {read['format']}, and {_FORMAT} is known here")
        classes, frame = map(str, read["card"]["classes"]), map(int, read["card"]["frame"])
        card = {**read["card"], "classes": tuple(classes), "frame": tuple(frame)}
        network = {**read["network"], "sizes": tuple(map(int, read["network"]["sizes"]))}
        said = _Said(ModelCard(**card), Blueprint(**network), str(read["weights"]))
        if len(said.card.frame) != 3 or not said.card.classes:
            raise ModelError(f"{file} does not say the net's frame and classes")
        return said
    except FieldmarkError as error:
        raise ModelError(f"{file} is damaged: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{file} is damaged: {type(error).__name__}: {error}") from error


def _weights(path: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(path.read_bytes())
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
