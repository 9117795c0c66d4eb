"""Checkpoints: everything that the next step of a training depends on, in one safetensors file.

Weights, what the optimiser remembers, where each stream of random numbers stands, the order of the
pictures in this epoch and the number of the step: a training that goes on from here comes to the
same bits as one that was never stopped. There is no pickle in it, and it is written aside and
renamed, so that a kill at any moment leaves the checkpoint before.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fieldmark.models import write_whole
from fieldmark.records import ConfigError, ModelError, fingerprint
from fieldmark.training.collapse import Look
from fieldmark.training.course import Standing


@dataclass(frozen=True)
class Kept:
    """What a checkpoint says beside its tensors: the settings, and what was seen so far."""

    settings: dict[str, Any]
    looks: tuple[Look, ...]


def save(path: Path, standing: Standing, settings: dict[str, Any], looks: Sequence[Look]) -> None:
    """Keep where a training stands.

    Args:
        path: A .safetensors file, there or not.
        standing: Where it stands.
        settings: All that decides what it comes to, in words and numbers that JSON can say.
        looks: What was seen of it so far.

    Raises:
        ModelError: It cannot be written.
    """
    from safetensors.torch import save as packed

    tensors = {name: value.detach().contiguous().clone() for name, value in _tensors(standing)}
    said = {
        "settings": json.dumps(settings, sort_keys=True),
        "looks": json.dumps([asdict(one) for one in looks]),
        "step": str(standing.step),
        "content": _content(tensors),
    }
    write_whole(path, packed(tensors, metadata=said))


def resume(path: Path, standing: Standing, settings: dict[str, Any]) -> Kept:
    """What was kept, after ``standing`` was brought to where it stood.

    Args:
        path: A file that ``save`` wrote.
        standing: The start of the same training.
        settings: Those of the training that is to go on.

    Raises:
        ModelError: The file cannot be read, or is damaged.
        ConfigError: It is of a training with other settings.
    """
    tensors, said = _read(path)
    try:
        kept = json.loads(said["settings"])
        looks = tuple(Look(**one) for one in json.loads(said["looks"]))
        step, content = int(said["step"]), said["content"]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{path} is no checkpoint of a training: {error}") from error
    refuse_other(path, kept, settings)
    if content != _content(tensors):
        raise ModelError(f"{path} is damaged; remove it, and the training begins anew")
    _restore(standing, tensors, step)
    return Kept(kept, looks)


def refuse_other(path: Path, kept: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Return nothing where what was kept is of a training with the same settings.

    Raises:
        ConfigError: It is not; the first setting that differs is named.
    """
    wanted = json.loads(json.dumps(wanted))
    for name in sorted({*kept, *wanted}):
        one, other = kept.get(name), wanted.get(name)
        if one != other:
            raise ConfigError(
                f"{path} is of another training: {name} is {str(one)[:80]} there and "
                f"{str(other)[:80]} here; use the same settings, or another folder"
            )


def _tensors(standing: Standing) -> Iterator[tuple[str, Tensor]]:
    for name, value in standing.module.state_dict().items():
        yield f"net.{name}", value
    for number, remembered in standing.optimiser.state_dict()["state"].items():
        for name, value in remembered.items():
            yield f"optimiser.{number}.{name}", torch.as_tensor(value)
    for name, chance in _streams(standing):
        yield f"chance.{name}", chance.get_state()
    for name, value in standing.memory.items():
        yield f"memory.{name}", value
    yield "order", standing.order


def _restore(standing: Standing, tensors: dict[str, Tensor], step: int) -> None:
    def within(group: str) -> dict[str, Tensor]:
        return {
            name.removeprefix(f"{group}."): value
            for name, value in tensors.items()
            if name.startswith(f"{group}.")
        }

    standing.module.load_state_dict(within("net"))
    weights = list(standing.module.parameters())
    remembered: dict[int, dict[str, Tensor]] = {}
    for name, value in within("optimiser").items():
        number, _, what = name.partition(".")
        like = weights[int(number)]
        if value.shape == like.shape:  # laid out alike, so that it is rounded alike
            value = torch.empty_like(like, requires_grad=False).copy_(value)
        remembered.setdefault(int(number), {})[what] = value
    groups = standing.optimiser.state_dict()["param_groups"]
    standing.optimiser.load_state_dict({"state": remembered, "param_groups": groups})
    for name, chance in _streams(standing):
        chance.set_state(tensors[f"chance.{name}"])
    standing.memory.update(within("memory"))
    standing.order, standing.step = tensors["order"], step


def _streams(standing: Standing) -> Iterator[tuple[str, torch.Generator]]:
    """Every stream of random numbers, by name: the loop's two, and those of layers such as ours."""
    yield "order", standing.order_chance
    yield "changes", standing.chance
    for name, layer in standing.module.named_modules():
        own = getattr(layer, "generator", None)
        if isinstance(own, torch.Generator):
            yield f"layer.{name}", own


def _content(tensors: dict[str, Tensor]) -> str:
    return fingerprint({name: value.numpy() for name, value in tensors.items()})


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}; remove it, and the training begins anew"
        ) from error
