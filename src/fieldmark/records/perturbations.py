"""Perturbations: a picture played as a sequence of frames, whose content stays while it moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from fieldmark.records.arrays import Pixels, Rows, Seeds
from fieldmark.records.errors import ConfigError
from fieldmark.records.examples import Examples
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.framing import Framing


@runtime_checkable
class Perturbation(Protocol):
    """From a picture to its frames, the same for every model, seeded per picture."""

    @property
    def name(self) -> str:
        """What it is, such as "translate-sequence"."""

    @property
    def severity(self) -> int:
        """How difficult; 1 where there is one difficulty."""

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the frames, for images of any size."""

    def length(self, frame: tuple[int, int, int]) -> int:
        """How many frames a picture of (height, width, channels) has."""

    def play(self, images: Pixels, places: Rows, seeds: Seeds) -> Pixels:
        """Frame ``places[i]`` of the sequence that ``images[i]`` becomes, uint8, same shape.

        Row i depends on images[i], places[i] and seeds[i] alone; all frames of one picture have
        one seed.
        """


@dataclass(frozen=True)
class Repeated:
    """From rows of frames to the pictures that they are frames of; each is decoded once."""

    decode: Callable[[Rows], Pixels]
    times: int

    def __call__(self, rows: Rows) -> Pixels:
        """The pictures, uint8 (r, h, w, c)."""
        source, which = np.unique(rows // self.times, return_inverse=True)
        return self.decode(source)[which]


@dataclass(frozen=True)
class RepeatedIn:
    """What decodes the pictures that frames are made of, in the framing that a model wants."""

    reframe: Callable[[Framing], Callable[[Rows], Pixels]]
    perturbation: Perturbation
    times: int

    def __call__(self, framing: Framing) -> Repeated:
        """From rows of frames to their pictures.

        Raises:
            ConfigError: Pictures of that size are played in another number of frames.
        """
        times = self.perturbation.length(framing.frame)
        if times != self.times:
            raise ConfigError(
                f"{self.perturbation.name} makes {times} frames of pictures of {framing.height}×"
                f"{framing.width}, not {self.times}; give the data set one size: ?size=..."
            )
        return Repeated(self.reframe(framing), self.times)


def frames_of(examples: Examples, perturbation: Perturbation) -> Examples:
    """The examples of every frame: n × length rows, in groups, picture after picture.

    The frames of the picture "a" are called "a/frame-00", "a/frame-01", ... and belong to the group
    "a". What ``decode`` gives are the pictures themselves; a ``Condition`` plays them. Examples
    that are frames already come back as they are.

    Args:
        examples: The pictures.
        perturbation: What they are going to be played by.

    Raises:
        ConfigError: The examples are frames of another length.
    """
    times = perturbation.length(examples.frame)
    if isinstance(examples.decode, Repeated):
        if examples.decode.times != times:
            raise ConfigError(
                f"{examples.card.name} is in sequences of {examples.decode.times} frames already; "
                f"{perturbation.name} makes {times} of a picture"
            )
        return examples
    ids = tuple(f"{one}/frame-{place:02d}" for one in examples.ids for place in range(times))
    return replace(
        examples,
        ids=ids,
        labels=np.repeat(examples.labels, times, axis=0),
        decode=Repeated(examples.decode, times),
        content=fingerprint(examples.content, "frames", times),
        groups=tuple(one for one in examples.ids for _ in range(times)),
        reframe=examples.reframe and RepeatedIn(examples.reframe, perturbation, times),
        metadata={
            key: tuple(one for one in column for _ in range(times))
            for key, column in examples.metadata.items()
        },
    )
