"""SQuADShifts: the line of question answering models on new test sets, and people beside it."""

import json
from dataclasses import replace

import numpy as np

from fieldmark.records import PEOPLE, Axis, Figure, Scatter, Scores
from fieldmark.replications.checks import Check, Unit
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.replication import Replication
from fieldmark.statistics import Line, fit_line
from fieldmark.studies import published_effective_robustness

RESULTS = Origin(
    "squadshifts/results.json",
    "508384c6fc76137e65f644008eacd95bc5fd5aa7c6bd328b23d065046de08c94",
    "modestyachts/squadshifts-website",
    "b7cc4d50af791c36c49417fb94dd739d6a9e7bef",
    "results.json",
)
REFERENCE = "new-wiki"
SETS = (REFERENCE, "nyt", "reddit", "amazon")
DROPS = {"amazon": 15.27, "reddit": 12.30, "nyt": 2.10}
PEOPLE_F1 = {
    REFERENCE: (92.5, 92.4, 92.3),
    "nyt": (95.0, 96.3, 93.7),
    "reddit": (92.4, 92.6, 91.7),
    "amazon": (92.6, 92.4, 91.2),
}
BEST = {"amazon": 87.7, "reddit": 88.0}
_GOLDEN = "modestyachts/squadshifts-website:results.json, computed by other code"
_MANY = 10_000  # F1 is a mean of shares, not a share of answers: how many matters at 0 and 1 only


def squad_scores(data: Data) -> Scores:
    """F1 of the models that were run on all four sets, and of three people, as shares.

    F1 is a mean of partial credits, so it counts no right answers: ``counted`` is 0.

    Raises:
        DataError: The file cannot be had.
    """
    results = json.loads(data.read(RESULTS))
    f1 = {
        kind: {
            name: {one["name"]: float(one[f"{name}_f1"]) / 100 for one in results[name][kind]}
            for name in SETS
        }
        for kind in ("models", "humans")
    }
    models, people = (
        [one for one in found[REFERENCE] if all(one in found[name] for name in SETS)]
        for found in (f1["models"], f1["humans"])
    )
    rows = [[f1["models"][name][one] for name in SETS] for one in models]
    rows += [[f1["humans"][name][one] for name in SETS] for one in people]
    return Scores(
        subjects=(*models, *people),
        conditions=SETS,
        values=np.array(rows),
        counted=np.zeros((len(rows), len(SETS)), np.int64),
        families=("question answering model",) * len(models) + (PEOPLE,) * len(people),
        standard=(True,) * len(models) + (False,) * len(people),
        source="modestyachts/squadshifts-website:results.json (Miller et al. 2020)",
    )


def line(scores: Scores, on: str, axis: Axis = "probit") -> Line:
    """The line through the models."""
    models = np.array(scores.standard)
    x, y = scores.column(REFERENCE)[models], scores.column(on)[models]
    return fit_line(x, y, axis=axis, counted=(_MANY, _MANY))


def check(data: Data) -> list[Check]:
    """How much is lost on each set, the line on Amazon, and what people do."""
    scores = squad_scores(data)
    models = np.array(scores.standard)
    amazon = line(scores, "amazon")
    return [
        _golden("models on all four sets", 96.0, float(models.sum()), 0.0, "count"),
        *(
            _golden(
                f"mean drop in F1 from {REFERENCE} to {name}",
                drop,
                100 * float((scores.column(REFERENCE) - scores.column(name))[models].mean()),
                0.005,
                "points",
            )
            for name, drop in DROPS.items()
        ),
        _golden("line on amazon, probit axis: slope", 1.121, amazon.slope, 0.0005),
        _golden("line on amazon, probit axis: r²", 0.915, amazon.r2, 0.0005),
        *(
            _golden(
                f"best model's F1 on {name}", best, 100 * float(scores.column(name)[models].max())
            )
            for name, best in BEST.items()
        ),
        *(
            _golden(
                f"mean F1 of three people on {name}",
                round(sum(each) / len(each), 1),
                100 * float(scores.column(name)[~models].mean()),
            )
            for name, each in PEOPLE_F1.items()
        ),
    ]


def figures(data: Data) -> tuple[Figure, ...]:
    """Models and people on the set where models lose most."""
    found = published_effective_robustness(
        squad_scores(data), on="amazon", reference=REFERENCE, axis="probit"
    ).figures[0]
    if not isinstance(found, Scatter):
        return ()
    return (
        replace(
            found,
            title="F1 on questions about Amazon reviews against F1 on Wikipedia",
            x_title="F1 on new-wiki",
            y_title="F1 on amazon",
            caption=(
                "One point per model or person; F1 counts no answers, so points have no intervals. "
                "The dashed line is y = x, the other one is fitted to the models; its band is the "
                "middle 95 % of 1,000 bootstrap samples of them. People lose next to nothing."
            ),
        ),
    )


def _golden(
    what: str, known: float, computed: float, tolerance: float = 0.05, unit: Unit = "number"
) -> Check:
    unit = "%" if "F1 o" in what else unit
    return Check(what, known, computed, tolerance, _GOLDEN, unit, golden=True)


SQUADSHIFTS = Replication(
    name="squadshifts",
    title="Question answering models and people on four new SQuAD test sets",
    paper="Miller, Krauth, Recht & Schmidt 2020, The Effect of Natural Distribution Shift on "
    "Question Answering Models, arXiv:2004.14444",
    origins=(RESULTS,),
    check=check,
    figures=figures,
)
