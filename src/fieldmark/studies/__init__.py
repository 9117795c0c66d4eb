"""The questions: from a store of kept predictions to a `Finding` in words, numbers and figures."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.records import Finding
from fieldmark.studies.accuracy import accuracy_grid
from fieldmark.studies.comparing import compare
from fieldmark.studies.curves import robustness_curves
from fieldmark.studies.effective import effective_robustness
from fieldmark.studies.failures import failures
from fieldmark.studies.headline import headline
from fieldmark.studies.kept import Kept, KeptAnswers, KeptExamples
from fieldmark.studies.summary import accuracy_summary

STUDIES: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        "accuracy-grid": accuracy_grid,
        "accuracy-summary": accuracy_summary,
        "compare": compare,
        "effective-robustness": effective_robustness,
        "failures": failures,
        "headline": headline,
        "robustness-curves": robustness_curves,
    }
)
"""Every study by its name; the first argument of each is a store."""

__all__ = [
    "STUDIES",
    "Kept",
    "KeptAnswers",
    "KeptExamples",
    "accuracy_grid",
    "accuracy_summary",
    "compare",
    "effective_robustness",
    "failures",
    "headline",
    "robustness_curves",
]
