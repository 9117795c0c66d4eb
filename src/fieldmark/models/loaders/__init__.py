"""Loaders: other people's models by name, file or address. Each file knows one kind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from fieldmark.models.loaders.architectures import names_of
from fieldmark.models.loaders.asked import COMMON, Asked
from fieldmark.models.loaders.counting import counted_architectures
from fieldmark.models.loaders.endpoints import from_endpoint
from fieldmark.models.loaders.hf_models import from_hf
from fieldmark.models.loaders.onnx_models import from_onnx
from fieldmark.models.loaders.placed_subjects import as_asked
from fieldmark.models.loaders.pt2_models import from_pt2
from fieldmark.models.loaders.published_nets import from_file, from_library
from fieldmark.models.loaders.zero_shot import from_openclip
from fieldmark.records import Subject, UnknownNameError

LOADERS: Mapping[str, Callable[[Asked], Subject]] = MappingProxyType(
    {
        "timm": from_library,
        "torchvision": from_library,
        "hf": from_hf,
        "openclip": from_openclip,
        "onnx": from_onnx,
        "pt2": from_pt2,
        "safetensors": from_file,
        "weights": from_file,
        "http": from_endpoint,
        "https": from_endpoint,
    }
)
"""What stands before the colon."""


def subject(text: str, *, base: Path = Path(), cache: Path = Path(), token: str = "") -> Subject:
    """The subject that ``loader:PLACE?key=value`` asks for.

    Args:
        text: What was typed.
        base: The folder that relative paths start from.
        cache: Where what takes long may be kept.
        token: What an endpoint is shown to let us in.

    Raises:
        UnknownNameError: No such loader, model or option.
        ConfigError: An option cannot be read. ModelError: The model cannot be used.
    """
    asked = Asked.read(text, base=base, cache=cache, token=token)
    if asked.loader not in LOADERS:
        raise UnknownNameError("loader", asked.loader, LOADERS)
    return as_asked(LOADERS[asked.loader](asked), asked)


__all__ = ["COMMON", "LOADERS", "Asked", "as_asked", "counted_architectures", "names_of", "subject"]
