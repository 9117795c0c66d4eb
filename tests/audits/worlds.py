"""Evidence made by hand: nothing is attacked, so that every rule can be tried on every story."""

from dataclasses import replace
from typing import Any

import numpy as np

from fieldmark.attacks import PGD
from fieldmark.audits import Answering, Binarised, Declared, Evidence, Gradients, Search, Shown
from fieldmark.records import Budget

N = 200
BUDGET = Budget("linf", 0.1)


def some(count: int, *, start: int = 0, n: int = N) -> np.ndarray:
    """``count`` pictures from ``start`` on."""
    hits = np.zeros(n, bool)
    hits[start : start + count] = True
    return hits


def search(name: str, sees: str, fooled: np.ndarray, **parts: Any) -> Search:
    n = len(fooled)
    made = Search(
        name=name,
        sees=sees,
        tried=np.ones(n, bool),
        fooled=fooled,
        seen=fooled.copy(),
        margin=np.where(fooled, 1.0, -1.0),
        smallest=np.where(fooled, 0.05, np.inf),
        rounded=fooled.copy(),
        attempt=np.where(fooled, 0, -1),
        outside=np.zeros(n, bool),
        size=BUDGET.size,
    )
    return replace(made, **parts)


def shown(n: int = N) -> Shown:
    return Shown(
        np.zeros((n, 2, 2, 1), np.float32),
        np.zeros(n, np.int64),
        np.arange(n, dtype=np.uint64),
        tuple(f"picture-{i}" for i in range(n)),
        BUDGET,
        10,
    )


def answers(n: int = N, **parts: Any) -> Answering:
    logits = np.zeros((n, 10), np.float32)
    logits[:, 0] = 9.0
    made = Answering(
        logits=logits,
        right=np.ones(n, bool),
        again=0.0,
        reordered=0.0,
        alone=1e-7,
        doubled=1e-7,
        bytes_differ=0.0,
        training=(),
        changed=(),
        optimising=False,
    )
    return replace(made, **parts)


def evidence(**parts: Any) -> Evidence:
    """A clean story: PGD fools 120 of 200, and nobody does better."""
    falls = some(120)
    whole = some(N)
    stories = [
        search("evaluated", "white-box", falls),
        search("fgsm", "white-box", some(80)),
        search("pgd", "white-box", falls),
        search("pgd, fewer steps", "white-box", some(0), tried=~falls),
        search("pgd, twice the steps", "white-box", some(0)),
        search("pgd, cross-entropy", "white-box", some(0)),
        search("pgd, a quarter of the step", "white-box", some(0)),
        search("pgd, four times the step", "white-box", some(0)),
        search("pgd, restarts", "white-box", some(0)),
        search("pgd @ 0.05", "white-box", some(60), size=0.05),
        search("pgd @ 0.5", "white-box", whole, size=0.5),
        search("pgd @ 1", "white-box", whole, size=1.0),
        search("apgd-ce-linf", "white-box", some(0)),
        search("apgd-t-linf", "white-box", some(0)),
        search("noise", "noise", some(0), settings={"draws": 10_000}),
        search("square-linf", "score", some(0)),
        search("hop-skip-jump-linf", "decision", some(0)),
        search("transfer", "transfer", some(50)),
    ]
    made = Evidence(
        model="net",
        condition="digits+pgd-linf@0.1",
        attack=PGD(BUDGET),
        shown=shown(),
        answering=answers(),
        right=shown(),
        gradients=Gradients(
            vanished={"margin": np.zeros(64, bool), "cross-entropy": np.zeros(64, bool)},
            lost=np.zeros(64, bool),
            told=np.ones(64, bool),
            mute=np.zeros(64, bool),
            rough=np.full(64, 0.03),
        ),
        searches={one.name: one for one in stories},
        binarised=Binarised(np.ones(30, bool), np.zeros(30, bool), 30, 30),
        twin=search("twin", "white-box", whole),
        declared=Declared(),
    )
    return replace(made, **parts)


def but(story: Evidence, *changed: Search) -> Evidence:
    """The same story, with other searches of these names."""
    return replace(story, searches={**story.searches, **{one.name: one for one in changed}})
