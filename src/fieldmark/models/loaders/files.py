"""Files of weights: read whole, marked by their content, and never allowed to run."""

import zipfile
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark.records import ModelError

if TYPE_CHECKING:
    import torch

_NESTS = ("state_dict", "model_state_dict", "model", "net", "weights", "ema_state_dict")
_COUNTER = "num_batches_tracked"  # old checkpoints lack it, and no answer depends on it
_CHUNK = 1 << 24


def file_mark(path: Path) -> str:
    """16 hexadecimal digits of a file's content, read in pieces.

    Raises:
        ModelError: It cannot be read, or is empty.
    """
    hasher, size = blake2b(digest_size=8), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                hasher.update(piece)
                size += len(piece)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    if not size:
        raise ModelError(f"{path} is empty")
    return hasher.hexdigest()


def read_weights(path: Path) -> "dict[str, torch.Tensor]":
    """The tensors of a .safetensors file, or of a torch checkpoint that holds plain tensors.

    A torch checkpoint is a pickle. It is read by torch's own restricted reader, which builds
    tensors and plain containers and refuses to call anything else.

    Raises:
        ModelError: It cannot be read, is damaged, or holds more than tensors.
    """
    file_mark(path)
    if path.suffix.lower() == ".safetensors":
        return _safetensors(path)
    return _plain(_restricted(path), path)


def _safetensors(path: Path) -> "dict[str, torch.Tensor]":
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise ModelError(f"{path} cannot be read as a .safetensors file: {error}") from error


def _restricted(path: Path) -> Any:  # noqa: ANN401  whatever is in the file
    import pickle

    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} is a pickle that holds more than tensors, and could run any code when it is "
            "opened. Where you trust it, save its weights alone: safetensors.torch.save_file("
            f"torch.load({path.name!r}, weights_only=False).state_dict(), "
            f"{path.with_suffix('.safetensors').name!r})"
        ) from error
    except Exception as error:  # a damaged file breaks wherever it likes
        kind = "a torch archive" if zipfile.is_zipfile(path) else "a torch checkpoint"
        text = " ".join(str(error).split())[:160]
        raise ModelError(f"{path} cannot be read as {kind}: {text}") from error


def _plain(held: Any, path: Path) -> "dict[str, torch.Tensor]":  # noqa: ANN401
    """The state dict in what was read, be it nested in a checkpoint."""
    import torch

    if not isinstance(held, Mapping):
        raise ModelError(f"{path} holds a {type(held).__name__}, not a net's weights by name")
    for nest in _NESTS:
        inner = held.get(nest)
        if isinstance(inner, Mapping) and inner:
            held = inner
            break
    strange = [key for key, value in held.items() if not isinstance(value, torch.Tensor)]
    if strange or not held:
        beside = ", ".join(map(str, strange[:6]))
        raise ModelError(f"{path} holds more than a net's weights by name: {beside or 'nothing'}")
    return {str(key): value for key, value in held.items()}


def fill(
    module: "torch.nn.Module", weights: "Mapping[str, torch.Tensor]", *, path: Path, arch: str
) -> None:
    """Set all of a module's weights, in place, each by its name; nothing may be left over.

    The prefixes that wrapping a net for several devices leaves behind are taken off.

    Raises:
        ModelError: Names or shapes differ; some of them are told.
    """
    own = module.state_dict()
    given = _without_prefix(weights, set(own))
    lacking = [key for key in own if key not in given and not key.endswith(_COUNTER)]
    strange = [key for key in given if key not in own]
    shapes = [
        f"{key} is {_shape(given[key])}, wanted {_shape(own[key])}"
        for key in own
        if key in given and given[key].shape != own[key].shape
    ]
    if lacking or strange or shapes:
        parts = (("it lacks", lacking), ("it has besides", strange), ("", shapes))
        told = "; ".join(_some(head, keys) for head, keys in parts if keys)
        raise ModelError(f"{path} does not hold the weights of {arch}: {told}")
    module.load_state_dict(given, strict=False)  # the counters alone can be lacking


def _without_prefix(
    weights: "Mapping[str, torch.Tensor]", own: set[str]
) -> "dict[str, torch.Tensor]":
    for prefix in ("", "module.", "_orig_mod.", "module._orig_mod.", "model.", "net."):
        if all(key.startswith(prefix) for key in weights):
            named = {key.removeprefix(prefix): value for key, value in weights.items()}
            if prefix == "" and not own & set(named):
                continue
            if own & set(named):
                return named
    return dict(weights)


def _some(head: str, keys: list[str]) -> str:
    more = f" and {len(keys) - 4} more" if len(keys) > 4 else ""
    return f"{head} {', '.join(keys[:4])}{more}".strip()


def _shape(tensor: "torch.Tensor") -> str:
    return "×".join(map(str, tensor.shape)) or "a number"
