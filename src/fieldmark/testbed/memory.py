"""Memory: what a model takes of it, how much there is, and what to do when it is not enough."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from fieldmark.records import Classifier, ConfigError, GradientClassifier, Images

_GIB = 2**30
_SAYINGS = (
    "out of memory",  # torch on a GPU, under its many names
    "not enough memory",  # torch on Windows
    "can't allocate memory",  # torch on a processor
    "failed to allocate memory",  # onnxruntime
    "cublas_status_alloc_failed",
    "std::bad_alloc",
)
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_USED = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def is_out_of_memory(error: BaseException) -> bool:
    """Was there not enough memory?

    Example:
        >>> is_out_of_memory(MemoryError()), is_out_of_memory(ValueError("no such class"))
        (True, False)
        >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"))
        True
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(one in said for one in _SAYINGS)


def in_pieces(
    ask: Callable[[Images], np.ndarray], images: Images, halved: Callable[[int], None]
) -> np.ndarray:
    """``ask(images)``, asked in halves, and halves of halves, where the whole does not fit.

    Args:
        ask: From some images to a row of numbers each.
        images: What is asked about.
        halved: Told the size of a half before it is asked about.

    Raises:
        Exception: Whatever ``ask`` raises, where it is something else, or one image is too many.

    Example:
        >>> def small(images):
        ...     if len(images) > 2:
        ...         raise MemoryError
        ...     return images.mean(axis=(1, 2))
        >>> sizes = []
        >>> in_pieces(small, np.zeros((5, 4, 4, 1), np.float32), sizes.append).shape, sizes
        ((5, 1), [3, 2])
    """
    try:
        return ask(images)
    except Exception as error:
        if len(images) < 2 or not is_out_of_memory(error):
            raise
    # Out here the error is gone, and with it everything that its frames held on to.
    give_back()
    half = (len(images) + 1) // 2
    halved(half)
    return np.concatenate([in_pieces(ask, some, halved) for some in (images[:half], images[half:])])


def give_back() -> None:
    """Give the memory of a GPU that nothing is kept in back to whoever wants it."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.empty_cache()


def weight(classifier: Classifier) -> int:
    """Bytes that a classifier takes while nobody asks it, as far as can be told.

    Example:
        >>> from fieldmark.models import TorchClassifier
        >>> from fieldmark.records import ModelCard
        >>> card = ModelCard("flat", "linear", "you", "MIT", "untrained")
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 10))
        >>> weight(TorchClassifier(net, card))
        10280
    """
    if isinstance(classifier, GradientClassifier) and isinstance(
        classifier.module, torch.nn.Module
    ):
        held = [*classifier.module.parameters(), *classifier.module.buffers()]
        return sum(one.numel() * one.element_size() for one in held)
    return 4 * classifier.card.parameters


def room_for_weights(memory: float, device: str = "cpu") -> int:
    """Bytes that the weights of models loaded at the same time may take.

    Args:
        memory: GiB that somebody allowed; 0 takes half of what is free, since pictures and what
            nets work out on the way need room too.
        device: Where the models are to be, such as "cpu", "auto" or "cuda:1".
    """
    if memory:
        return int(memory * _GIB)
    kind, _, number = device.partition(":")
    if kind in ("cuda", "auto") and int(number or 0) < torch.cuda.device_count():
        return int(torch.cuda.mem_get_info(int(number or 0))[0]) // 2
    return free_memory() // 2


def refuse_absent(device: str) -> None:
    """Nothing where this machine has the device; else every cell would fail for want of it.

    Raises:
        ConfigError: It has not.
    """
    if device in ("auto", "cpu"):
        return
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # torch says it in many ways
        said = str(error).split("\n")[0].rstrip(".")
        raise ConfigError(f"no device {device} here ({said}); write auto or cpu") from None


def free_memory() -> int:
    """Bytes of main memory that this process could still take."""
    free = [_available()]
    for limit, used in zip(_LIMITS, _USED, strict=True):
        most, taken = _number(limit), _number(used)
        if most is not None and taken is not None:
            free.append(max(0, most - taken))
    return min(free)


def _available() -> int:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(one.split()[1]) * 1024 for one in lines if one.startswith("MemAvailable"))
    except (OSError, StopIteration):  # pragma: no cover  (systems without it)
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" in names:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        return 4 * _GIB


def _number(file: str) -> int | None:
    try:
        return int(Path(file).read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such limit, or "max"
        return None
