"""Scored otherwise: examples by another policy, or as another set's classes, named accordingly."""

from dataclasses import replace

import numpy as np

from fieldmark.records.class_maps import class_map
from fieldmark.records.errors import DataError, UnknownNameError
from fieldmark.records.examples import Examples
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.policies import POLICIES, Policy
from fieldmark.records.slicing import part


def with_policy(examples: Examples, policy: str) -> Examples:
    """The examples with another policy for the scores of models that know other classes.

    The policy is part of their name, ``objectnet[policy=map-answer]``, so that no number by it is
    taken for one by the published policy. Where it is theirs already they come back as they are.

    Args:
        examples: Any examples; pictures, labels and class names stay as they are.
        policy: See ``ClassSpace.project``.

    Raises:
        UnknownNameError: There is no such policy.
    """
    known: dict[str, Policy] = {one: one for one in POLICIES}
    if policy not in known:
        raise UnknownNameError("policy", policy, known)
    if policy == examples.classes.policy:
        return examples
    card = replace(
        examples.card,
        name=f"{examples.card.name}[policy={policy}]",
        title=f"{examples.card.title}, by the policy {policy} instead of {examples.classes.policy}",
    )
    return replace(
        examples,
        card=card,
        classes=replace(examples.classes, policy=known[policy]),
        content=fingerprint(examples.content, "policy", policy),
        altered=None,  # what it is to be held against has another policy
    )


def seen_as(examples: Examples, name: str) -> Examples:
    """The examples that have a class in another test set, asked in that set's classes.

    What a shift is held against: accuracy on ImageNet-R follows from accuracy on the pictures of
    ImageNet with its 200 classes, by the same policy, ``imagenet-val[as=imagenet-r]``. They are as
    much a test as the whole set is, and no shift of it.

    Args:
        examples: Examples whose classes are ImageNet's, by WordNet id.
        name: A class map; see ``CLASS_MAPS``.

    Raises:
        UnknownNameError: There is no such map.
        DataError: No example has a class in it.

    Source:
        Taori et al. 2020, arXiv:2007.00644: val-on-objectnet-classes and its like, with scores of
        several classes that are one collapsed by the maximum.
    """
    space, own = class_map(name), examples.classes
    groups = space.members or tuple((one,) for one in space.names)
    place = {member: position for position, group in enumerate(groups) for member in group}
    home = np.array([-1 if own.members else place.get(one, -1) for one in own.names])
    labels = np.where(examples.labels >= 0, home[examples.labels], -1).astype(np.int64)
    rows = np.flatnonzero((labels >= 0).any(axis=1)).astype(np.int64)
    if not len(rows):
        raise DataError(
            f"{examples.card.name} has no example of a class of {name}: its own are such as "
            f"{own.names[0]}, and ImageNet's have WordNet ids; read a folder with ?classes=imagenet"
        )
    told = f"{len(rows):,} of {len(examples):,} examples of {examples.card.name}"
    some = part(
        examples,
        rows,
        name=f"{examples.card.name}[as={name}]",
        title=f"{told}, as classes of {name}",
        collected=f"{examples.card.collected}; {told}: those with a class of {name}",
    )
    kept = labels[rows]
    kept = np.take_along_axis(kept, np.argsort(kept < 0, axis=1, kind="stable"), axis=1)
    kept.setflags(write=False)
    return replace(
        some,
        card=replace(some.card, reference=examples.card.reference),
        classes=space,
        labels=kept,
        content=fingerprint(some.content, "as", space.fingerprint),
    )
