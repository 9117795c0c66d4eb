"""Rules on strength: who sees all beats who sees less, and many steps beat one."""

import numpy as np
from jaxtyping import Bool

from fieldmark.audits.evidence.gathering import Evidence
from fieldmark.audits.evidence.programme import STEPS
from fieldmark.audits.evidence.searches import BLACK
from fieldmark.audits.rules.judgement import (
    LEAK,
    NO_GRADIENTS,
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
from fieldmark.statistics import mcnemar


def strong_attacks(evidence: Evidence) -> Judgement:
    """K4: attacks of every kind were run, in the evaluation or here."""
    ran = {one.name for one in evidence.within()} | {evidence.attack.name}
    sees = {one.sees for one in evidence.within()}
    kinds = {
        "parameter-free": any("apgd" in name or "autoattack" in name for name in ran),
        "targeted": any("-t-" in name or "autoattack" in name for name in ran),
        "score-based": "score" in sees or any("square" in name for name in ran),
        "decision-based": bool(ran & _hard_label(evidence)),
    }
    lacking = [kind for kind, there in kinds.items() if not there]
    if lacking:
        return unknown(f"no {', no '.join(lacking)} attack was run")
    return passed("a parameter-free, a targeted, a score- and a decision-based attack were run")


def steps_beat_one(evidence: Evidence) -> Judgement:
    """K7: many small steps beat one large one."""
    one, many = evidence.ran("fgsm"), evidence.ran("pgd")
    if one is None or many is None:
        return beside(why_not(evidence, "fgsm", "pgd"))
    paired = mcnemar(one.fooled, many.fooled)
    words = f"FGSM alone fools {paired.only_a}, PGD alone {paired.only_b}"
    if not one.fooled.any() and not many.fooled.any():
        return unknown("neither fools a single picture", paired.difference)
    if paired.only_a > paired.only_b and paired.p_mid < 0.05:
        return failed(f"{words}: one step beats {STEPS}", paired.difference)
    return passed(words, paired.difference)


def sees_all_beats_the_rest(evidence: Evidence) -> Judgement:
    """K14: no attack that sees less fools what those that see all do not."""
    white, black = evidence.fooled_by("white-box"), evidence.fooled_by(*BLACK)
    if "pgd" not in evidence.searches:
        return beside(NO_GRADIENTS)
    leak = share_of(black & ~white, evidence.counted)
    best = _best_of(evidence, BLACK, ~white)
    only = int((black & ~white).sum())
    if not only:
        return passed("attacks that see less fool no picture that those by gradients do not", leak)
    bad = f"attacks that see less, {best} above all, fool {pictures(only)} that gradients do not"
    return few_enough(leak, LEAK, bad, bad)


def own_figure_is_the_least(evidence: Evidence) -> Judgement:
    """K15: the figure is that of the worst case per picture; a claim is no higher."""
    least, own = evidence.accuracy_after(), evidence.ran("evaluated")
    claim = evidence.declared.claimed
    if evidence.declared.claims and claim > least.high:
        return failed(
            f"{claim:.2%} is claimed, and all attacks together leave {least.value:.1%}", least
        )
    if own is None:
        return failed(
            f"the evaluation's own attack cannot be run: {why_not(evidence, 'evaluated')}"
        )
    standing = share_of(~own.fooled, evidence.counted)
    fallen = ~np.isin(np.arange(len(evidence.right)), _standing(evidence))
    more = share_of(fallen & ~own.fooled, evidence.counted)
    words = (
        f"{evidence.attack.name} leaves {standing.value:.1%}, all attacks together "
        f"{least.value:.1%}"
    )
    return few_enough(more, LEAK, words, words)


def diverse(evidence: Evidence) -> Judgement:
    """K17: attacks are not the same attack over again."""
    seen = {"white-box", "score", "decision"}
    full = [o for o in evidence.within() if o.tried.all() and o.sees in seen and o.fooled.any()]
    if len(full) < 2:
        return unknown("fewer than two attacks fooled anything on all pictures")
    if all(one.fooled.mean() > 0.95 for one in full):
        return beside("every attack fools nearly everything, so they cannot differ")
    alike = [
        float((a.fooled & b.fooled).sum() / (a.fooled | b.fooled).sum())
        for i, a in enumerate(full)
        for b in full[i + 1 :]
    ]
    words = f"pictures fooled by two attacks, of those fooled by either: {min(alike):.2f} or more"
    return passed(words) if min(alike) <= 0.98 else unknown(f"{words}: much the same attack")


def without_gradients(evidence: Evidence) -> Judgement:
    """K18: a score-based and a decision-based attack were run, and fool no more."""
    ran = {one.name for one in evidence.within() if one.sees in ("score", "decision")}
    if not any("square" in name for name in ran):
        return unknown("no score-based attack was run")
    if "pgd" not in evidence.searches:
        return passed(f"{', '.join(sorted(ran))} were run; {NO_GRADIENTS}")
    leak = evidence.fooled_by("score", "decision") & ~evidence.fooled_by("white-box")
    share = share_of(leak, evidence.counted)
    words = f"{', '.join(sorted(ran))}: {pictures(int(leak.sum()))} more than those by gradients"
    verdict = few_enough(share, LEAK, words, words)
    if verdict.state == "pass" and not ran & _hard_label(evidence):
        return unknown(f"{words}; no decision-based attack was run", share)
    return verdict


def transferred(evidence: Evidence) -> Judgement:
    """K19: pictures found against a substitute fool no more."""
    search = evidence.ran("transfer")
    if search is None:
        return unknown("no substitute was given")
    if "pgd" not in evidence.searches:
        return beside(NO_GRADIENTS)
    leak = share_of(search.fooled & ~evidence.fooled_by("white-box"), evidence.counted)
    total = int(search.fooled.sum())
    only = int((search.fooled & ~evidence.fooled_by("white-box")).sum())
    words = f"a substitute's pictures fool {total}, {only} of them only those"
    return few_enough(leak, LEAK, words, words)


def noise_is_weaker(evidence: Evidence) -> Judgement:
    """K27: random noise fools nothing that attacks do not."""
    noise = evidence.ran("noise")
    if noise is None:
        return beside(why_not(evidence, "noise"))
    if "pgd" not in evidence.searches:
        return beside(NO_GRADIENTS)
    draws = int(str(noise.settings.get("draws", 0)))
    leak = share_of(noise.fooled & ~evidence.fooled_by("white-box"), evidence.counted)
    words = f"{draws:,} draws each fool {pictures(int(noise.fooled.sum()))} that attacks do not"
    if leak.value > 0:
        return few_enough(leak, LEAK, words, words)
    if draws < 10_000 and noise.tried.sum() != 0:
        return unknown(f"{words}; 10,000 draws are wanted", leak)
    return passed(words, leak)


def targeted(evidence: Evidence) -> Judgement:
    """K28: targeted and untargeted attacks were run."""
    ran = [one.name for one in evidence.within() if "-t-" in one.name]
    ran += [evidence.attack.name] if "autoattack" in evidence.attack.name else []
    if ran:
        return passed(f"untargeted, and {', '.join(ran)}")
    return unknown("no targeted attack was run")


def _standing(evidence: Evidence) -> np.ndarray:
    fallen = np.zeros(len(evidence.right), bool)
    for one in evidence.within():
        fallen |= one.fooled
    return np.flatnonzero(~fallen)


def _best_of(evidence: Evidence, sees: tuple[str, ...], among: Bool[np.ndarray, " n"]) -> str:
    ran = [one for one in evidence.within() if one.sees in sees]
    if not ran:
        return "nothing"
    return max(ran, key=lambda one: int((one.fooled & among).sum())).name


def _hard_label(evidence: Evidence) -> set[str]:
    return {one.name for one in evidence.within() if one.sees == "decision"}


RULES = (
    Rule("K4", "attacks of every kind were run", strong_attacks),
    Rule("K7", "many steps beat one", steps_beat_one),
    Rule("K14", "who sees all beats who sees less", sees_all_beats_the_rest),
    Rule("K15", "the figure is the least per picture", own_figure_is_the_least),
    Rule("K17", "attacks differ", diverse),
    Rule("K18", "attacks without gradients are weaker", without_gradients),
    Rule("K19", "a substitute's pictures are weaker", transferred),
    Rule("K27", "noise is weaker", noise_is_weaker),
    Rule("K28", "targeted and untargeted", targeted),
)
