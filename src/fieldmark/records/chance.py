"""Chance: every random number comes from (run seed, what for, example id), never from global state.

So the picture of one example is the same whatever the batch, the order, the shard or the machine.
"""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from fieldmark.records.arrays import Seeds


def seed_of(seed: int, *names: str) -> int:
    """A 64-bit seed for one use, from the run's seed and the names of the use.

    Example:
        >>> seed_of(0, "fog@3", "img-7") == seed_of(0, "fog@3", "img-7")
        True
        >>> seed_of(0, "ab", "c") == seed_of(0, "a", "bc")
        False
    """
    text = "\0".join((str(seed), *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def example_seeds(ids: Iterable[str], name: str, seed: int) -> Seeds:
    """One 64-bit seed per example, uint64 (n,), for the use ``name`` in the run ``seed``.

    Example:
        >>> both = example_seeds(["a", "b"], "fog@3", 0)
        >>> bool(both[1] == example_seeds(["b"], "fog@3", 0)[0])
        True
    """
    return np.array([seed_of(seed, name, one) for one in ids], dtype=np.uint64)


def generator(seed: int | np.uint64) -> np.random.Generator:
    """The stream of random numbers that belongs to ``seed`` (PCG-64).

    Example:
        >>> float(generator(3).random()) == float(generator(3).random())
        True
    """
    return np.random.Generator(np.random.PCG64(int(seed)))
