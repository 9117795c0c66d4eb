"""What hostile tests share: models that misbehave, pictures of digits, and what to look for."""

from pathlib import Path

import numpy as np
from PIL import Image

MODELS = """
import sys
import numpy as np

def zeros(images):
    return np.zeros((len(images), 10), np.float32)

def fine():
    return zeros

def nan():
    return lambda images: zeros(images) * np.nan

def few():
    return lambda images: zeros(images)[:, :7]

def raises():
    def model(images):
        raise RuntimeError("out of\\nmemory")
    return model

def leaves():
    return lambda images: sys.exit(3)

def chatty():
    def model(images):
        print("hello")
        return zeros(images)
    return model

def coloured():
    def model(images):
        return zeros(images)
    model.frame = (28, 28, 3)
    return model

def nothing():
    return None

def number():
    return 42

def lost():
    raise FileNotFoundError("no weights.pt here")

def exits():
    sys.exit("usage: ...")
"""


def pictures(folder: Path, classes: str = "0123456789", *, side: int = 28) -> Path:
    rng = np.random.default_rng(0)
    for name in classes:
        (folder / name).mkdir(parents=True)
        for i in range(2):
            pixels = rng.integers(0, 255, (side, side), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def files(store: Path) -> dict[str, bytes]:
    """What a store keeps, without the index, which may be made anew at any time."""
    found = {str(file.relative_to(store)): file for file in store.rglob("*.parquet")}
    return {name: file.read_bytes() for name, file in found.items() if name[:6] != "index/"}


def one_line(ended, message: str) -> None:
    assert ended.status == 2
    assert message in ended.err
    assert ended.err.startswith("fieldmark: ")
    assert ended.err.count("\n") == 1
    assert ended.out == ""
