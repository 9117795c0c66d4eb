"""Each rule on stories made by hand: what it passes, what it fails, what it cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from fieldmark.attacks import FGSM
from fieldmark.audits import RULES, Binarised, Declared, Gradients, finding_of, judged
from fieldmark.records import ConfigError
from tests.audits.worlds import BUDGET, N, answers, but, evidence, search, some


def state(key, story):
    return RULES[key].judge(story).state


def test_the_checklist_is_complete_and_in_order():
    assert list(RULES) == [f"K{i}" for i in range(1, 43)]


def test_a_clean_story_has_no_failure_and_says_it_is_an_upper_bound():
    found = judged(evidence())
    assert found.keys("fail") == ()
    assert found.kind == "nothing found"
    assert "Nothing found against it" in found.verdict
    assert "upper bound" in found.verdict
    assert found.accuracy.value == 0.4


def test_no_verdict_ever_says_robust_of_the_model():
    for story in (evidence(), but(evidence(), search("noise", "noise", some(9, start=150)))):
        text = judged(story).verdict.lower().replace("robust accuracy", "")
        assert "robust" not in text


FAILING = {
    "K2": lambda s: replace(s, gradients=replace(s.gradients, told=np.arange(64) % 2 == 0)),
    "K6": lambda s: replace(
        s, answering=answers(logits=np.hstack([s.answering.logits, s.answering.logits[:, :1] - 9]))
    ),
    "K7": lambda s: but(s, search("fgsm", "white-box", some(150))),
    "K8": lambda s: but(s, search("pgd, twice the steps", "white-box", some(20, start=120))),
    "K9": lambda s: but(
        s,
        search(
            "pgd, restarts",
            "white-box",
            some(20, start=120),
            attempt=np.where(some(20, start=120), 3, -1),
        ),
    ),
    "K10": lambda s: but(s, search("pgd @ 0.05", "white-box", some(180), size=0.05)),
    "K11": lambda s: but(s, search("pgd @ 0.5", "white-box", some(120), size=0.5)),
    "K12": lambda s: but(
        s,
        search("pgd @ 0.5", "white-box", some(150), size=0.5),
        search("pgd @ 1", "white-box", some(150), size=1.0),
    ),
    "K13": lambda s: replace(s, searches={"pgd": search("pgd", "white-box", some(9))}),
    "K14": lambda s: but(s, search("square-linf", "score", some(9, start=150))),
    "K15": lambda s: but(s, search("evaluated", "white-box", some(80))),
    "K18": lambda s: but(s, search("hop-skip-jump-linf", "decision", some(9, start=150))),
    "K19": lambda s: but(s, search("transfer", "transfer", some(9, start=150))),
    "K20": lambda s: replace(s, answering=answers(again=0.2)),
    "K21": lambda s: replace(s, gradients=Gradients(missing="no way back")),
    "K22": lambda s: but(s, search("pgd, four times the step", "white-box", some(20, start=120))),
    "K23": lambda s: replace(s, attack=FGSM(BUDGET)),
    "K27": lambda s: but(s, search("noise", "noise", some(9, start=150))),
    "K29": lambda s: replace(s, twin=search("twin", "white-box", some(100))),
    "K31": lambda s: replace(
        s,
        gradients=replace(
            s.gradients, vanished={"margin": np.ones(64, bool), "cross-entropy": np.ones(64, bool)}
        ),
    ),
    "K32": lambda s: replace(s, gradients=replace(s.gradients, rough=np.full(64, 0.5))),
    "K33": lambda s: but(s, search("pgd", "white-box", some(100), seen=some(120))),
    "K34": lambda s: but(
        s, search("pgd, fewer steps", "white-box", some(0), margin=np.full(N, -8.0))
    ),
    "K35": lambda s: replace(s, answering=answers(logits=s.answering.logits * 1000)),
    "K36": lambda s: replace(s, answering=answers(alone=0.1)),
    "K37": lambda s: replace(s, answering=answers(changed=("asked",))),
    "K38": lambda s: replace(s, answering=answers(training=("dropout",))),
    "K39": lambda s: replace(
        s, searches={"pgd": search("pgd", "white-box", some(120), rounded=some(10))}
    ),
    "K41": lambda s: replace(s, binarised=Binarised(some(10, n=30), np.zeros(30, bool), 30, 30)),
}


@pytest.mark.parametrize("key", FAILING)
def test_each_rule_passes_the_clean_story_and_fails_its_own(key):
    assert state(key, evidence()) in ("pass", "not applicable")
    broken = FAILING[key](evidence())
    assert state(key, broken) == "fail", RULES[key].judge(broken).words


def test_an_attack_that_sees_less_and_does_more_makes_the_estimate_unreliable():
    story = but(evidence(), search("square-linf", "score", some(7, start=150)))
    found = judged(story)
    assert found.kind == "unreliable"
    assert "square-linf, which needs no gradient, fooled 7 pictures" in found.verdict
    assert "the true value is lower" in found.verdict


def test_a_claim_above_the_interval_is_too_optimistic():
    story = replace(evidence(), declared=Declared(claimed=0.8877))
    found = judged(story)
    assert "K15" in found.keys("fail")
    assert "The claimed 88.77% is too optimistic, by 48.8 points." in found.verdict
    assert "K15" not in judged(replace(story, declared=Declared(claimed=0.42))).keys("fail")


def test_one_picture_is_too_few_to_accuse_and_too_many_to_pass():
    story = but(evidence(), search("square-linf", "score", some(1, start=150)))
    assert state("K14", story) == "unknown"


def test_probabilities_are_told_from_scores():
    shares = np.full((N, 10), 0.01, np.float32)
    shares[:, 0] = 0.91
    judgement = RULES["K35"].judge(replace(evidence(), answering=answers(logits=shares)))
    assert judgement.state == "fail"
    assert "probabilities" in judgement.words


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("K1", {"because": "people cannot see it"}),
        ("K3", {"adaptive": "none is needed"}),
        ("K5", {"code": "at a public address"}),
        ("K26", {"bound": "smoothing"}),
    ],
)
def test_what_is_declared_passes_and_what_is_not_stays_unknown(key, said):
    assert state(key, evidence()) == "unknown"
    assert state(key, replace(evidence(), declared=Declared(**said))) == "pass"


def test_without_gradients_rules_on_them_do_not_apply():
    names = ("evaluated", "noise", "square-linf")
    story = evidence()
    story = replace(
        story,
        gradients=Gradients(missing="the model is no torch module"),
        searches={name: story.searches[name] for name in names},
        binarised=None,
    )
    for key in ("K2", "K7", "K8", "K10", "K31", "K32"):
        assert state(key, story) == "not applicable", key
    assert state("K41", story) == "unknown"


def test_a_claim_in_per_cent_is_refused_with_a_hint():
    with pytest.raises(ConfigError, match=r"did you mean 0\.8877"):
        Declared(claimed=88.77)


def test_the_finding_has_a_row_for_every_rule_and_numbers_with_intervals():
    finding = finding_of(judged(evidence()))
    assert [row[0] for row in finding.table.rows] == list(RULES)
    numbers = [row[4] for row in finding.table.rows if row[4] is not None]
    assert len(numbers) > 10
    assert all(0 <= one.low <= one.high for one in numbers if one.method.startswith("Clopper"))
