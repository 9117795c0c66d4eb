"""Corruption error: errors under corruptions as multiples of a baseline's, and their mean, mCE."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from fieldmark.records import (
    Bar,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    Matrix,
    NotKeptError,
    Table,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERRORS,
    CORRUPTIONS,
    NOT_ASKED,
    CorruptionErrors,
    joint_corruption_errors,
    joint_corruption_errors_to_constants,
)
from fieldmark.studies.answers.board import SEVERITY, Board, axis_of, board, changes
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import accuracy_of, listing, many, sentence

PUBLISHED = "alexnet-published"
"""The name of the baseline whose errors are published constants."""

_ITS_OWN = "imagenet-c/"
"""What the changes are called that the published errors belong to."""

_SEVERITIES = (1.0, 2.0, 3.0, 4.0, 5.0)

_FIFTEEN = frozenset(name.replace("_", "-") for name in CORRUPTIONS)
_TUNING = frozenset(name.replace("_", "-") for name in ALEXNET_MEAN_ERRORS) - _FIFTEEN

_WHO = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("mce", "mCE", "Mean of the corruption errors: errors over the baseline's errors."),
    Column(
        "relative",
        "Relative mCE",
        "The same of what corruption adds to the error on unchanged examples.",
    ),
)


@dataclass(frozen=True)
class _Asked:
    """What was asked of everybody: the unchanged examples and every complete corruption.

    Args:
        clean: The name of the unchanged condition.
        steps: From a corruption to its conditions, weakest first.
        left_out: Other changes that count severities, and why they are not in the mean.
        finished: From a condition to the subjects that answered it.
        subjects: Those who answered any corruption.
        wrong: At how many severities each is wrong, uint8 (subjects, corruptions, examples);
            ``NOT_ASKED`` where it lacks one.
        unchanged: The same of the unchanged examples, uint8 (subjects, examples).
    """

    clean: str
    steps: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    finished: Mapping[str, tuple[str, ...]]
    subjects: tuple[str, ...]
    wrong: UInt8[np.ndarray, "s c n"]
    unchanged: UInt8[np.ndarray, "s n"]

    @property
    def examples(self) -> int:
        """How many labelled examples."""
        return self.wrong.shape[2]

    @property
    def severities(self) -> int:
        """At how many severities every corruption was asked."""
        return len(next(iter(self.steps.values())))

    def lacking(self, subject: str) -> list[str]:
        """The conditions that the subject has no answers to."""
        steps = [step for steps in self.steps.values() for step in steps]
        return [one for one in steps if subject not in self.finished[one]]


def corruption_error(store: Kept, *, on: str, baseline: str, seed: int = 0) -> Finding:
    """The mean corruption error (mCE) of every subject, plain and relative.

    Args:
        store: Where answers are kept.
        on: The unchanged test set whose corruptions are meant, such as "lab-test".
        baseline: The subject whose errors are divided by; or "alexnet-published" for the constants
            that published tables are made with.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition or baseline.
        ConfigError: ``on`` is itself changed.
        NotKeptError: It has no corruptions, or the baseline did not answer them.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261.
    """
    cells = board(store)
    asked = _asked(cells, on, published=baseline == PUBLISHED)
    if baseline != PUBLISHED:
        _insist(asked, cells.subject(baseline))
    rng = generator(seed_of(seed, "corruption-error", on, baseline))
    found = dict(zip(asked.subjects, _measured(asked, baseline, rng), strict=True))
    order = sorted(found, key=lambda name: (not found[name].mean.defined, found[name].mean.value))
    columns = tuple(
        Column(change, _plain(change), f"Error on {change} over the baseline's.")
        for change in asked.steps
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            name,
            cells.subjects[name].family,
            found[name].mean,
            found[name].relative,
            *found[name].each,
        )
        for name in order
    )
    return Finding(
        study="corruption-error",
        title=f"Errors under the corruptions of {on}, as multiples of those of {_its(baseline)}",
        statement=_statement(asked, on, baseline, {name: found[name] for name in order}),
        table=Table((*_WHO, *columns), rows),
        figures=_figures(cells, asked, baseline, {name: found[name] for name in order}),
        caveats=_caveats(asked, baseline, order, found),
    )


def _asked(cells: Board, on: str, *, published: bool) -> _Asked:
    every = changes(cells, ("shift",))
    found = {
        change: steps
        for (owner, change), steps in every.items()
        if owner == on and axis_of(cells.conditions[steps[-1]]) == SEVERITY
    }
    # Plain errors can be told without answers to the unchanged examples.
    record = None if found else cells.conditions[cells.condition(on)]
    if record is not None and record.change:
        raise ConfigError(f"{on} is itself changed: name the unchanged test set, {record.base}")
    levels = {change: _strengths(cells, steps) for change, steps in found.items()}
    named = [name for name in found if _plain(name) in _FIFTEEN]
    # Where the published files were asked, they are what is meant.
    named = [name for name in named if _is_published(name)] or named
    whole = (
        _SEVERITIES if published else tuple(sorted(set().union(*(levels[one] for one in named))))
    )
    wanted = {name: found[name] for name in named if levels[name] == whole}
    files = any(_is_published(name) for name in wanted)
    left_out = [
        f"{name} ({_why_not(name, levels[name], files=files)})"
        for name in found
        if name not in wanted
    ]
    if not wanted:
        raise NotKeptError(
            f"this store has no corruption of {on} at all of one set of severities, none of "
            f"ImageNet-C's fifteen: run conditions such as {on}+fog@1 to {on}+fog@5 first"
        )
    steps = [step for steps in wanted.values() for step in steps]
    finished = {step: cells.finished(step) for step in (on, *steps)}
    subjects = tuple(one for one in cells.subjects if any(one in finished[step] for step in steps))
    ids = next((cells.answered(step).ids for step in (on, *steps) if finished[step]), ())
    counts = [_counted(cells, some, subjects, ids) for some in (*wanted.values(), (on,))]
    return _Asked(
        clean=on,
        steps=wanted,
        left_out=tuple(left_out),
        finished=finished,
        subjects=subjects,
        wrong=np.stack(counts[:-1], axis=1),
        unchanged=counts[-1],
    )


def _plain(change: str) -> str:
    """A corruption's own name, whichever set published it.

    Example:
        >>> _plain("imagenet-c/fog"), _plain("fog")
        ('fog', 'fog')
    """
    return change.rpartition("/")[2]


def _is_published(change: str) -> bool:
    """Was it published as files, and not made here?"""
    return "/" in change


def _why_not(name: str, levels: tuple[float, ...], *, files: bool) -> str:
    if files and not _is_published(name):
        return "made here, and the published files were asked"
    if _plain(name) in _FIFTEEN:
        return f"kept at {', '.join(f'{one:g}' for one in levels)} only"
    if _plain(name) in _TUNING:
        return "one of the four that were published for tuning"
    return "not one of the published corruptions"


def _counted(
    cells: Board, steps: Sequence[str], subjects: Sequence[str], ids: Sequence[str]
) -> UInt8[np.ndarray, "s n"]:
    """At how many of these conditions each subject is wrong; the answers to one at a time."""
    wrong = np.zeros((len(subjects), len(ids)), np.uint8)
    whole = np.ones(len(subjects), np.bool_)
    for step in steps:
        answered = cells.answered(step)
        if not answered.subjects:
            whole[:] = False
            continue
        if answered.ids != ids:
            owner = cells.conditions[step].base
            raise ConfigError(
                f"the corruptions of {owner} do not show the same examples as it does"
            )
        place = {name: row for row, name in enumerate(answered.subjects)}
        there = np.array([name in place for name in subjects], np.bool_)
        whole &= there
        rows = [place[name] for name in subjects if name in place]
        wrong[there] += ~answered.correct[rows]
    wrong[~whole] = NOT_ASKED
    return wrong


def _strengths(cells: Board, steps: Sequence[str]) -> tuple[float, ...]:
    return tuple(cells.conditions[step].strength for step in steps)


def _insist(asked: _Asked, baseline: str) -> None:
    if lost := asked.lacking(baseline):
        raise NotKeptError(
            f"{baseline} cannot be the baseline: it has no answers to {listing(lost, most=3)}"
        )


def _measured(
    asked: _Asked, baseline: str, rng: np.random.Generator
) -> tuple[CorruptionErrors, ...]:
    if baseline == PUBLISHED:
        constants = [
            ALEXNET_MEAN_ERRORS[_plain(change).replace("-", "_")] for change in asked.steps
        ]
        return joint_corruption_errors_to_constants(
            asked.wrong,
            asked.unchanged,
            np.array(constants),
            ALEXNET_CLEAN_ERROR,
            severities=asked.severities,
            rng=rng,
        )
    return joint_corruption_errors(
        asked.wrong,
        asked.unchanged,
        severities=asked.severities,
        baseline=asked.subjects.index(baseline),
        rng=rng,
    )


def _its(baseline: str) -> str:
    return "AlexNet (published)" if baseline == PUBLISHED else baseline


def _statement(asked: _Asked, on: str, baseline: str, found: Mapping[str, CorruptionErrors]) -> str:
    told = [name for name, one in found.items() if one.mean.defined and name != baseline]
    over = (
        f"{many(len(asked.steps), 'corruption')} of {on} "
        f"({many(asked.examples, 'labelled example')})"
    )
    if not told:
        return f"Over {over} no subject's mean corruption error can be told."
    first, last = told[0], told[-1]
    between = (
        f"{first} has a mean corruption error of {accuracy_of(found[first].mean)}"
        if first == last
        else f"mean corruption errors lie between {accuracy_of(found[first].mean)} ({first}) and "
        f"{accuracy_of(found[last].mean)} ({last})"
    )
    relative = found[first].relative
    return sentence(
        f"Over {over}, where {_its(baseline)} is 100 %, {between}.",
        f"Of what corruption adds to its errors on unchanged examples, {first} has "
        f"{accuracy_of(relative)} of what is added to the baseline's."
        if relative.defined
        else "",
    )


def _figures(
    cells: Board, asked: _Asked, baseline: str, found: Mapping[str, CorruptionErrors]
) -> tuple[Forest, Matrix]:
    bars = tuple(Bar(name, cells.subjects[name].family, one.mean) for name, one in found.items())
    values = tuple(tuple(each.value for each in one.each) for one in found.values())
    highest = max((value for row in values for value in row if value == value), default=1.0)
    return (
        Forest(
            title=f"Mean corruption error on {asked.clean}",
            x_title=f"mCE: errors over the errors of {_its(baseline)}",
            bars=bars,
            unit="share",
            caption="Lower is better; the line at 100 % is the baseline. 95 % intervals.",
            mark=1.0,
        ),
        Matrix(
            title="Corruption error of every subject under every corruption",
            rows=tuple(found),
            columns=tuple(map(_plain, asked.steps)),
            values=values,
            unit="share",
            low=0.0,
            high=max(1.0, highest),
            caption="Percent of the baseline's errors; darker is better, blank is not known.",
        ),
    )


def _caveats(
    asked: _Asked, baseline: str, names: Sequence[str], found: Mapping[str, CorruptionErrors]
) -> tuple[str, ...]:
    lines = [
        "A mean of ratios depends on its baseline: another baseline weighs the corruptions anew, "
        "and can change the order of subjects.",
    ]
    if baseline == PUBLISHED and not all(one.startswith(_ITS_OWN) for one in asked.steps):
        lines.append(
            "The published errors belong to ImageNet-C as files of 224 × 224 pixels; with other "
            "images, or images prepared otherwise, the baseline itself would not score 100 %."
        )
    if baseline == PUBLISHED:
        lines.append(
            "The published errors are taken as known, so the intervals hold the chance of the "
            "subjects only."
        )
    kept = {_plain(name).replace("-", "_") for name in asked.steps}
    if kept != set(CORRUPTIONS):
        lines.append(
            f"This is the mean over {many(len(kept), 'corruption')} "
            f"({listing(tuple(asked.steps), most=15)}), not over the fifteen of ImageNet-C: it "
            "is not comparable with published mCE."
        )
    if asked.left_out:
        lines.append(f"Left out: {'; '.join(asked.left_out)}.")
    lines += [
        f"{name} has no mCE: no answers to {listing(asked.lacking(name), most=3)}."
        for name in names
        if asked.lacking(name)
    ]
    if any(_unsettled(found[name].relative) for name in names):
        lines.append(
            "A relative error has no number or no interval where the baseline loses nothing, or "
            "nothing in some draws, or where nobody answered the unchanged examples."
        )
    return tuple(lines)


def _unsettled(estimate: Estimate) -> bool:
    return not estimate.defined or estimate.low != estimate.low
