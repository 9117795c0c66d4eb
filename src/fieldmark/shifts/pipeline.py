"""The pipeline: every shift that a deployment brings by accident, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from fieldmark.shifts.accidents import Accident
from fieldmark.shifts.recoding import RECODINGS
from fieldmark.shifts.resizing import RESIZINGS
from fieldmark.shifts.tones import TONES

PIPELINE: Mapping[str, Accident] = MappingProxyType({**RECODINGS, **RESIZINGS, **TONES})
"""From a name to the maker that takes a place among its levels."""

PIPELINE_LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(one.levels) for name, one in PIPELINE.items()}
)
"""From a name to its levels as they are written after the ``@``, mild ones first."""
