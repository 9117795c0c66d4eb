"""Rules on effort: more of it finds no more, far enough finds all, and nothing is lost."""

import itertools

import numpy as np
from jaxtyping import Bool

from fieldmark.audits.evidence.gathering import Evidence
from fieldmark.audits.evidence.programme import RESTARTS, STEPS
from fieldmark.audits.evidence.searches import Search
from fieldmark.audits.rules.judgement import (
    NO_GRADIENTS,
    TOLERANCE,
    Judgement,
    Rule,
    beside,
    failed,
    few_enough,
    passed,
    pictures,
    share_of,
    unknown,
    why_not,
)
from fieldmark.records import Estimate, undefined
from fieldmark.statistics import clopper_pearson, mcnemar


def converged(evidence: Evidence) -> Judgement:
    """K8: twice the steps find nothing more."""
    more = evidence.ran("pgd, twice the steps")
    if more is None:
        return beside(why_not(evidence, "pgd, twice the steps"))
    gain = share_of(more.fooled & ~_fooled(evidence, "pgd"))
    words = f"{2 * STEPS} steps fool {pictures(_count(more, gain))} that {STEPS} do not"
    return few_enough(gain, TOLERANCE, words, words)


def restarted(evidence: Evidence) -> Judgement:
    """K9: the last doubling of restarts finds nothing more."""
    search = evidence.ran("pgd, restarts")
    if search is None:
        return beside(why_not(evidence, "pgd, restarts"))
    late = share_of(search.fooled & (search.attempt >= RESTARTS // 2))
    new = [int((search.fooled & (search.attempt == start)).sum()) for start in range(RESTARTS)]
    words = f"restarts 1 to {RESTARTS} fool {', '.join(map(str, new))} more"
    return few_enough(late, TOLERANCE, words, words)


def monotone(evidence: Evidence) -> Judgement:
    """K10: a larger budget fools more."""
    sweep = _sweep(evidence)
    if len(sweep) < 2:
        return beside(NO_GRADIENTS)
    words = ", ".join(f"{one.size:.3g}: {one.fooled.mean():.0%}" for one in sweep)
    worst, number = "", undefined("none")
    for smaller, larger in itertools.pairwise(sweep):
        paired = mcnemar(smaller.fooled, larger.fooled)
        if paired.only_a > paired.only_b and paired.p_mid < 0.05:
            worst, number = (
                f"{smaller.size:.3g} fools more than {larger.size:.3g}",
                paired.difference,
            )
    if worst:
        return failed(f"{worst} ({words})", number)
    return passed(f"fooled by budget: {words}")


def huge_budget(evidence: Evidence) -> Judgement:
    """K11: with a huge budget hardly anything is left."""
    sweep = _sweep(evidence)
    if not sweep or sweep[-1].size <= evidence.shown.budget.size:
        return beside(NO_GRADIENTS)
    at = sweep[-2] if len(sweep) > 1 and sweep[-2].size > evidence.shown.budget.size else sweep[-1]
    left = clopper_pearson(int((~at.fooled).sum()), evidence.counted)
    chance = 1 / evidence.shown.classes
    words = f"at {at.size:.3g} it still gets {left.value:.0%} right; chance is {chance:.0%}"
    return failed(words, left) if left.low > chance else passed(words, left)


def reaches_everything(evidence: Evidence) -> Judgement:
    """K12: some budget fools every picture."""
    sweep = _sweep(evidence)
    if not sweep:
        return beside(NO_GRADIENTS)
    fallen = np.zeros(len(evidence.right), bool)
    for one in sweep:
        fallen |= one.fooled
    share = share_of(fallen)
    words = f"{share.value:.1%} are fooled at {sweep[-1].size:.3g} or before"
    return passed(words, share) if share.value >= 0.995 else failed(words, share)


def distortion(evidence: Evidence) -> Judgement:
    """K13: how far the nearest wrong picture is, at most."""
    nearest = np.full(len(evidence.right), np.inf)
    for one in evidence.searches.values():
        nearest = np.minimum(nearest, one.smallest)
    if not np.isfinite(np.median(nearest)):
        return failed("for most pictures no wrong one was found at any distance")
    low, middle, high = np.quantile(nearest, [0.1, 0.5, 0.9], method="higher")
    n = len(nearest)
    number = Estimate(
        float(middle), float(low), float(high), n=n, method="10 % to 90 % of pictures"
    )
    return passed(f"the nearest wrong picture is within {middle:.3g} (median)", number)


def described(evidence: Evidence) -> Judgement:
    """K16: every constant of the attack is written down."""
    constants = dict(evidence.attack.settings)
    shown = ", ".join(f"{key} {value}" for key, value in list(constants.items())[:12])
    return passed(shown)


def step_sizes(evidence: Evidence) -> Judgement:
    """K22: another step size finds no more."""
    names = ("pgd, a quarter of the step", "pgd, four times the step")
    ran = [one for one in map(evidence.ran, names) if one is not None]
    if len(ran) < len(names):
        return beside(why_not(evidence, *names))
    gains = [share_of(one.fooled) for one in ran]
    most = max(gains, key=lambda gain: gain.value)
    counts = " and ".join(str(int(one.fooled.sum())) for one in ran)
    words = f"a quarter and four times the step fool {counts} more"
    return few_enough(most, TOLERANCE, words, words)


def random_start(evidence: Evidence) -> Judgement:
    """K23: the search starts at random inside the ball."""
    start = str(evidence.attack.settings.get("start", ""))
    if not start:
        return unknown("the attack's settings do not say where it starts")
    good = any(word in start for word in ("uniform", "random", "drawn", "stripes", "tiles"))
    return passed(f"starts {start}") if good else failed(f"starts at {start}")


def nothing_overlooked(evidence: Evidence) -> Judgement:
    """K33: no wrong picture was met on the way and lost."""
    lost = np.zeros(len(evidence.right), bool)
    for one in evidence.within():
        lost |= one.seen & ~one.fooled
    share = share_of(lost)
    if not lost.any():
        return passed("whatever was seen to be wrong was kept, and is wrong still", share)
    words = f"{pictures(int(lost.sum()))} seen to be wrong, and right when asked once more"
    return failed(words, share)


def finished(evidence: Evidence) -> Judgement:
    """K34: the last ten steps change little."""
    less, full = evidence.ran("pgd, fewer steps"), evidence.ran("pgd")
    if less is None or full is None or not less.tried.any():
        return beside(why_not(evidence, "pgd, fewer steps"))
    rows = np.flatnonzero(less.tried & np.isfinite(less.margin) & np.isfinite(full.margin))
    start = -evidence.answering.lead[evidence.answering.right][rows]
    climbed = np.maximum(full.margin[rows] - start, 1e-12)
    late = float(np.median(np.maximum(full.margin[rows] - less.margin[rows], 0) / climbed))
    words = f"the last 10 of {STEPS} steps bring {late:.1%} of the rise (median)"
    return passed(words) if late <= 0.05 else failed(words)


def valid(evidence: Evidence) -> Judgement:
    """K39: pictures are in the ball and the box, and survive rounding to grey levels."""
    fooled = [one for one in evidence.within() if one.fooled.any() and one.sees != "transfer"]
    if not fooled:
        return beside("nothing was fooled")
    all_of = np.concatenate([one.rounded[one.fooled] for one in fooled])
    share = share_of(all_of)
    words = f"all in ball and box; {share.value:.1%} are wrong in 256 grey levels too"
    if share.value >= 0.9:
        return passed(words, share)
    few = f"{words}: the others stopped a hair beyond the boundary"
    return failed(few, share) if share.high < 0.5 else unknown(few, share)


def planted_are_found(evidence: Evidence) -> Judgement:
    """K41: the binarisation test."""
    test = evidence.binarised
    if test is None:
        return unknown("the binarisation test cannot be run on this model with this attack")
    if not test.separated or not test.share.defined:
        return unknown(
            f"a read-out could be fitted for {test.separated} of {test.tested} pictures, and "
            f"guessing alone finds {int(test.guessed.sum())}"
        )
    words = (
        f"{evidence.attack.name} finds {test.share.value:.0%} of planted pictures "
        f"({test.share.n} tested), 95 % are wanted"
    )
    if test.share.value >= 0.95:
        return passed(words, test.share)
    return failed(words, test.share) if test.share.high < 0.99 else unknown(words, test.share)


def _sweep(evidence: Evidence) -> list[Search]:
    named = [
        one
        for name, one in evidence.searches.items()
        if (name.startswith("pgd @") or name == "pgd") and not one.failed
    ]
    return sorted(named, key=lambda one: one.size)


def _fooled(evidence: Evidence, name: str) -> Bool[np.ndarray, " n"]:
    found = evidence.ran(name)
    return np.zeros(len(evidence.right), bool) if found is None else found.fooled


def _count(search: Search, gain: Estimate) -> int:
    return round(gain.value * len(search.fooled)) if gain.defined else 0


RULES = (
    Rule("K8", "twice the steps find no more", converged),
    Rule("K9", "more restarts find no more", restarted),
    Rule("K10", "a larger budget fools more", monotone),
    Rule("K11", "a huge budget leaves chance", huge_budget),
    Rule("K12", "some budget fools every picture", reaches_everything),
    Rule("K13", "distances of the nearest wrong pictures", distortion),
    Rule("K16", "every constant is written down", described),
    Rule("K22", "other step sizes find no more", step_sizes),
    Rule("K23", "the search starts at random", random_start),
    Rule("K33", "no wrong picture is overlooked", nothing_overlooked),
    Rule("K34", "the search has come to its end", finished),
    Rule("K39", "pictures are valid", valid),
    Rule("K41", "planted pictures are found", planted_are_found),
)
