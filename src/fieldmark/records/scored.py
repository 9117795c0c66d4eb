"""Scored otherwise: the same examples by another policy, under a name that says so."""

from dataclasses import replace
from typing import get_args

from fieldmark.records.errors import UnknownNameError
from fieldmark.records.examples import Examples
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.policies import Policy


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
    known: dict[str, Policy] = {one: one for one in get_args(Policy)}
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
    )
