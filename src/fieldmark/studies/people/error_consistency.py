"""Error consistency: do machines err on the pictures that people err on, and on each other's?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fieldmark.records import (
    Bar,
    Column,
    Estimate,
    Finding,
    Forest,
    Matrix,
    Table,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    Consistency,
    all_pairs,
    cross_pairs,
    mean_consistencies,
    pair_agreement,
)
from fieldmark.studies.answers.board import board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import listing, many, sentence
from fieldmark.studies.people.erring import FEWEST_PEOPLE, Erring, erring_on, people_words

COLUMNS = (
    Column("who", "Who", "A subject, or all people, or all machines."),
    Column("family", "Family", "What kind of subject it is; empty for a group."),
    Column("partners", "Held against", "The mean is over its pairs with these."),
    Column("kappa", "Error consistency", "Cohen's kappa of being right, mean over pairs."),
    Column("observed", "Observed consistency", "Share of examples both right or both wrong."),
    Column("difference", "Accuracy difference", "Squared difference of accuracies, mean."),
    Column("accuracy", "Accuracy", "Mean over the conditions; empty for a group."),
)


@dataclass(frozen=True)
class _Group:
    """Some pairs of subjects that are averaged: who, held against whom."""

    who: str
    partners: str
    rows: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def pairs(self) -> np.ndarray:
        if self.rows == self.others:
            return all_pairs(self.rows)
        return cross_pairs(self.rows, [one for one in self.others if one not in self.rows])


def error_consistency(store: Kept, *, on: str, draws: int = 500, seed: int = 0) -> Finding:
    """Do subjects err on the same examples more than their accuracies make them by chance?

    People with each other, machines with people and machines with each other; kappa is averaged
    over pairs and conditions without weights. Without people only the machines are compared.

    Args:
        store: Where answers are kept.
        on: A condition, all severities of a change ("lab-test+fog"), or "corruptions" for all
            shifts.
        draws: Number of bootstrap samples of the examples (and of people, where three or more).
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: "corruptions" of several sets of examples.
        NotKeptError: The store is empty, or fewer than two subjects finished these conditions.

    Source:
        Geirhos, Meding & Wichmann 2020, arXiv:2006.16736.
    """
    erring = erring_on(board(store), on)
    groups = _groups(erring)
    found = mean_consistencies(
        erring.correct,
        [group.pairs for group in groups],
        rng=generator(seed_of(seed, "error-consistency", *erring.conditions)),
        shown=(0,) * len(erring.conditions),
        sampled=erring.sampled,
        draws=draws,
    )
    pairs = [(group, one) for group, one in zip(groups, found, strict=True) if one.observed.defined]
    return Finding(
        study="error-consistency",
        title=f"Error consistency on {on}",
        statement=_statement(erring, pairs, on),
        table=Table(COLUMNS, tuple(_row(erring, group, one) for group, one in pairs)),
        figures=(_forest(erring, pairs, on), _matrix(erring, on)),
        caveats=_caveats(erring, pairs),
    )


def kappa_words(estimate: Estimate) -> str:
    """A kappa with its interval.

    Example:
        >>> kappa_words(Estimate(0.4, 0.31, 0.5, n=3, method=""))
        '0.40 [0.31, 0.50]'
    """
    if not estimate.defined:
        return "undefined"
    ends = "" if np.isnan(estimate.low) else f" [{estimate.low:.2f}, {estimate.high:.2f}]"
    return f"{estimate.value:.2f}{ends}".replace("-", "−")


def _groups(erring: Erring) -> list[_Group]:
    people, machines = erring.people, erring.machines
    groups = [
        _Group("people", "people", people, people),
        _Group("machines", "people", machines, people),
        _Group("machines", "machines", machines, machines),
    ]
    for row, name in enumerate(erring.subjects):
        groups.append(_Group(name, "people", (row,), people))
        groups.append(_Group(name, "machines", (row,), machines))
    return groups


def _row(erring: Erring, group: _Group, found: Consistency) -> tuple[Value, ...]:
    alone = group.who in erring.subjects
    return (
        group.who,
        erring.families[group.rows[0]] if alone else "",
        group.partners,
        found.kappa,
        found.observed,
        found.difference,
        erring.accuracy(group.rows[0]) if alone else None,
    )


Found = Sequence[tuple[_Group, Consistency]]


def _kappa(pairs: Found, who: str, partners: str) -> Estimate | None:
    for group, found in pairs:
        if (group.who, group.partners) == (who, partners):
            return found.kappa
    return None


def _statement(erring: Erring, pairs: Found, on: str) -> str:
    people, machines = len(erring.people), len(erring.machines)
    sizes = sorted({one.shape[1] for one in erring.correct})
    examples = many(sizes[0], "labelled example") if len(sizes) == 1 else "their labelled examples"
    machine, person = many(machines, "machine"), people_words(people)
    who = listing([words for words, there in ((machine, machines), (person, people)) if there])
    where = on if len(erring.conditions) == 1 else f"{on} ({len(erring.conditions)} conditions)"
    return sentence(
        f"On {where}, {examples}{' each' if len(erring.conditions) > 1 else ''}, {who} answered.",
        _group_words(pairs),
        _ceiling_words(pairs),
        _closest_words(erring, pairs),
        "" if people else "There are no people among them, so this says nothing about people.",
    )


def _group_words(pairs: Found) -> str:
    kinds = (
        ("people", "people", "among people"),
        ("machines", "people", "between machines and people"),
        ("machines", "machines", "among machines"),
    )
    told = [
        f"{kappa_words(kappa)} {words}"
        for who, partners, words in kinds
        if (kappa := _kappa(pairs, who, partners)) is not None
    ]
    return f"Mean error consistency (kappa; 0 is chance, 1 the same errors) is {listing(told)}."


def _ceiling_words(pairs: Found) -> str:
    """Whether machines err less like people than people do, where the intervals say so."""
    own, mixed = _kappa(pairs, "people", "people"), _kappa(pairs, "machines", "people")
    if own is None or mixed is None or not own.defined or not mixed.defined:
        return ""
    if mixed.high < own.low:
        return "Machines err less like people than people err like each other."
    if mixed.low > own.high:
        return "Machines err more like people than people err like each other."
    return "Whether machines err less like people than people do cannot be told."


def _closest_words(erring: Erring, pairs: Found) -> str:
    partners = "people" if erring.people else "machines"
    machines = {erring.subjects[row] for row in erring.machines}
    ranked = sorted(
        (
            (found.kappa, group.who)
            for group, found in pairs
            if group.who in machines and group.partners == partners and found.kappa.defined
        ),
        key=lambda pair: (-pair[0].value, pair[1]),
    )
    if len(ranked) < 2:
        return ""
    (most, first), (least, last) = ranked[0], ranked[-1]
    whom = "people" if erring.people else "the others"
    return (
        f"{first} errs most like {whom}: {kappa_words(most)}; {last} least: {kappa_words(least)}."
    )


def _forest(erring: Erring, pairs: Found, on: str) -> Forest:
    partners = "people" if erring.people else "machines"
    own = _kappa(pairs, "people", "people")
    bars = [
        Bar(group.who, erring.families[group.rows[0]], found.kappa)
        for group, found in pairs
        if group.who in erring.subjects and group.partners == partners and found.kappa.defined
    ]
    bars.sort(key=lambda bar: (-bar.estimate.value, bar.name))
    line = " The line is the mean among people." if own is not None and own.defined else ""
    return Forest(
        title=f"Error consistency with {partners} on {on}",
        x_title=f"error consistency (kappa) with {'other ' if not erring.people else ''}{partners}",
        bars=tuple(bars),
        unit="number",
        caption=(
            "Each subject's mean kappa over its pairs and conditions, with a 95 % bootstrap "
            f"interval; 0 is what chance gives, 1 the same errors.{line}"
        ),
        mark=own.value if own is not None and own.defined else 0.0,
    )


def _matrix(erring: Erring, on: str) -> Matrix:
    """Kappa of every two subjects, people first, the others in the order of the forest."""
    cube = np.stack([pair_agreement(one).kappa for one in erring.correct])
    counted = (~np.isnan(cube)).sum(axis=0)
    mean = np.where(counted > 0, np.nansum(cube, axis=0) / np.maximum(counted, 1), np.nan)
    np.fill_diagonal(mean, np.nan)
    partners = list(erring.people or erring.machines)
    closeness = np.nanmean(np.where(np.isnan(mean[:, partners]), 0.0, mean[:, partners]), axis=1)
    order = [
        *sorted(erring.people, key=lambda row: erring.subjects[row]),
        *sorted(erring.machines, key=lambda row: (-closeness[row], erring.subjects[row])),
    ]
    names = tuple(erring.subjects[row] for row in order)
    return Matrix(
        title=f"Error consistency of every two subjects on {on}",
        rows=names,
        columns=names,
        values=tuple(tuple(line) for line in mean[np.ix_(order, order)].tolist()),
        unit="number",
        low=0.0,
        high=1.0,
        caption=(
            "Mean kappa over the conditions; people first, then machines from most to least "
            "consistent with them. Blank: oneself, or both always right or both always wrong."
        ),
    )


def _caveats(erring: Erring, pairs: Found) -> tuple[str, ...]:
    lines = [
        "Kappa compares right with wrong answers only: two subjects may be wrong on the same "
        "picture with different answers.",
        "Near accuracies of 0 or 1 few errors are left to compare, and kappa is noisy there.",
    ]
    missing = sum(found.kappa.missing for group, found in pairs if group.who not in erring.subjects)
    if missing:
        lines.append(
            f"{missing:,} pairs on a condition have no kappa, both being always right or always "
            "wrong; they are not averaged."
        )
    if 0 < len(erring.people) < FEWEST_PEOPLE:
        lines.append(
            f"With {people_words(len(erring.people))}, intervals are about pictures: they say "
            "nothing about other people."
        )
    if erring.attacked:
        lines += erring.attacked
        lines.append(
            "Each subject was shown pictures made against itself, so shared errors are about the "
            "pictures before the attack."
        )
    if erring.lacking:
        lines.append(f"Left out for lack of answers: {listing(erring.lacking, most=20)}.")
    return tuple(lines)
