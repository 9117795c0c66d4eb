"""Rules on how the model answers clean pictures: the same, whatever should make no difference."""

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
from fieldmark.statistics import clopper_pearson

SAME = 1e-4
"""Differences of scores, over their spread, that rounding explains."""

SATURATED = 88.0
"""A lead at which the softmax is 1 to the last bit of float32, and its slope 0."""


def clean_accuracy(evidence: Evidence) -> Judgement:
    """K6: clean accuracy is known; a model that abstains needs more than accuracies."""
    clean = share_of(evidence.answering.right)
    extra = evidence.answering.logits.shape[1] - evidence.shown.classes
    if extra <= 0:
        return passed(f"clean accuracy {clean.value:.1%}", clean)
    abstained = np.zeros(len(evidence.right), bool)
    for one in evidence.within():
        abstained |= one.outside
    number = share_of(abstained)
    words = (
        f"{extra} more answers than classes; under attack {number.value:.0%} of the pictures are "
        "answered with one of them"
    )
    if evidence.declared.tradeoff:
        return passed(f"{words}; the trade-off is reported: {evidence.declared.tradeoff}", number)
    return failed(f"{words}, so errors must be reported against abstentions", number)


def randomised(evidence: Evidence) -> Judgement:
    """K20: a randomised defence is averaged over by the attack."""
    again = evidence.answering.again
    if again <= SAME:
        return beside("asked twice, it says the same")
    words = f"asked twice, its scores differ by {again:.1%} of their spread"
    if evidence.declared.adaptive:
        return unknown(f"{words}; declared: {evidence.declared.adaptive}")
    return failed(f"{words}, and no attack was declared that averages over it")


def scores_are_sane(evidence: Evidence) -> Judgement:
    """K35: scores are logits of a sane scale, and single precision is enough."""
    clean = evidence.answering
    scores = clean.logits.astype(np.float64)
    if (scores >= 0).all() and np.abs(scores.sum(axis=1) - 1).max() < 1e-3:
        return failed("its scores are probabilities: give the numbers before the softmax")
    saturated = share_of(clean.lead > SATURATED)
    words = f"the best score leads by {np.median(clean.lead):.3g} (median)"
    if saturated.value > 0.05:
        return failed(
            f"{words}; on {saturated.value:.0%} of pictures by more than {SATURATED:.0f}, where "
            "cross entropy has no slope in float32",
            saturated,
        )
    if np.isnan(clean.doubled):
        return unknown(f"{words}; it cannot be asked in double precision", saturated)
    if clean.doubled > 1e-3:
        return failed(f"{words}; in double precision scores differ by {clean.doubled:.1%}")
    return passed(f"{words}; double precision agrees to {clean.doubled:.0e}", saturated)


def independent_of_the_batch(evidence: Evidence) -> Judgement:
    """K36: an answer depends on the picture alone."""
    clean = evidence.answering
    if clean.again > SAME:
        return unknown("its answers do not repeat, so nothing can be told of the batch (see K37)")
    worst = max(clean.reordered, clean.alone)
    words = (
        f"in another order scores differ by {clean.reordered:.1e} of their spread, "
        f"alone by {clean.alone:.1e}"
    )
    return passed(words) if worst <= SAME else failed(words)


def unchanging(evidence: Evidence) -> Judgement:
    """K37: asking changes nothing, and nothing is optimised at test time."""
    clean = evidence.answering
    faults = []
    if clean.again > SAME:
        faults.append(f"the second answer differs by {clean.again:.1%} of the scores' spread")
    if clean.changed:
        faults.append(f"asking changes {_listed(clean.changed)}")
    if clean.optimising:
        faults.append("it computes gradients while it answers")
    if faults:
        return failed("; ".join(faults))
    return passed("the second answer is the first, and no parameter has changed")


def ready(evidence: Evidence) -> Judgement:
    """K38: in evaluation mode, preprocessing inside, budget in pixel units."""
    clean = evidence.answering
    faults = []
    if clean.training:
        faults.append(f"in training mode: {_listed(clean.training)}")
    if clean.again <= SAME < clean.bytes_differ:
        faults.append(f"bytes and floats get scores {clean.bytes_differ:.1%} apart")
    if faults:
        return failed("; ".join(faults))
    return passed("in evaluation mode; bytes and floats get the same scores; budget in pixels")


def sample_size(evidence: Evidence) -> Judgement:
    """K40: the sample is large enough for the claim."""
    final = evidence.accuracy_after()
    half = (final.high - final.low) / 2
    smallest = clopper_pearson(0, final.n).high
    words = (
        f"with {final.n} pictures the interval is ±{half:.1%}, and what breaks fewer than "
        f"{smallest:.1%} may not be seen at all"
    )
    return passed(words, final) if half <= 0.05 else unknown(words, final)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


RULES = (
    Rule("K6", "clean accuracy, and abstentions, are reported", clean_accuracy),
    Rule("K20", "what is random is averaged over", randomised),
    Rule("K35", "scores are logits of a sane scale", scores_are_sane),
    Rule("K36", "an answer depends on its picture alone", independent_of_the_batch),
    Rule("K37", "asking changes nothing", unchanging),
    Rule("K38", "evaluation mode, preprocessing inside", ready),
    Rule("K40", "enough pictures for the claim", sample_size),
)
