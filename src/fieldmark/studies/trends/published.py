"""Effective robustness from a published table of accuracies, without the answers behind them."""

from fieldmark.records import Axis, Column, Finding, Scores, Table, generator, seed_of
from fieldmark.statistics import published_robustness
from fieldmark.studies.answers.words import listing
from fieldmark.studies.trends.held import (
    BUDGET_COLUMNS,
    LINE_COLUMNS,
    Held,
    budget_cells,
    line_cells,
)
from fieldmark.studies.trends.held_figures import forest, scatter
from fieldmark.studies.trends.held_words import line_words, sources_caveat
from fieldmark.studies.trends.pairs import Pairs, score_pairs

COLUMNS = (
    Column("subject", "Subject", "Who answered."),
    Column("family", "Family", "What kind of model it is."),
    Column("fitted", "Fitted", "Is the line fitted to it?"),
    *LINE_COLUMNS,
    *BUDGET_COLUMNS,
)


def published_effective_robustness(
    scores: Scores,
    *,
    on: str,
    reference: str,
    axis: Axis = "logit",
    draws: int = 1000,
    seed: int = 0,
) -> Finding:
    """How far each subject of a table lies above the accuracy that its reference predicts.

    The line is fitted to the table's standard subjects. Verdicts hold for all subjects at once
    with 95 % confidence.

    Args:
        scores: The table.
        on: The condition in question.
        reference: The in-distribution condition; of the same classes, if ``on`` has only some.
        axis: Where the line is straight: "logit", "probit" or "linear".
        draws: Number of bootstrap draws.
        seed: Where the bootstrap's chance comes from.

    Raises:
        UnknownNameError: The table has no such condition.
        ConfigError: The two conditions are the same.
        DataError: An accuracy of 0 or 1 counts nobody knows how many answers.

    Source:
        Taori et al. 2020, arXiv:2007.00644.
    """
    found = held_scores(scores, on=on, reference=reference, axis=axis, draws=draws, seed=seed)
    pairs = found.pairs
    return Finding(
        study="effective-robustness",
        title=f"Effective robustness on {on}",
        statement=_statement(found),
        table=Table(
            COLUMNS,
            tuple(
                (
                    name,
                    pairs.families[row],
                    pairs.fitted[row],
                    *line_cells(found, row),
                    *budget_cells(found, row),
                )
                for row, name in enumerate(found.subjects)
            ),
        ),
        figures=(scatter(found, draws), *forest(found)),
        caveats=_caveats(found, scores),
    )


def held_scores(
    scores: Scores, *, on: str, reference: str, axis: Axis, draws: int, seed: int
) -> Held:
    """The same as numbers.

    Raises:
        UnknownNameError: The table has no such condition.
        ConfigError: The two conditions are the same.
        DataError: An accuracy of 0 or 1 counts nobody knows how many answers.
    """
    pairs = score_pairs(scores, on, reference)
    robustness = published_robustness(
        *pairs.shares,
        pairs.mask,
        sizes=pairs.sizes,
        axis=axis,
        families=pairs.families if scores.families else None,
        draws=draws,
        rng=generator(seed_of(seed, "published-effective-robustness", on, reference, axis)),
    )
    return Held(pairs, robustness, axis, seed)


def _statement(found: Held) -> str:
    here, there = found.pairs.here, found.pairs.there
    if not found.subjects:
        return f"No subject has an accuracy on both {there} and {here}, so nothing can be told."
    if not found.robustness.line.defined:
        return f"Effective robustness on {here} is undefined: {found.robustness.line.reason}."
    return line_words(found)


def _caveats(found: Held, scores: Scores) -> tuple[str, ...]:
    pairs = found.pairs
    lines = [
        "A table does not say who was right on what: the noise of the examples was drawn from "
        "binomial distributions, subject by subject. Real subjects err on the same examples, and "
        "part of that noise cancels; with the answers these intervals would be narrower.",
        "A fitted subject is held against the line through the others. Noise in the reference "
        "accuracies makes the line a little too flat.",
        *([sources_caveat(found)] if found.robustness.line.defined else []),
        *_unsaid(pairs),
    ]
    if pairs.lacking:
        lines.append(
            f"Left out for lack of an accuracy on one of the two: {listing(pairs.lacking)}."
        )
    if not scores.standard:
        lines.append("Nobody says which subjects are standard: the line is fitted to all.")
    if scores.source:
        lines.append(f"Source: {scores.source}.")
    return tuple(lines)


def _unsaid(pairs: Pairs) -> tuple[str, ...]:
    unknown = int(sum((side < 1).sum() for side in pairs.sizes))
    if not unknown:
        return ()
    return (
        f"Nobody says how many examples are behind {unknown:,} of these numbers: their own noise "
        "is not known, so these subjects have no interval and no verdict.",
    )
