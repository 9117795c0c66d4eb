"""What votes say: the majority beside three models of the workers, and how much they agree."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from fieldmark.records import (
    Bar,
    Column,
    DataError,
    Estimate,
    Finding,
    Forest,
    Table,
    generator,
    seed_of,
)
from fieldmark.statistics import (
    TIED,
    Consensus,
    OneCoin,
    Votes,
    dawid_skene,
    fleiss_kappa,
    glad,
    krippendorff_alpha,
    majority,
    one_coin,
    wilson,
)
from fieldmark.studies.answers.words import accuracy_of, many, percent, sentence

COLUMNS = (
    Column("method", "Method", "How votes become labels."),
    Column("decided", "Decided", "Items with one label; ties and items without votes have none."),
    Column("open", "Open", "Items that have votes and no single most probable label."),
    Column("agrees", "Agrees with majority", "Share of the items that both decided."),
    Column("unlike", "Unlike the majority", "How many of them have another label."),
    Column("sure", "Mean certainty", "Mean share of the votes, or probability, of the label."),
    Column("likelihood", "Log-likelihood", "Of all votes, per vote; higher fits better."),
    Column("iterations", "Iterations", "Of EM; none for the majority."),
    Column("converged", "Settled", "Did it settle before the iterations ran out?"),
)
_MOST_WORKERS = 40


@dataclass(frozen=True)
class _Labelled:
    """What one method says of each item."""

    labels: Int64[np.ndarray, " n"]
    sure: float
    consensus: Consensus | None


def votes_summary(votes: Votes, *, draws: int = 1000, seed: int = 0) -> Finding:
    """Labels by majority, Dawid-Skene, one-coin and GLAD side by side, and the raters' agreement.

    Args:
        votes: Who answered what; the answers are the classes.
        draws: Bootstrap samples of the items, for the intervals of the agreement.
        seed: Where their chance comes from.

    Raises:
        DataError: There are fewer than two answers to choose from.

    Source:
        Dawid & Skene 1979, doi:10.2307/2346806; Whitehill et al. 2009, NeurIPS 22; Krippendorff
        2011.
    """
    if len(votes.answers) < 2:
        raise DataError("there is one answer to choose from: nothing can be in doubt")
    by_skill = one_coin(votes)
    found = _labelled(votes, by_skill)
    rng = generator(seed_of(seed, "votes-summary"))
    agreement = _agreement(votes, draws, rng)
    rows = tuple(_row(name, one, found["majority"], votes) for name, one in found.items())
    return Finding(
        study="votes-summary",
        title=f"What {many(len(votes), 'vote')} say of {many(len(votes.items), 'item')}",
        statement=_statement(votes, found, agreement),
        table=Table(COLUMNS, rows),
        figures=(_forest(votes, by_skill),),
        caveats=_caveats(found, agreement),
    )


def _labelled(votes: Votes, by_skill: OneCoin) -> dict[str, _Labelled]:
    most = majority(votes)
    found = {"majority": _Labelled(most.answer, float(np.nanmean(most.share)), None)}
    for consensus in (
        by_skill.consensus,
        dawid_skene(votes).consensus,
        glad(votes).consensus,
    ):
        labels = np.where(most.voted, consensus.labels(), TIED)
        sure = float(consensus.posterior[most.voted].max(axis=1).mean())
        found[consensus.model] = _Labelled(labels, sure, consensus)
    return found


def _agreement(votes: Votes, draws: int, rng: np.random.Generator) -> dict[str, Estimate]:
    counts = votes.counts()
    found = {"Krippendorff's alpha": krippendorff_alpha(counts, rng=rng, draws=draws)}
    asked = counts.sum(axis=1)
    if len(np.unique(asked[asked > 0])) == 1:
        found["Fleiss' kappa"] = fleiss_kappa(counts, rng=rng, draws=draws)
    return found


def _row(
    name: str, one: _Labelled, most: _Labelled, votes: Votes
) -> tuple[str, int, int, Estimate, int, float, float | None, int | None, bool | None]:
    decided = one.labels != TIED
    voted = int((np.bincount(votes.item, minlength=len(votes.items)) > 0).sum())
    both = decided & (most.labels != TIED)
    unlike = int((both & (one.labels != most.labels)).sum())
    n = int(both.sum())
    fit = one.consensus
    return (
        name,
        int(decided.sum()),
        voted - int(decided.sum()),
        wilson(n - unlike, n, missing=len(both) - n),
        unlike,
        one.sure,
        fit.log_likelihood / len(votes) if fit else None,
        fit.iterations if fit else None,
        fit.converged if fit else None,
    )


def _statement(
    votes: Votes, found: Mapping[str, _Labelled], agreement: Mapping[str, Estimate]
) -> str:
    ties = majority(votes).ties
    words = [f"{name} is {_number(one)}" for name, one in agreement.items()]
    first, model = found["majority"].labels, found["Dawid-Skene"].labels
    both = (first != TIED) & (model != TIED)
    unlike = int((both & (first != model)).sum())
    least, most = _extremes(votes)
    each = f"{least}" if least == most else f"{least} to {most}"
    return sentence(
        f"{many(len(votes.workers), 'worker').capitalize()} cast {many(len(votes), 'vote')} about "
        f"{many(len(votes.items), 'item')}, {each} about each; {' and '.join(words)}.",
        f"The majority is tied for {accuracy_of(ties)} of them."
        if ties.value > 0
        else "No majority is tied.",
        f"Dawid-Skene, which learns how each worker errs, gives {many(unlike, 'item')} another "
        f"label than the majority ({percent(unlike / max(int(both.sum()), 1))}).",
    )


def _number(estimate: Estimate) -> str:
    if not estimate.defined:
        return "undefined"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]".replace("-", "−")


def _extremes(votes: Votes) -> tuple[int, int]:
    asked = np.bincount(votes.item, minlength=len(votes.items))
    return int(asked.min()), int(asked.max())


def _forest(votes: Votes, fitted: OneCoin) -> Forest:
    """The workers from the best to the worst; of many, an even choice among them."""
    low, high = fitted.bounds()
    order = np.argsort(-np.nan_to_num(fitted.right, nan=-1.0), kind="stable")
    order = order[fitted.cast[order] > 0]
    if len(order) > _MOST_WORKERS:
        order = order[np.linspace(0, len(order) - 1, _MOST_WORKERS).round().astype(np.int64)]
    bars = tuple(
        Bar(
            votes.workers[row],
            "worker",
            Estimate(
                float(fitted.right[row]),
                float(low[row]),
                float(high[row]),
                n=int(fitted.cast[row]),
                method="one-coin, Wilson 95 %",
            ),
            f"{fitted.cast[row]:,} votes",
        )
        for row in order
    )
    chosen = f" {len(bars)} of {len(votes.workers)} workers, evenly chosen by rank."
    return Forest(
        title="How often each worker is right, by the one-coin model",
        x_title="probability of a right answer",
        bars=bars,
        unit="share",
        caption="Wilson's 95 % intervals, the model's labels taken for the truth; the line is "
        f"chance.{chosen if len(bars) < len(votes.workers) else ''}",
        mark=1 / len(votes.answers),
    )


def _caveats(found: Mapping[str, _Labelled], agreement: Mapping[str, Estimate]) -> tuple[str, ...]:
    late = [name for name, one in found.items() if one.consensus and not one.consensus.converged]
    lines = [
        "The models assume that workers answer independently given the item's class: a mistake "
        "that most of them share becomes the label, and the models are sure of it.",
        "A higher likelihood is no proof of better labels: only items with known labels are.",
    ]
    if "Fleiss' kappa" not in agreement:
        lines.append(
            "Items have different numbers of votes, so Fleiss' kappa is not defined; alpha is."
        )
    if late:
        lines.append(f"{' and '.join(late)} had not settled when the iterations ran out.")
    return tuple(lines)
