"""Transfer: pictures made against one subject, shown to another; surrogates × targets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fieldmark.records import (
    Column,
    ConditionRecord,
    ConfigError,
    Estimate,
    Finding,
    Matrix,
    NotKeptError,
    Table,
    Value,
)
from fieldmark.statistics import Paired, mcnemar, wilson
from fieldmark.studies.answers.board import Board, board
from fieldmark.studies.answers.kept import Kept
from fieldmark.studies.answers.threats import UPPER_BOUND, norm_of, threat_of
from fieldmark.studies.answers.words import accuracy_of, listing, many, p_value, points, sentence

COLUMNS = (
    Column("surrogate", "Surrogate", "Against whom the pictures were made."),
    Column("target", "Target", "Who was shown them."),
    Column("condition", "Condition", "What was asked."),
    Column("fooled", "Fooled", "Of the examples that the target has right, how many it loses."),
    Column("gain", "Over white-box", "Share fooled minus that by its own gradients, paired."),
    Column("p", "p", "Exact McNemar test of the two."),
)

_ALPHA = 0.05


@dataclass(frozen=True)
class _Square:
    """One surrogate, one target: the examples the target has right, and which of them it loses."""

    surrogate: str
    target: str
    condition: str
    fooled: Bool[np.ndarray, " n"]
    white_box: Paired | None

    @property
    def share(self) -> Estimate:
        """The share of examples fooled."""
        return wilson(int(self.fooled.sum()), len(self.fooled))

    @property
    def beats(self) -> bool:
        """Does transfer fool more than the target's own gradients, and can that be told?"""
        found = self.white_box
        return found is not None and found.difference.value > 0 and found.p_exact <= _ALPHA


def transfer_matrix(store: Kept, *, on: str, condition: str = "") -> Finding:
    """Which subjects' worst pictures fool which others, of the examples these have right.

    Args:
        store: Where answers are kept.
        on: The unchanged examples, such as "mnist-test"; or transferred conditions without their
            surrogate, such as "mnist-test+mi-linf@8/255", where there are several kinds.
        condition: A white-box attack in the same norm and budget to hold transfer against, such as
            "mnist-test+pgd-linf@8/255"; "" for none.

    Raises:
        UnknownNameError: The store has no such condition.
        ConfigError: Several kinds of transfer and no word which, or another norm or budget.
        NotKeptError: The store is empty, holds no transfer of these examples, or lacks the
            unchanged ones.

    Source:
        Papernot et al. 2016, arXiv:1605.07277, section 3 (the matrix). That transfer should not
        beat white-box attacks: Athalye, Carlini & Wagner 2018, arXiv:1802.00420, section 3.1.
    """
    cells = board(store)
    kind, kept = _kind(cells, on)
    owner = next(iter(kept.values())).examples.card.name
    if not cells.finished(owner):
        raise NotKeptError(f"{kind} is counted of what is right on {owner}, which nobody answered")
    white = _white_box(cells, condition, next(iter(kept.values())))
    squares = tuple(
        square
        for record in kept.values()
        for target in cells.finished(record.name)
        if target in cells.finished(owner)
        for square in (_square(cells, record, target, owner, white),)
    )
    if not squares:
        raise NotKeptError(f"nobody answered both {owner} and {kind}")
    return Finding(
        study="transfer-matrix",
        title=f"Who is fooled by pictures made against others? {kind}",
        statement=_statement(squares, kind, owner, white),
        table=Table(COLUMNS, tuple(_row(one) for one in squares)),
        figures=(_matrix(squares, kind),),
        caveats=_caveats(kept, white),
    )


def _kind(cells: Board, on: str) -> tuple[str, Mapping[str, ConditionRecord]]:
    """What kind of transfer is meant, and its conditions by surrogate."""
    kinds: dict[str, dict[str, ConditionRecord]] = {}
    for record in cells.conditions.values():
        if cells.finished(record.name) and _surrogate(record):
            kinds.setdefault(_without_surrogate(record), {})[_surrogate(record)] = record
    named = [one for one, kept in kinds.items() if on in (one, _owner(kept), one.split("@")[0])]
    if not named:
        cells.condition(on)
        raise NotKeptError(f"no attack was transferred on {on[:80]}: no cell names a surrogate")
    if len(named) > 1:
        raise ConfigError(f"{on} has several kinds of transfer, name one: {listing(named, 6)}")
    return named[0], kinds[named[0]]


def _owner(kept: Mapping[str, ConditionRecord]) -> str:
    return next(iter(kept.values())).examples.card.name


def _surrogate(record: ConditionRecord) -> str:
    told = record.settings.get("surrogate", "")
    return told if isinstance(told, str) else ""


def _without_surrogate(record: ConditionRecord) -> str:
    change = record.change.replace(f"-from-{_surrogate(record)}", "")
    return f"{record.examples.card.name}+{change}@{record.level}"


def _white_box(cells: Board, condition: str, transferred: ConditionRecord) -> str:
    if not condition:
        return ""
    record = cells.conditions[cells.condition(condition)]
    same = (norm_of(record), record.level) == (norm_of(transferred), transferred.level)
    if not same or record.settings.get("knowledge") != "white-box":
        raise ConfigError(
            f"{condition} is no white-box attack in the same norm and budget as "
            f"{transferred.name}: {threat_of(record) or 'no attack'}"
        )
    return condition


def _square(cells: Board, record: ConditionRecord, target: str, owner: str, white: str) -> _Square:
    before, after = _right(cells, owner, target), _right(cells, record.name, target)
    shared = [one for one in before if one in after]
    right = np.array([before[one] for one in shared], np.bool_)
    lost = right & ~np.array([after[one] for one in shared], np.bool_)
    own = None
    if white and target in cells.finished(white) and _surrogate(record) != target:
        kept = _right(cells, white, target)
        by_itself = right & ~np.array([kept.get(one, False) for one in shared], np.bool_)
        own = mcnemar(lost[right], by_itself[right])
    return _Square(_surrogate(record), target, record.name, lost[right], own)


def _right(cells: Board, condition: str, subject: str) -> dict[str, bool]:
    answered = cells.answered(condition)
    row = answered.correct[answered.subjects.index(subject)]
    return dict(zip(answered.ids, row.tolist(), strict=True))


def _row(one: _Square) -> tuple[Value, ...]:
    found = one.white_box
    return (
        one.surrogate,
        one.target,
        one.condition,
        one.share,
        None if found is None else found.difference,
        None if found is None or np.isnan(found.p_exact) else found.p_exact,
    )


def _statement(squares: tuple[_Square, ...], kind: str, owner: str, white: str) -> str:
    across = [one for one in squares if one.surrogate != one.target and one.share.defined]
    surrogates = dict.fromkeys(one.surrogate for one in squares)
    targets = dict.fromkeys(one.target for one in squares)
    opening = (
        f"{kind}: pictures made against {many(len(surrogates), 'surrogate')} were shown to "
        f"{many(len(targets), 'target')}; counted are the examples of {owner} that the target has "
        "right."
    )
    if not across:
        return sentence(opening, "No picture was shown to anybody but its own surrogate.")
    most = max(across, key=lambda one: (one.share.value, one.surrogate))
    least = min(across, key=lambda one: (one.share.value, one.surrogate))
    words = f"Most are lost by {most.target} to {most.surrogate}: {accuracy_of(most.share)}"
    if len(across) > 1:
        words += f"; fewest by {least.target} to {least.surrogate}: {accuracy_of(least.share)}"
    return sentence(opening, f"{words}.", _masked_words(squares, white))


def _masked_words(squares: tuple[_Square, ...], white: str) -> str:
    if not white:
        return ""
    beaten = [one for one in squares if one.beats]
    if not beaten:
        return f"Nowhere does transfer fool more than {white}, as it should be."
    worst = max(beaten, key=lambda one: one.white_box.difference.value if one.white_box else 0.0)
    assert worst.white_box is not None
    gain = points(worst.white_box.difference, signed=False)
    return (
        f"In {many(len(beaten), 'square')} transfer fools more than {white} does: {worst.target} "
        f"loses {gain} more to pictures made against {worst.surrogate} (exact McNemar p "
        f"{p_value(worst.white_box.p_exact)}). That is a sign of masked gradients: the white-box "
        "figure is too optimistic."
    )


def _matrix(squares: tuple[_Square, ...], kind: str) -> Matrix:
    rows = tuple(dict.fromkeys(one.surrogate for one in squares))
    columns = tuple(dict.fromkeys(sorted(one.target for one in squares)))
    shares = {(one.surrogate, one.target): one.share.value for one in squares}
    return Matrix(
        title="Share fooled, of what the target has right",
        rows=rows,
        columns=columns,
        values=tuple(
            tuple(shares.get((row, column), float("nan")) for column in columns) for row in rows
        ),
        unit="share",
        low=0.0,
        high=1.0,
        caption=f"{kind}. Rows: made against; columns: shown to. Where both are one, it is no "
        "transfer but a white-box attack.",
    )


def _caveats(kept: Mapping[str, ConditionRecord], white: str) -> tuple[str, ...]:
    threats = dict.fromkeys(threat_of(record) for record in kept.values())
    lines = [
        UPPER_BOUND,
        f"The threat models are {'; '.join(threats)}.",
        "Each share is of other examples: those that its own target has right. Shares of two "
        "targets are not paired.",
    ]
    if white:
        lines.append(f"Tests against {white} are one by one, not adjusted for their number.")
    return tuple(lines)
