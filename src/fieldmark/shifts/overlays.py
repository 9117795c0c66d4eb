"""The published photographs of frost: found in a folder, or downloaded, with a checksum."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import ceil
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import DataError

COMMIT = "8190fe329f5f072a06e3a2aea02bb5dda69aed9f"

FOLDER = "ImageNet-C/imagenet_c/imagenet_c/frost"
"""Where they lie in the repository hendrycks/robustness, and in a data folder under its name."""

CHECKSUMS: Mapping[str, str] = MappingProxyType(
    {
        "frost1.png": "ff9f907860bd7a835d459e32f9d588062b7f61ee267343cc7222b56753a14755",
        "frost2.png": "fe211a89b336999c207a852ce05818d4545d0b57c5beadd824b4cc9d9a9b6137",
        "frost3.png": "2d0d50b4a9bb213f38b024ef7768731bb83cc08d2f26b5766bbc167cdfa0e504",
        "frost4.jpg": "3f8b91ca1a9fa7167b09e773da53f5ae60d0a1fd88f02a783f6e328a72887f6e",
        "frost5.jpg": "5fc6a19df4a429ba68abdcc8f8a4278d4c9f81c9ccafd2c92ab0c8cf8992ebd2",
    }
)
"""File → SHA-256. A sixth is published too, but the published sets draw among the first five."""

MARGIN = 1.1
"""An overlay that would not cover the image is enlarged until it does, times this."""

Overlay = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Overlays:
    """Where overlays come from: a data folder, then a cache, then the network.

    Args:
        folder: A folder of published data, such as ``FIELDMARK_DATA`` names, or None.
        cache: Where downloads are kept; None for the user's cache folder.
        offline: Never ask the network.
    """

    folder: Path | None = None
    cache: Path | None = None
    offline: bool = False

    def one(self, number: int, *, scale: float, height: int, width: int) -> Overlay:
        """Overlay ``number`` (0 to 4) at ``scale`` times its sides, or larger, to cover an image.

        It is decoded once for each scale, and must not be written to.

        Raises:
            DataError: It is nowhere, cannot be downloaded, or has other bytes; says what to do.
        """
        name = list(CHECKSUMS)[number]
        whole = _decoded(self._path(name))
        rows, columns, _ = whole.shape
        if min(int(rows * scale) - height, int(columns * scale) - width) < 1:
            scale = MARGIN * max(height / rows, width / columns)
        return _scaled(self._path(name), scale)

    def _path(self, name: str) -> Path:
        """The file, wherever it is."""
        part = Path("hendrycks-robustness", FOLDER, name)
        cache = self._cache()
        for place in (self.folder, cache):
            if place is not None and (place / part).is_file():
                return place / part
        url = f"https://raw.githubusercontent.com/hendrycks/robustness/{COMMIT}/{FOLDER}/{name}"
        told = (
            f"frost needs the published overlay {name}, which is not here: put {url} "
            f"at {part} in the folder that FIELDMARK_DATA names"
        )
        if self.offline:
            raise DataError(told)
        return _downloaded(url, cache / part, CHECKSUMS[name], told)

    def _cache(self) -> Path:
        if self.cache is not None:
            return self.cache
        import platformdirs

        return Path(platformdirs.user_cache_dir("fieldmark")) / "data"


def _downloaded(url: str, target: Path, checksum: str, told: str) -> Path:
    import pooch
    from requests import RequestException

    try:
        found = pooch.retrieve(
            url,
            known_hash=f"sha256:{checksum}",
            path=target.parent,
            fname=target.name,
            progressbar=False,
        )
    except (RequestException, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise DataError(f"{told} (downloading it failed: {why})") from error
    return Path(found)


@lru_cache(maxsize=len(CHECKSUMS))
def _decoded(path: Path) -> Overlay:
    from cv2 import COLOR_BGR2RGB, IMREAD_COLOR, cvtColor, imdecode

    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    found = sha256(content).hexdigest()
    if found != CHECKSUMS[path.name]:
        raise DataError(
            f"{path} is not the published overlay: its SHA-256 is {found[:16]}…, expected "
            f"{CHECKSUMS[path.name][:16]}…. Remove it, or name another data folder"
        )
    pixels = imdecode(np.frombuffer(content, np.uint8), IMREAD_COLOR)
    assert pixels is not None, "its checksum is right"
    return cvtColor(pixels, COLOR_BGR2RGB)


@lru_cache(maxsize=4 * len(CHECKSUMS))
def _scaled(path: Path, scale: float) -> Overlay:
    """Smaller, as the published sets of 32 and 64 pixels have it; larger, by bicubic pixels."""
    from cv2 import INTER_CUBIC, INTER_LINEAR, resize

    whole = _decoded(path)
    if scale == 1:
        return whole
    if scale < 1:
        return resize(whole, None, fx=scale, fy=scale, interpolation=INTER_LINEAR)
    rows, columns, _ = whole.shape
    sides = (ceil(columns * scale), ceil(rows * scale))
    return resize(whole, sides, interpolation=INTER_CUBIC)
