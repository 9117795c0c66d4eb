"""Fingerprints: the same content gives the same 16 hexadecimal digits, on every machine."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np


def fingerprint(*parts: object) -> str:
    """16 hexadecimal digits (64 bits) of the content of ``parts``.

    Args:
        parts: Text, bytes, numbers, None, arrays (dtype, shape and values count), and mappings or
            sequences of these. The order of a mapping's keys does not matter.

    Raises:
        TypeError: For anything else; a fingerprint of an address would change with every run.

    Example:
        >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
        True
        >>> fingerprint(np.zeros(3, np.uint8)) == fingerprint(np.zeros(3, np.float32))
        False
    """
    hasher = blake2b(digest_size=8)
    for part in parts:
        _feed(hasher, part)
    return hasher.hexdigest()


def _feed(hasher: "blake2b", part: object) -> None:
    if isinstance(part, bytes):
        hasher.update(b"b%d:" % len(part) + part)
    elif isinstance(part, np.ndarray) and part.dtype != object:
        hasher.update(f"a{part.dtype.str}{part.shape}:".encode())
        hasher.update(np.ascontiguousarray(part).tobytes())
    else:
        text = json.dumps(part, sort_keys=True, default=_plain, ensure_ascii=False)
        hasher.update(f"j{len(text)}:{text}".encode())


def _plain(part: object) -> Any:  # noqa: ANN401  json wants whatever it can write
    if isinstance(part, np.generic):
        return part.item()
    if isinstance(part, np.ndarray | bytes):
        return {"fingerprint": fingerprint(part)}
    if isinstance(part, Mapping):
        return dict(part)
    raise TypeError(f"a {type(part).__name__} has no fingerprint")
