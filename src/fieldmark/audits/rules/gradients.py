"""Rules on gradients: there is one, it tells the truth, and the ground is not too rough."""

import numpy as np

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

WHOLE = 0.9
"""Share of pictures whose gradient must tell the truth."""

DEAD = 0.05
ROUGH = 0.1


def end_to_end(evidence: Evidence) -> Judgement:
    """K2: a truthful gradient leads from the scores to the raw pixels."""
    slopes = evidence.gradients
    if slopes.missing:
        if evidence.searches.get("pgd") is None:
            return beside(f"{slopes.missing}; attacks that need no gradient were run")
        return failed(slopes.missing)
    if slopes.lost.any():
        return failed(
            f"the gradient is not a number on {share_of(slopes.lost).value:.0%} of pictures",
            share_of(slopes.lost),
        )
    mute = share_of(slopes.mute)
    if mute.value > DEAD:
        return failed(
            f"the gradient is 0 on {mute.value:.0%} of pictures where the scores do change", mute
        )
    if len(slopes.told) < 8:
        return unknown("too few gradients are large enough to be held against small steps")
    told = share_of(slopes.told)
    words = f"on {told.value:.0%} of pictures a small step does what the gradient says"
    if told.value >= WHOLE:
        return passed(words, told)
    return failed(words, told) if told.high < WHOLE else unknown(words, told)


def no_way_round(evidence: Evidence) -> Judgement:
    """K21: what cannot be differentiated is replaced, in the attack, by what can."""
    verdict = end_to_end(evidence)
    if verdict.state == "pass":
        return beside("the gradient tells the truth")
    if verdict.state in ("unknown", "not applicable"):
        return Judgement(verdict.state, verdict.words)
    if evidence.declared.adaptive:
        return unknown(f"{verdict.words}; declared: {evidence.declared.adaptive}")
    return failed(f"{verdict.words}, and no attack was declared that goes round it")


def not_vanishing(evidence: Evidence) -> Judgement:
    """K31: gradients do not vanish under the losses that are climbed."""
    slopes = evidence.gradients
    if slopes.missing:
        return beside(slopes.missing)
    shares = {loss: share_of(hits) for loss, hits in slopes.vanished.items()}
    words = ", ".join(f"{loss}: {share.value:.0%}" for loss, share in shares.items())
    used = str(evidence.attack.settings.get("loss", ""))
    least = min(shares.values(), key=lambda share: share.value)
    if least.value > DEAD:
        return failed(f"vanished gradients whatever is climbed ({words})", least)
    if used in shares and shares[used].value > DEAD:
        return failed(
            f"vanished gradients of the {used} that the attack climbs ({words})", shares[used]
        )
    return passed(f"share of vanished gradients: {words}", least)


def smooth_enough(evidence: Evidence) -> Judgement:
    """K32: the loss does not jump about between neighbours."""
    slopes = evidence.gradients
    if slopes.missing or not len(slopes.rough):
        return beside(slopes.missing or "no gradients")
    rough = float(np.median(slopes.rough))
    words = f"random steps of 8/255 change the margin by {rough:.1%} (median over pictures)"
    return passed(words) if rough <= ROUGH else failed(words)


RULES = (
    Rule("K2", "a true gradient leads from scores to pixels", end_to_end),
    Rule("K21", "what has no gradient is gone round", no_way_round),
    Rule("K31", "gradients do not vanish", not_vanishing),
    Rule("K32", "the ground is not too rough", smooth_enough),
)
