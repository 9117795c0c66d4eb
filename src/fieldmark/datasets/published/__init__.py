"""Published test sets: a card and a reader for each, and where their files lie on this machine."""

from fieldmark.datasets.published.pages import conditions, facts, lines
from fieldmark.datasets.published.sets import Download, PublishedSet
from fieldmark.datasets.published.shelf import PUBLISHED, Shelf, named

__all__ = [
    "PUBLISHED",
    "Download",
    "PublishedSet",
    "Shelf",
    "conditions",
    "facts",
    "lines",
    "named",
]
