"""Fieldmark: does this classifier, or this benchmark, hold up in the field?"""

from fieldmark._version import __version__

__all__ = ["__version__"]
