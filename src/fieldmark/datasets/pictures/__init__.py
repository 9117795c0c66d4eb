"""Picture files: from bytes to grey levels in a frame, refusing what cannot be shown faithfully."""

from fieldmark.datasets.pictures.decoding import RULE, decoded
from fieldmark.datasets.pictures.encoded import EncodedPictures
from fieldmark.datasets.pictures.opening import SUFFIXES, Outline, outline
from fieldmark.datasets.pictures.origins import FileOrigin, Origin
from fieldmark.datasets.pictures.reading import BROKEN, Reading, Watch, read_encoded

__all__ = [
    "BROKEN",
    "RULE",
    "SUFFIXES",
    "EncodedPictures",
    "FileOrigin",
    "Origin",
    "Outline",
    "Reading",
    "Watch",
    "decoded",
    "outline",
    "read_encoded",
]
