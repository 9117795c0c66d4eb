"""Claims held against the answers: each gets the test that it needs, and a verdict with limits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fieldmark.records import (
    Bar,
    Claim,
    Column,
    ConfigError,
    Estimate,
    Finding,
    Forest,
    NotKeptError,
    Scores,
    Table,
    UnknownNameError,
    Verdict,
)
from fieldmark.statistics import mcnemar, unpaired_difference
from fieldmark.studies.answers.board import Answered, Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import attack_caveats
from fieldmark.studies.answers.words import listing, many, points, sentence
from fieldmark.studies.trends.effective import effective_robustness
from fieldmark.studies.trends.published import published_effective_robustness

COLUMNS = (
    Column("claim", "Claim", "As it was written."),
    Column("verdict", "Verdict", "supported, not supported, or cannot be told."),
    Column("value", "Difference", "What the claim says is above 0."),
    Column("test", "Test", "How it was held against the answers."),
    Column("reason", "Reason", "Why this is the verdict."),
)


_NO_LABELS = "there are no labelled examples"


@dataclass(frozen=True)
class Judged:
    """A claim and what became of it."""

    claim: Claim
    verdict: Verdict
    value: Estimate
    test: str
    reason: str


def check_claims(known: Kept | Scores, claims: Sequence[Claim], *, seed: int = 0) -> Finding:
    """Which claims the answers support.

    A claim is *supported* where the interval of what it says is above 0 lies above 0; *not
    supported* where the estimate itself is not above 0; and otherwise it *cannot be told*: the
    data lean its way, and chance alone could do that. Intervals of comparisons hold for all
    claims of the file at once (Bonferroni); a claim to be the best, or better than people, must
    hold against every one of the others at once.

    Args:
        known: A store, or a published table: of a table nothing can be paired.
        claims: What is claimed.
        seed: Where the bootstrap's chance comes from.

    Raises:
        ConfigError: There are no claims, or a table is asked what only answers can tell.
        UnknownNameError: A subject or a condition is not there.
        NotKeptError: A subject has no answers to the condition.
    """
    if not claims:
        raise ConfigError("there are no claims to check")
    level = 1 - 0.05 / len(claims)
    judged = [_TESTS[claim.kind](known, claim, level, seed) for claim in claims]
    return Finding(
        study="claims",
        title="What the answers say to what is claimed" if len(judged) > 1 else claims[0].says,
        statement=_statement(judged),
        table=Table(
            COLUMNS,
            tuple((one.claim.says, one.verdict, one.value, one.test, one.reason) for one in judged),
        ),
        figures=(_figure(judged),),
        caveats=_caveats(known, claims),
    )


def _better(known: Kept | Scores, claim: Claim, level: float, seed: int) -> Judged:
    value = _difference(known, claim.subject, claim.than, claim.on, level)
    test = f"difference of accuracies, {value.method}"
    return Judged(claim, _verdict(value), value, test, _lean(value, claim.subject, claim.than))


def _best(known: Kept | Scores, claim: Claim, level: float, seed: int) -> Judged:
    rivals = [one for one in _answering(known, claim.on) if one != claim.subject]
    return _against_all(known, claim, rivals, level, "every other subject")


def _superhuman(known: Kept | Scores, claim: Claim, level: float, seed: int) -> Judged:
    if isinstance(known, Scores):
        raise ConfigError(
            f"a table does not say who is a person: {claim.says[:80]!r} needs a store"
        )
    people = [
        one
        for one in _answering(known, claim.on)
        if board(known).subjects[one].is_person and one != claim.subject
    ]
    if not people:
        none = Estimate(float("nan"), float("nan"), float("nan"), n=0, method="nobody was asked")
        reason = f"no person has answered {claim.on}; accuracy alone is not superhuman"
        return Judged(claim, "cannot be told", none, "difference from every person", reason)
    return _against_all(known, claim, people, level, "every person")


def _more_robust(known: Kept | Scores, claim: Claim, level: float, seed: int) -> Judged:
    reference = claim.reference or None
    if isinstance(known, Scores):
        if reference is None:
            raise ConfigError(
                f"{claim.says[:80]!r}: say which accuracy predicts it (… given REFERENCE)"
            )
        found = published_effective_robustness(known, on=claim.on, reference=reference, seed=seed)
    else:
        found = effective_robustness(known, on=claim.on, reference=reference, seed=seed)
    place = [column.key for column in found.table.columns].index("effective")
    rows = {row[0]: row[place] for row in found.table.rows}
    if claim.subject not in rows:
        raise UnknownNameError("subject", claim.subject, [str(one) for one in rows])
    value = rows[claim.subject]
    assert isinstance(value, Estimate)
    side = "above" if value.value > 0 else "below"
    reason = (
        f"it lies {points(value, signed=False)} {side} the line of the standard subjects"
        if value.defined
        else "a line needs three other standard subjects"
    )
    return Judged(claim, _verdict(value), value, f"effective robustness, {value.method}", reason)


def _against_all(
    known: Kept | Scores, claim: Claim, rivals: Sequence[str], level: float, whom: str
) -> Judged:
    """The claim that a subject is more accurate than each of several others."""
    if not rivals:
        raise NotKeptError(f"nobody else has answered {claim.on}: {claim.says[:80]!r} says nothing")
    strict = 1 - (1 - level) / len(rivals)
    found = {
        one: _difference(known, claim.subject, one, claim.on, strict) for one in sorted(rivals)
    }
    closest = min(found, key=lambda one: (found[one].value, one))
    if not found[closest].defined:
        test = f"smallest difference from {whom}, {found[closest].method}"
        return Judged(claim, "cannot be told", found[closest], test, _NO_LABELS)
    tied = [one for one, value in found.items() if value.defined and not value.low > 0]
    value = found[closest]
    above = [one for one in tied if found[one].value < 0]
    test = f"smallest difference from {whom}, {value.method}"
    if not tied:
        reason = f"the closest, {closest}, is {points(value, signed=False)} less accurate"
    elif value.high < 0:
        reason = f"{closest} is {points(value, signed=False)} more accurate"
    else:
        reason = f"it cannot be told apart from {many(len(tied), 'other')}: {listing(tied)}"
        reason += f"; {listing(above)} scored higher" if above else ""
    return Judged(claim, _verdict(value), value, test, reason)


def _difference(known: Kept | Scores, first: str, second: str, on: str, level: float) -> Estimate:
    """Accuracy of the first minus that of the second: paired where answers are known."""
    if isinstance(known, Scores):
        return _unpaired(known, first, second, on, level)
    answered = _answered(board(known), on, (first, second))
    rows = [answered.correct[answered.subjects.index(name)] for name in (first, second)]
    return mcnemar(rows[0], rows[1], level=level).difference


def _unpaired(scores: Scores, first: str, second: str, on: str, level: float) -> Estimate:
    counts = []
    for name in (first, second):
        if name not in scores.subjects:
            raise UnknownNameError("subject", name, scores.subjects)
        row = scores.subjects.index(name)
        share, n = float(scores.column(on)[row]), int(scores.sizes(on)[row])
        if share != share or n == 0:
            raise NotKeptError(f"the table has no counted accuracy of {name[:80]} on {on[:80]}")
        counts += [round(share * n), n]
    return unpaired_difference(*counts, level=level)


def _answered(cells: Board, on: str, names: Sequence[str]) -> Answered:
    answered = cells.answered(cells.condition(on))
    for name in names:
        if cells.subject(name) not in answered.subjects:
            raise NotKeptError(f"{name[:80]} has no answers to {on[:80]}")
    return answered


def _answering(known: Kept | Scores, on: str) -> list[str]:
    if isinstance(known, Scores):
        there = known.column(on)
        return [name for name, one in zip(known.subjects, there, strict=True) if one == one]
    cells = board(known)
    return list(cells.answered(cells.condition(on)).subjects)


def _verdict(value: Estimate) -> Verdict:
    if not value.defined:
        return "cannot be told"
    if value.low > 0:
        return "supported"
    return "cannot be told" if value.value > 0 else "not supported"


def _lean(value: Estimate, first: str, second: str) -> str:
    """What a difference says, and how firmly."""
    if not value.defined:
        return _NO_LABELS
    if value.value == 0:
        return f"{first} and {second} are right equally often"
    better, worse = (first, second) if value.value > 0 else (second, first)
    if value.low > 0 or value.high < 0:
        return f"{better} is {points(value, signed=False)} more accurate than {worse}"
    return f"{better} scored higher, but chance could do that: {points(value)}"


def _statement(judged: Sequence[Judged]) -> str:
    words = [f"“{one.claim.says.strip()}”: {one.verdict}; {one.reason}." for one in judged]
    if len(judged) == 1:
        return words[0]
    verdicts = [one.verdict for one in judged]
    supported = verdicts.count("supported")
    return sentence(
        f"Of {many(len(judged), 'claim')}, {supported or 'none'} "
        f"{'is' if supported <= 1 else 'are'} supported.",
        *words,
    )


def _figure(judged: Sequence[Judged]) -> Forest:
    return Forest(
        title="Claims",
        x_title="what the claim says is above 0, in points of accuracy",
        bars=tuple(Bar(one.claim.says, one.verdict, one.value, one.reason) for one in judged),
        unit="points",
        caption=(
            "A claim is supported where its whole interval lies to the right of 0. Intervals of "
            "comparisons hold for all claims at once."
        ),
        mark=0.0,
    )


def _caveats(known: Kept | Scores, claims: Sequence[Claim]) -> tuple[str, ...]:
    lines = [
        "A verdict is about these subjects on these examples; what holds on one test set need not "
        "hold on the next.",
        "“Not supported” does not say that the opposite is true.",
    ]
    if isinstance(known, Scores):
        lines.append(
            "A table does not say which examples were answered correctly, so nothing is paired: "
            "the answers themselves could tell smaller differences."
        )
    else:
        cells = board(known)
        told = dict.fromkeys(claim.on for claim in claims if claim.on in cells.conditions)
        lines += attack_caveats(cells, tuple(told))
    if any(claim.kind == "superhuman" for claim in claims):
        lines.append("People are those who were asked, with the time and the labels they had.")
    return tuple(lines)


_TESTS: Mapping[str, Callable[[Kept | Scores, Claim, float, int], Judged]] = MappingProxyType(
    {
        "better": _better,
        "best": _best,
        "more robust": _more_robust,
        "superhuman": _superhuman,
    }
)
