"""An audit from beginning to end: a model and an attacked condition to a finding."""

from collections.abc import Callable

from fieldmark.audits.evidence.declared import Declared
from fieldmark.audits.evidence.gathering import gather
from fieldmark.audits.evidence.programme import DRAWS, QUERIES
from fieldmark.audits.verdicts import RULES, Audit, judged
from fieldmark.records import Classifier, Column, Condition, Finding, Table

CAVEATS = (
    "An attack gives an upper bound of the robust accuracy; no number of attacks makes it a value.",
    "The checklist is not exhaustive: a defence that nobody has thought of may pass it.",
    "Rules marked unknown need more pictures, another attack, a declaration, or a person.",
)


def audit(
    model: Classifier,
    condition: Condition,
    *,
    images: int = 200,
    declared: Declared | None = None,
    substitute: Classifier | None = None,
    twin: Classifier | None = None,
    queries: int = QUERIES,
    draws: int = DRAWS,
    told: Callable[[str], None] = lambda _: None,
) -> Audit:
    """Does the evaluation of ``model`` under ``condition`` deserve belief?

    Args:
        model: Who is evaluated.
        condition: On what, by which attack, inside which budget.
        images: How many pictures are looked at, the first of the condition's.
        declared: What the authors of the evaluation say.
        substitute: Another model for the same classes, whose worst pictures are tried.
        twin: The same model without its defence.
        queries: Questions per picture of score-based attacks.
        draws: Pictures of random noise each; the checklist wants 10,000.
        told: Told what is done next.

    Raises:
        ConfigError: The condition is no attack with a budget.
        DataError: There are no labels.
        ModelError: The model gets no picture right, or its scores are not numbers.

    Source:
        The checklist of Carlini et al. 2019, arXiv:1902.06705; the symptoms of Athalye, Carlini &
        Wagner 2018, arXiv:1802.00420; the indicators of Pintor et al. 2022, arXiv:2106.09947; the
        warnings of Croce & Hein 2020, arXiv:2003.01690.
    """
    return judged(
        gather(
            model,
            condition,
            images=images,
            declared=declared,
            substitute=substitute,
            twin=twin,
            queries=queries,
            draws=draws,
            told=told,
        )
    )


def finding_of(audited: Audit) -> Finding:
    """An audit as a finding: its verdict, and a table with a row for every rule."""
    columns = (
        Column("check", "check", "The item of the checklist."),
        Column("item", "what must hold", "In a few words."),
        Column("answer", "answer", "pass, fail, unknown or not applicable."),
        Column("evidence", "evidence", "What was seen."),
        Column("share", "share", "The same as a number, where there is one, with its interval."),
    )
    rows = tuple(
        (key, RULES[key].item, one.state, one.words, one.number)
        for key, one in audited.judgements.items()
    )
    return Finding(
        study="audit",
        title=f"Does the evaluation of {audited.evidence.model} deserve belief?",
        statement=f"{audited.evidence.model} on {audited.evidence.condition}. {audited.verdict}",
        table=Table(columns, rows),
        caveats=CAVEATS,
    )
