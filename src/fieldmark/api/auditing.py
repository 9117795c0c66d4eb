"""Auditing: does an evaluation of robustness deserve belief?"""

from collections.abc import Callable
from math import nan

from fieldmark.catalog import Conditions
from fieldmark.catalog import subject as subject_by_name
from fieldmark.records import Condition, ConfigError, Finding, Subject


def audit(
    model: str | Subject,
    condition: str | Condition,
    *,
    images: int = 200,
    claimed: float | None = None,
    because: str = "",
    adaptive: str = "",
    code: str = "",
    tradeoff: str = "",
    bound: str = "",
    substitute: str | Subject | None = None,
    twin: str | Subject | None = None,
    queries: int = 5000,
    draws: int = 100,
    seed: int = 0,
    told: Callable[[str], None] = lambda _: None,
) -> Finding:
    """A verdict on an evaluation, and what each rule of the checklist says of it.

    Args:
        model: Who is evaluated: a name such as "cnn-small", or a ``Subject``.
        condition: On what, by which attack, inside which budget, as "mnist-test+pgd-linf@0.2".
        images: How many pictures are looked at.
        claimed: The robust accuracy that somebody claims, from 0 to 1.
        because: Why this budget is the right one.
        adaptive: How the attack was adapted to the defence.
        code: Where code and weights are.
        tradeoff: Where errors are reported against abstentions.
        bound: What provable lower bound there is.
        substitute: Another model, whose worst pictures are tried.
        twin: The same model without its defence.
        queries: Questions per picture of attacks without gradients.
        draws: Pictures of random noise each; the checklist wants 10,000.
        seed: The run's seed.
        told: Told what is done next.

    Raises:
        ConfigError: The condition is no single attack with a budget, or a claim is no share.
        FieldmarkError: A name, a model or data that cannot be used.
    """
    from fieldmark import audits

    made = Conditions(seed).make(condition) if isinstance(condition, str) else (condition,)
    if len(made) != 1:
        raise ConfigError(f"an audit looks at one condition, {condition} are {len(made)}")
    declared = audits.Declared(
        claimed=nan if claimed is None else float(claimed),
        because=because,
        adaptive=adaptive,
        code=code,
        tradeoff=tradeoff,
        bound=bound,
    )
    shown = audits.shown_of(made[0], images)  # what is wrong with it is said before any training
    told(f"{len(shown)} pictures")
    asked, other, bare = (
        None if one is None else _subject(one).load() for one in (model, substitute, twin)
    )
    assert asked is not None
    audited = audits.audit(
        asked,
        made[0],
        images=images,
        declared=declared,
        substitute=other,
        twin=bare,
        queries=queries,
        draws=draws,
        told=told,
    )
    return audits.finding_of(audited)


def _subject(named: str | Subject) -> Subject:
    return subject_by_name(named) if isinstance(named, str) else named
