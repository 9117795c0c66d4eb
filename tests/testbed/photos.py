"""A folder of small drawn photographs, and shifts that do what no shift should."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fieldmark.datasets import folder
from fieldmark.records import Examples, Pixels, Seeds, generator


def photos(place: Path, n: int = 12) -> Examples:
    rng = generator(7)
    for row in range(n):
        file = place / ("left", "right")[row % 2] / f"{row:02d}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 255, (6, 8, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((80 + row, 60)).save(file, quality=90)
    return folder(place, name="photos", size=32)


@dataclass(frozen=True)
class Deadly:
    """Ends the process that makes the pictures, as often as it says, unless that is ``spared``."""

    count: Path
    times: int
    spared: int
    name: str = "deadly"
    level: str = "1"
    severity: int = 1
    strength: float = 1.0

    @property
    def settings(self) -> Mapping[str, object]:
        return {}

    def apply(self, images: Pixels, seeds: Seeds) -> Pixels:
        if os.getpid() != self.spared:
            with self.count.open("a") as file:
                file.write(f"{os.getpid()}\n")
            if len(self.count.read_text().splitlines()) <= self.times:
                os._exit(3)
        return 255 - images


@dataclass(frozen=True)
class Slow:
    """Takes its time, and says who it is."""

    note: Path
    name: str = "slow"
    level: str = "1"
    severity: int = 1
    strength: float = 1.0

    @property
    def settings(self) -> Mapping[str, object]:
        return {}

    def apply(self, images: Pixels, seeds: Seeds) -> Pixels:
        with self.note.open("a") as file:
            file.write(f"{os.getpid()}\n")
        print("a shift may print")
        time.sleep(0.05)
        return images
