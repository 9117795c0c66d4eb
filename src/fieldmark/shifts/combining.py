"""Combining: shifts one after the other, or one of several by the toss of a coin.

What comes back is a shift like any other: seeded per example, the same whatever the batch.
"""

import re
from collections.abc import Sequence
from functools import partial

import numpy as np

from fieldmark.records import ConfigError, Pixels, Seeds, Shift, generator, seed_of
from fieldmark.shifts.pixels import PixelShift


def then(*steps: Shift, name: str = "", severity: int = 1) -> PixelShift:
    """One shift after the other, such as fog and then a JPEG file of the foggy picture.

    Every step draws from a stream of its own, so that a shift may be applied twice.

    Args:
        steps: Two or more, the first first.
        name: What to call it; by default the names and levels of its steps.
        severity: The severity that its name carries.

    Raises:
        ConfigError: There are fewer than two steps.

    Example:
        >>> from fieldmark.shifts import shift
        >>> then(shift("gaussian-noise", 1), shift("jpeg-recoding", 75)).name
        'gaussian-noise-1-then-jpeg-recoding-75'
    """
    if len(steps) < 2:
        raise ConfigError(f"one shift after the other takes two or more, got {len(steps)}")
    settings = {f"step {place}": _described(one) for place, one in enumerate(steps, start=1)}
    called = name or "-then-".join(_short(one) for one in steps)
    return PixelShift(called, severity, settings, partial(_in_turn, steps=steps))


def one_of(choices: Sequence[Shift], *, name: str = "", severity: int = 1) -> PixelShift:
    """For every example one of several shifts, each as likely as any other.

    Args:
        choices: One or more.
        name: What to call it; by default the names and levels of its choices.
        severity: The severity that its name carries.

    Raises:
        ConfigError: There is nothing to choose from.

    Example:
        >>> from fieldmark.shifts import shift
        >>> mixed = one_of([shift("contrast", 3), shift("brightness", 3)], name="light")
        >>> mixed.settings["choice 2"]["shift"]
        'brightness'
    """
    if not choices:
        raise ConfigError("one of several shifts takes at least one, got none")
    settings = {f"choice {place}": _described(one) for place, one in enumerate(choices, start=1)}
    called = name or "-or-".join(_short(one) for one in choices)
    chosen = partial(_each_its_own, choices=tuple(choices))
    return PixelShift(called, severity, settings, chosen)


def _in_turn(images: Pixels, seeds: Seeds, *, steps: tuple[Shift, ...]) -> Pixels:
    for place, step in enumerate(steps, start=1):
        images = step.apply(images, _own_seeds(seeds, f"step {place}"))
    return images


def _each_its_own(images: Pixels, seeds: Seeds, *, choices: tuple[Shift, ...]) -> Pixels:
    drawn = [int(generator(seed).integers(len(choices))) for seed in _own_seeds(seeds, "choice")]
    chosen = np.array(drawn, dtype=np.int64)
    result = np.empty(images.shape, dtype=np.uint8)
    for place, choice in enumerate(choices):
        rows = np.flatnonzero(chosen == place)
        if len(rows):
            result[rows] = choice.apply(images[rows], seeds[rows])
    return result


def _own_seeds(seeds: Seeds, use: str) -> Seeds:
    return np.array([seed_of(int(seed), use) for seed in seeds], dtype=np.uint64)


def _described(one: Shift) -> dict[str, object]:
    return {"shift": one.name, "severity": one.severity, "settings": dict(one.settings)}


def _short(one: Shift) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"{one.name}-{one.level}")
