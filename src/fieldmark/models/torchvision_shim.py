"""Torchvision's door: its wheels expect a CUDA build of torch; here they get what they miss.

torchvision's compiled part is linked against CUDA. Beside a torch without it, that part does not
load, and importing torchvision fails on two operators that nobody here calls: they are declared,
and nothing more. Whatever imports torchvision (timm and open_clip do) goes through this file.
"""

from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any, cast

from fieldmark.records import MissingExtraError

_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

_lock = Lock()
_declared: list[Any] = []  # a library that nobody refers to takes its operators with it


def needs_torchvision(library: str, *, extra: str, purpose: str) -> ModuleType:
    """A library that imports torchvision, or torchvision itself, ready for use.

    Args:
        library: Its name for ``import``.
        extra: The extra of Fieldmark that brings it.
        purpose: What it is wanted for, in messages.

    Raises:
        MissingExtraError: It, or torchvision, is not installed.
    """
    with _lock:
        try:
            _torchvision()
            return import_module(library)
        except ModuleNotFoundError as error:
            missing = str(error.name or library).partition(".")[0]
            raise MissingExtraError(missing.replace("_", "-"), extra, purpose) from error


def _torchvision() -> None:
    """Import torchvision; on a torch without its compiled part, declare what it asks for first."""
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if _declared or "torchvision::" not in str(error):
            raise
        import torch

        library: Any = cast(Any, torch.library).Library("torchvision", "DEF")
        for name in _OPERATORS:
            library.define(f"{name}{_SIGNATURE}")
        _declared.append(library)
        _forget("torchvision")
        import_module("torchvision")


def _forget(package: str) -> None:
    """Let what was half imported be imported anew."""
    import sys

    for name in [one for one in sys.modules if one.partition(".")[0] == package]:
        del sys.modules[name]
