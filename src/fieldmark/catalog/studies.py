"""Studies by name: each question that a store can be asked, and what it must be told."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from types import MappingProxyType, UnionType
from typing import Literal, Union, get_args, get_origin

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
            "benchmark-card": Entry(
                "how good is a benchmark? --on CONDITION [--reference ANOTHER]",
                studies.benchmark_card,
            ),
            "effective-robustness": Entry(
                "who is above the accuracy that the reference predicts? --on CONDITION",
                studies.effective_robustness,
            ),
            "transfer": Entry(
                "does accuracy on one test set predict it on the others? --reference CONDITION",
                studies.transfer_correlation,
            ),
            "broken-line": Entry(
                "has the line a knee? --on CONDITION, --subject NAME where it is known",
                studies.broken_line,
            ),
            "robustness-curves": Entry(
                "accuracy along severity and budget", studies.robustness_curves
            ),
            "accuracy-budget": Entry(
                "what is left at every budget? --on NAME+fab-l2@any [--first A --second B]",
                studies.accuracy_budget,
            ),
            "sandwich": Entry(
                "proved below, attacked above: --on NAME+fab-l2@any --reference CERTIFICATE",
                studies.sandwich,
            ),
            "worst-case": Entry(
                "right under all of several threat models? --on CONDITION,CONDITION",
                studies.worst_case,
            ),
            "transfer-matrix": Entry(
                "who is fooled by pictures made against others? --on NAME [--condition WHITE-BOX]",
                studies.transfer_matrix,
            ),
            "compare": Entry(
                "is one subject better than another? --first A --second B [--condition C]",
                studies.compare,
            ),
            "label-errors": Entry(
                "what corrected labels change: --on CORRECTED --reference ORIGINAL",
                studies.label_errors,
            ),
            "label-order": Entry(
                "do labels count classes as answers do? [--on CONDITION]", studies.label_order
            ),
            "multi-label": Entry(
                "any right label instead of one: --on SETS --reference SINGLE",
                studies.multi_label,
            ),
            "humans-and-machines": Entry(
                "is any machine more accurate than people? --on CONDITION",
                studies.humans_and_machines,
            ),
            "error-consistency": Entry(
                "do machines err on what people err on? --on CONDITION, NAME+CHANGE or corruptions",
                studies.error_consistency,
            ),
            "shape-bias": Entry(
                "shape or texture? --on CUE-CONFLICT [--reference LABELLED-BY-TEXTURE]",
                studies.shape_bias,
            ),
            "leaderboard": Entry(
                "who is best, and who shares the place? --on CONDITION", studies.leaderboard
            ),
            "similarity": Entry(
                "do subjects err on the same examples? --on CONDITION", studies.similarity
            ),
            "test-set-reuse": Entry(
                "has the old test set been worn out? --on NEW [--reference OLD] [--dates A=2016,…]",
                studies.reuse_of_test_set,
            ),
            "public-private": Entry(
                "do public scores flatter? --first PUBLIC --second PRIVATE",
                studies.public_private,
            ),
            "ladder": Entry(
                "a leaderboard replayed through the Ladder and Thresholdout: --on CONDITION",
                studies.ladder_replay,
            ),
            "progress": Entry(
                "who set records, and how fast? --on CONDITION --dates A=2015,B=2016.5",
                studies.progress_over_time,
            ),
            "corruption-error": Entry(
                "mCE: errors under corruptions over a baseline's? --on TEST --baseline NAME",
                studies.corruption_error,
            ),
            "flip-rate": Entry(
                "who changes its answers along a sequence? --on CONDITION", studies.flip_rate
            ),
            "pm-k": Entry(
                "who is right on all neighbouring frames too? --on CONDITION", studies.pm_k
            ),
            "per-class": Entry(
                "accuracy class by class, and the truly worst class: --on CONDITION",
                studies.per_class,
            ),
            "slices": Entry(
                "accuracy by camera, writer or year, and the worst: --on CONDITION --set by=KEY",
                studies.slices,
            ),
            "filtering": Entry(
                "what others lose on what some get wrong: --on CONDITION --set wrong_for=A,B",
                studies.filtering,
            ),
            "test-set-size": Entry(
                "what differences a test set can tell, and how many it takes: --on CONDITION",
                studies.size_of_test_set,
            ),
            "failures": Entry("pictures that a subject got wrong", studies.failures),
        }
    ),
)


def study(name: str, options: Mapping[str, str]) -> Callable[[Store], Finding]:
    """The study called ``name``, told its options, waiting for a store.

    Args:
        name: A name of the catalogue.
        options: What it is told, by the names of its arguments, as words: numbers are read as
            numbers, several names have commas between.

    Raises:
        UnknownNameError: No such study, no such option, or no such choice.
        ConfigError: An option that it needs is missing, or is no number.

    Example:
        >>> study("compare", {"first": "linear"})
        Traceback (most recent call last):
        fieldmark.records.errors.ConfigError: compare needs --second
    """
    found = STUDIES[name].make
    takes = {one.name: one for one in _options(found)}
    told: dict[str, object] = {}
    for option, text in options.items():
        if not takes:
            raise ConfigError(f"{name} takes no options, got --{option}")
        if option not in takes:
            raise UnknownNameError(f"option of {name}", option, takes)
        told[option] = _read(option, takes[option].annotation, text)
    lacking = [
        f"--{one.name}"
        for one in takes.values()
        if one.default is Parameter.empty and one.name not in told
    ]
    if lacking:
        raise ConfigError(f"{name} needs {' and '.join(lacking)}")
    return lambda store: found(store, **told)


def _options(found: Callable[..., Finding]) -> list[Parameter]:
    """The arguments after the store that can be told in words."""
    given = list(signature(found).parameters.values())[1:]
    return [one for one in given if _kinds(one.annotation) & {str, int, float, Sequence, Literal}]


def _kinds(annotation: object) -> set[object]:
    """What an argument may be: "str | None" is {str, NoneType}."""
    return {get_origin(part) or part for part in _parts(annotation)}


def _parts(annotation: object) -> tuple[object, ...]:
    several = get_origin(annotation) in (Union, UnionType)
    return get_args(annotation) if several else (annotation,)


def _read(option: str, annotation: object, text: str) -> object:
    """A word as what the argument takes.

    Raises:
        UnknownNameError: It is not among the choices.
        ConfigError: It is no number.
    """
    kinds = _kinds(annotation)
    if Literal in kinds:
        choices = [one for part in _parts(annotation) for one in get_args(part)]
        if text not in choices:
            raise UnknownNameError(option, text, choices)
    if Sequence in kinds:
        return tuple(word.strip() for word in text.split(",") if word.strip())
    if str in kinds or Literal in kinds:
        return text
    number = int if int in kinds else float
    try:
        return number(text)
    except ValueError:
        what = "a whole number" if number is int else "a number"
        raise ConfigError(f"--{option} is {what}, not {text[:40]!r}") from None
