"""Public and private: did handing in to the public half of a leaderboard wear it out?"""

from collections.abc import Mapping
from dataclasses import replace
from math import isnan, nan

import numpy as np

from fieldmark.records import (
    Column,
    ConfigError,
    DataError,
    Finding,
    Histogram,
    Scatter,
    Table,
    Value,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    Halves,
    Redealt,
    clopper_pearson,
    compare_halves,
    fit_line,
    mean_difference,
    redeal,
)
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.words import (
    capital,
    direction,
    many,
    p_value,
    percent,
    points,
    sentence,
)
from fieldmark.studies.benchmarks.both import Both, both_of, points_of, trend_of

COLUMNS = (
    Column("submission", "Submission", "Who answered; the last rows are about all of them."),
    Column("public", "Public accuracy", "On the half whose scores were shown."),
    Column("private", "Private accuracy", "On the half whose scores were not."),
    Column("difference", "Public minus private", "Positive where the public half flattered."),
    Column("z", "z", "Of the difference, both halves being drawn from one pool."),
    Column("p_z", "p (z)", "Two-sided, of no difference."),
    Column("p_fisher", "p (Fisher)", "Exact, of no difference."),
)
_BINS = 20


def public_private(
    store: Kept, *, first: str, second: str, deals: int = 1000, draws: int = 1000, seed: int = 0
) -> Finding:
    """Public against private accuracy of every subject, and whether chance explains the difference.

    It is known who was right on what, so the examples of both halves are dealt out again at
    random: that test is right although submissions resemble each other.

    Args:
        store: Where answers are kept.
        first: The public half: a condition.
        second: The private half: another condition.
        deals: How often the examples are dealt out again.
        draws: Number of bootstrap draws for the band of the line.
        seed: Where chance comes from.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: The two are one, or share examples.
        NotKeptError: No subject answered both.

    Source:
        Roelofs et al. 2019, "A meta-analysis of overfitting in machine learning", NeurIPS.
    """
    both = both_of(store, on=second, reference=first)
    shared = set(store.correct(first).ids) & set(store.correct(second).ids)
    if shared:
        raise ConfigError(
            f"{first} and {second} share {len(shared):,} examples: halves of a test set share none"
        )
    dealt = None
    if both.shares is not None and all(some.size for some in both.shares):
        old, new = (some == 1 for some in both.shares)
        rng = generator(seed_of(seed, "public-private", first, second))
        dealt = redeal(old, new, rng=rng, deals=deals)
    return _finding(both, dealt, draws, seed)


def public_private_of_pairs(
    pairs: Mapping[str, tuple[float, int, float, int]], *, draws: int = 1000, seed: int = 0
) -> Finding:
    """The same from published scores, of which only sizes are known.

    Args:
        pairs: From submission to (public accuracy, public examples, private accuracy, private
            examples); accuracies are shares in [0, 1].
        draws: Number of bootstrap draws for the band of the line.
        seed: Where chance comes from.

    Raises:
        DataError: No pairs, a share outside [0, 1], or a half without examples.

    Example:
        >>> found = public_private_of_pairs({"a": (0.71, 1000, 0.70, 2000)})
        >>> found.table.rows[0][6] > 0.5
        True
    """
    for name, (public, n, private, m) in pairs.items():
        if not (0 <= public <= 1 and 0 <= private <= 1 and n > 0 and m > 0):
            raise DataError(
                f"{name[:80]}: ({public}, {n}, {private}, {m}) are not two shares in [0, 1] with "
                "their numbers of examples; divide percentages by 100"
            )
    if not pairs:
        raise DataError("there are no pairs of public and private scores")
    told = list(pairs.values())
    both = Both(
        titles=("public", "private"),
        subjects=tuple(pairs),
        families=("submission",) * len(pairs),
        fitted=(True,) * len(pairs),
        old=tuple(clopper_pearson(round(share * n), n) for share, n, _, _ in told),
        new=tuple(clopper_pearson(round(share * n), n) for _, _, share, n in told),
        shares=None,
        classes=None,
        lacking=(),
    )
    return _finding(both, None, draws, seed)


def _finding(both: Both, dealt: Redealt | None, draws: int, seed: int) -> Finding:
    there = [row for row in range(len(both.subjects)) if both.old[row].n and both.new[row].n]
    if not there:
        raise DataError("public and private scores need labelled examples in both halves")
    hits = [
        np.array([round(some[row].value * some[row].n) for row in there])
        for some in (both.old, both.new)
    ]
    sizes = [np.array([some[row].n for row in there]) for some in (both.old, both.new)]
    found = compare_halves(hits[0], sizes[0], hits[1], sizes[1])
    if both.shares is not None:  # the examples are known, so chance is in which were drawn
        public, private = (some.mean(axis=0) for some in both.shares)
        found = replace(found, mean=mean_difference(private, public, paired=False))
    line = fit_line(both.x[both.rows], both.y[both.rows], axis="linear", counted=both.counted)
    found = replace(found, line=line)
    rows = (*_rows(both, found), *_summary(found, dealt))
    return Finding(
        study="public-private",
        title=f"Public ({both.titles[0]}) and private ({both.titles[1]}) scores",
        statement=_statement(both, found, dealt),
        table=Table(COLUMNS, rows),
        figures=(_scatter(both, found, draws, seed), *_histogram(found)),
        caveats=_caveats(both, found, dealt),
    )


def _rows(both: Both, found: Halves) -> tuple[tuple[Value, ...], ...]:
    return tuple(
        (
            name,
            both.old[row],
            both.new[row],
            found.differences[row],
            float(found.z[row]),
            float(found.p_z[row]),
            float(found.p_fisher[row]),
        )
        for row, name in enumerate(both.subjects)
    )


def _summary(found: Halves, dealt: Redealt | None) -> tuple[tuple[Value, ...], ...]:
    p = dealt.mean if dealt is not None else nan
    return (
        ("(mean of all)", None, None, found.mean, None, p, None),
        ("(mean of the best tenth)", None, None, found.best, None, None, None),
    )


def _statement(both: Both, found: Halves, dealt: Redealt | None) -> str:
    submissions = many(len(both.subjects), "submission")
    far = int((found.p_fisher < 0.05).sum())
    expected = 0.05 * len(both.subjects)
    best = f", {points(found.best)} among the best tenth" if found.best.n > 2 else ""
    text = [
        f"{capital(submissions)}: public minus private accuracy is {points(found.mean)} on "
        f"average{best}.",
        f"{far} of them differ by more than chance would have it at the 5 % level (Fisher), "
        f"{expected:.1f} are expected.",
    ]
    if dealt is not None:
        count, low, _, high = dealt.differing
        text.append(
            f"Dealing the examples out again at random {dealt.deals:,} times gives a mean "
            f"difference as large with p {p_value(dealt.mean)}, and leaves {low:.0f} to {high:.0f} "
            f"submissions beyond 1.96 standard errors where there are {count}: "
            + (
                "the halves are not one pool dealt at random."
                if dealt.mean < 0.05
                else "the halves may well be one pool, dealt at random."
            )
        )
    elif direction(found.mean):
        text.append("Without the answers behind the scores, how sure that is cannot be told.")
    if found.line.defined:
        text.append(
            f"The line through {'them' if all(both.fitted) else 'the standard ones'} has slope "
            f"{found.line.slope:.2f} and explains {percent(found.line.r2)} of the variance."
        )
    return sentence(*text)


def _scatter(both: Both, found: Halves, draws: int, seed: int) -> Scatter:
    notes = tuple(
        f"public minus private {points(one)}, p {p_value(float(p))}"
        for one, p in zip(found.differences, found.p_fisher, strict=True)
    )
    best = both.subjects[int(np.argmax(both.x))]
    trend = trend_of(both, axis="linear", draws=draws, seed=seed, study="public-private")
    if trend is not None and both.titles == ("public", "private"):
        trend = replace(trend, title=f"fitted to {many(len(both.subjects), 'submission')}")
    return Scatter(
        title="Private against public accuracy",
        x_title=f"public accuracy ({both.titles[0]})",
        y_title=f"private accuracy ({both.titles[1]})",
        points=points_of(both, notes, named=(best,)),
        trend=trend,
        axis="linear",
        caption=(
            "One point per submission with its exact 95 % intervals; the dashed line is y = x. "
            "Where the public half was worn out, the best public scores lie below it."
        ),
    )


def _histogram(found: Halves) -> tuple[Histogram, ...]:
    p = found.p_z[~np.isnan(found.p_z)]
    if len(p) < 5:
        return ()
    counts, edges = np.histogram(p, bins=_BINS, range=(0, 1))
    return (
        Histogram(
            title="p-values of public minus private",
            x_title="p of no difference (z test)",
            edges=tuple(edges.tolist()),
            counts=(("submissions", tuple(counts.tolist())),),
            unit="number",
            caption=(
                "Flat where chance alone separates the halves and submissions are independent. "
                "They are not: submissions that resemble each other pile up together."
            ),
        ),
    )


def _caveats(both: Both, found: Halves, dealt: Redealt | None) -> tuple[str, ...]:
    lines = [
        "Look first at how the halves were made: a split by time, place or group, or a leak, "
        "explains most large differences between public and private scores.",
        "The interval of the best tenth takes submissions as independent, which they are not."
        if both.shares is not None
        else "The intervals of the means take submissions as independent, which they are not.",
    ]
    if not isnan(found.uniform):
        lines.append(
            f"That p-values are uniform has p {p_value(found.uniform)} (Kolmogorov-Smirnov); "
            "submissions that resemble each other make it small where chance dealt the halves."
        )
    if dealt is None:
        lines.append("Only scores were given: examples could not be dealt out again.")
    if both.lacking:
        lines.append(f"Left out for lack of answers: {len(both.lacking)} subjects.")
    return tuple(lines)
