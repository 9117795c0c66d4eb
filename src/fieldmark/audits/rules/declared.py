"""Rules that need a person: what is declared counts, what is not stays unknown."""

from fieldmark.audits.evidence.gathering import Evidence
from fieldmark.audits.rules.judgement import (
    Judgement,
    Rule,
    beside,
    failed,
    passed,
    share_of,
    unknown,
)


def threat_model(evidence: Evidence) -> Judgement:
    """K1: goal, knowledge, capability are said, and the budget is justified."""
    threat = evidence.attack.threat
    if evidence.declared.because:
        return passed(f"{threat}; the budget, because {evidence.declared.because}")
    return unknown(f"{threat}; nobody has said why this budget (--because)")


def adaptive(evidence: Evidence) -> Judgement:
    """K3: the attack was adapted to the defence."""
    said = evidence.declared.adaptive or evidence.attack.threat.adaptive
    if said:
        return passed(f"declared: {said}")
    return unknown("nobody has said how the attack was adapted to the defence (--adaptive)")


def open_code(evidence: Evidence) -> Judgement:
    """K5: code and weights are there for everybody."""
    if evidence.declared.code:
        return passed(f"declared: {evidence.declared.code}")
    return unknown("needs a person: are code and weights public (--code)?")


def prior_work(evidence: Evidence) -> Judgement:
    """K24: compared with earlier work that still stands."""
    return unknown("needs a person: which earlier work is it compared with, and does that stand?")


def broader_threats(evidence: Evidence) -> Judgement:
    """K25: moved, turned and noisy pictures were looked at as well."""
    return unknown(
        "not looked at here: run the shifts, as in `fieldmark run --conditions "
        f"{evidence.condition.partition('+')[0]}+gaussian-noise@*`"
    )


def lower_bound(evidence: Evidence) -> Judgement:
    """K26: a provable lower bound was tried."""
    if evidence.declared.bound:
        return passed(f"declared: {evidence.declared.bound}")
    return unknown("no provable lower bound is known: all the room below the figure is open")


def twin_breaks(evidence: Evidence) -> Judgement:
    """K29: the same model without its defence falls to the same attack."""
    if evidence.twin is None:
        return unknown("the model without its defence was not given")
    if evidence.twin.failed:
        return failed(f"the model without its defence: {evidence.twin.failed}")
    share = share_of(evidence.twin.fooled)
    words = f"without its defence {share.value:.1%} are fooled"
    return passed(words, share) if share.high >= 0.99 else failed(words, share)


def validated(evidence: Evidence) -> Judgement:
    """K30: the attack was tried on models that are known to be broken."""
    from fieldmark import attacks

    if evidence.attack.name in attacks.ATTACKS:
        return passed("Fieldmark's tests run it on models with known answers")
    return unknown(f"nobody has tried {evidence.attack.name} on models known to be broken")


def other_domains(evidence: Evidence) -> Judgement:
    """K42: what is different outside of images."""
    return beside("these are images")


RULES = (
    Rule("K1", "a threat model, and why this budget", threat_model),
    Rule("K3", "the attack is adapted to the defence", adaptive),
    Rule("K5", "code and weights are public", open_code),
    Rule("K24", "compared with work that stands", prior_work),
    Rule("K25", "broader threats were looked at", broader_threats),
    Rule("K26", "a provable bound was tried", lower_bound),
    Rule("K29", "without its defence it breaks", twin_breaks),
    Rule("K30", "the attack was validated", validated),
    Rule("K42", "other domains than images", other_domains),
)
