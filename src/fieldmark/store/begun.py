"""Begun: the answers of a cell that is committed in parts and not closed yet."""

from fieldmark.records import Answers, Header
from fieldmark.store import parts as lots
from fieldmark.store.store import Store


def answers_begun(store: Store, header: Header) -> Answers | None:
    """All answers of a cell whose parts cover it; None while rows are missing.

    Args:
        store: Where the parts are.
        header: Of the cell; its fingerprints say which parts are meant.

    Raises:
        StoreError: The parts keep different things per row.
    """
    parts = lots.apart(lots.committed(store._folder, lots.lot_of(header)))
    if not lots.covers(parts, header.condition.examples.n):
        return None
    return lots.joined(header.cell, parts)
