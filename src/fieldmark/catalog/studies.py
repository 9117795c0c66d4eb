"""Studies by name: each question that a store can be asked, and what it must be told."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from types import MappingProxyType

from fieldmark import studies
from fieldmark.catalog.tables import Entry, Table
from fieldmark.records import ConfigError, Finding, UnknownNameError
from fieldmark.store import Store

STUDIES: Table[Callable[..., Finding]] = Table(
    "study",
    "fieldmark.studies",
    MappingProxyType(
        {
            "headline": Entry("does it hold up? the answer in one paragraph", studies.headline),
            "accuracy-grid": Entry("accuracy in every cell", studies.accuracy_grid),
            "accuracy-summary": Entry("accuracy, a line per subject", studies.accuracy_summary),
            "effective-robustness": Entry(
                "who is above the accuracy that the reference predicts? --on CONDITION",
                studies.effective_robustness,
            ),
            "robustness-curves": Entry(
                "accuracy along severity and budget", studies.robustness_curves
            ),
            "compare": Entry(
                "is one subject better than another? --first A --second B --condition C",
                studies.compare,
            ),
            "failures": Entry("pictures that a subject got wrong", studies.failures),
        }
    ),
)

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType({"axis": ("logit", "probit", "linear")})
"""Options that take one of a few words."""


def study(name: str, options: Mapping[str, str]) -> Callable[[Store], Finding]:
    """The study called ``name``, told its options, waiting for a store.

    Args:
        name: A name of the catalogue.
        options: What it is told, by the names of its arguments.

    Raises:
        UnknownNameError: No such study, no such option, or no such choice.
        ConfigError: An option that it needs is missing.

    Example:
        >>> study("compare", {"first": "linear"})
        Traceback (most recent call last):
        fieldmark.records.errors.ConfigError: compare needs --second and --condition
    """
    found = STUDIES[name].make
    takes = [one for one in list(signature(found).parameters.values())[1:] if _takes_text(one)]
    for option, value in options.items():
        if not takes:
            raise ConfigError(f"{name} takes no options, got --{option}")
        if option not in [one.name for one in takes]:
            raise UnknownNameError(f"option of {name}", option, [one.name for one in takes])
        if option in CHOICES and value not in CHOICES[option]:
            raise UnknownNameError(option, value, CHOICES[option])
    lacking = [
        f"--{one.name}"
        for one in takes
        if one.default is Parameter.empty and one.name not in options
    ]
    if lacking:
        raise ConfigError(f"{name} needs {' and '.join(lacking)}")
    return lambda store: found(store, **options)


def _takes_text(option: Parameter) -> bool:
    """Can it be told in a word? Numbers of draws and the like are for Python."""
    return option.annotation is not int
