"""Slices by class, ``[classes=dogs]``, and by policy: what no column of metadata says."""

import numpy as np

from fieldmark.records.errors import ConfigError, DataError
from fieldmark.records.examples import Examples
from fieldmark.records.imagenet import class_rows
from fieldmark.records.scored import seen_as, with_policy
from fieldmark.records.slices import Slice
from fieldmark.records.slicing import part

CLASSES, POLICY, AS = "classes", "policy", "as"


def asked_otherwise(examples: Examples, one: Slice) -> Examples | None:
    """What a slice makes of examples that is by their classes; None where it is by metadata.

    ``[classes=dogs|birds]`` keeps the examples with a label of these kinds, ``[classes!=dogs]``
    the others; see ``class_slice``. The classes that may be answered stay all. ``[policy=NAME]``
    keeps every example and scores answers otherwise; see ``with_policy``. ``[as=imagenet-r]`` asks
    those with a class of another set in its classes; see ``seen_as``. A column of the metadata that
    is called so comes first.

    Args:
        examples: The whole set.
        one: The slice.

    Raises:
        ConfigError: The slice has another sign, or a word that means several things.
        UnknownNameError: There is no such kind, policy or class map.
        DataError: The classes have no WordNet ids, or no example is kept.
    """
    if one.key not in (CLASSES, POLICY, AS) or one.key in examples.metadata:
        return None
    if one.key in (POLICY, AS):
        if one.sign != "=" or len(one.values) > 1 or one.every:
            example = "map-answer" if one.key == POLICY else "imagenet-r"
            raise ConfigError(f"{one} is not one name; write [{one.key}={example}]")
        return (with_policy if one.key == POLICY else seen_as)(examples, one.values[0])
    if one.sign not in ("=", "!=") or one.every:
        raise ConfigError(f"{one} is no kind of class; write [classes=dogs] or [classes!=dogs]")
    kinds = [class_rows(examples, value) for value in one.values]
    rows = np.unique(np.concatenate(kinds))
    if one.sign == "!=":
        labelled = np.flatnonzero((examples.labels >= 0).any(axis=1))
        rows = np.setdiff1d(labelled, rows)
    if not len(rows):
        raise DataError(f"{examples.card.name} has no example with {one}")
    told = f"{len(rows):,} of {len(examples):,} examples of {examples.card.name}"
    return part(
        examples,
        rows.astype(np.int64),
        name=f"{examples.card.name}{one}",
        title=told,
        collected=f"{examples.card.collected}; {told}, by their labels",
    )
