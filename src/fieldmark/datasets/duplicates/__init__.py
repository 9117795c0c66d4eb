"""Pictures of one set that are in another one too: found by small descriptors, then looked at."""

from fieldmark.datasets.duplicates.searching import VIEWS, Duplicates, Pair, duplicates

__all__ = ["VIEWS", "Duplicates", "Pair", "duplicates"]
