"""Doubting: a cell whose labels plainly count classes in another order is no measurement."""

import re

import numpy as np

from fieldmark.records import Answers, Condition, Estimate, reorderings
from fieldmark.statistics import order_probe

_COUNTED = re.compile(r"[0-9]+|n[0-9]{8}")


def doubtful(condition: Condition) -> bool:
    """Are the labels of a kind that is easily counted wrong: by numbers or ids, nothing changed?"""
    space = condition.examples.classes
    return (
        condition.change is None and not space.members and all(map(_COUNTED.fullmatch, space.names))
    )


def order_doubt(condition: Condition, answers: Answers) -> str:
    """Why labels cannot be believed, and what to do, in one line; "" where they can.

    Args:
        condition: What was asked.
        answers: All of the answers to it.
    """
    if not doubtful(condition):
        return ""
    orders = {one.name: one for one in reorderings(condition.examples.classes)}
    probe = order_probe(
        answers.classes[:, 0].astype(np.int64),
        condition.examples.labels,
        {name: one.meant for name, one in orders.items()},
    )
    if probe.call != "another order" or probe.first is None:
        return ""
    looks = orders[probe.first.name]
    return (
        f"{looks.told}: {_percent(probe.first.right)} of {probe.given.n:,} answers are right that "
        f"way, as they are {_percent(probe.given)}; {looks.cure}; if the labels are right as they "
        "are: --trust-labels"
    )


def _percent(share: Estimate) -> str:
    return f"{100 * share.value:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}]"
