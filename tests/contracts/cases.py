"""Every statistic that gives an estimate, told of one small trial: who was right on what."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from types import MappingProxyType

import numpy as np

from fieldmark import statistics as st
from fieldmark.records import Estimate, generator

SUBJECTS, CLASSES, DRAWS = 10, 3, 40


@dataclass(frozen=True)
class Trial:
    """Who was right on what, bool (subjects, examples), in classes and in pairs of frames."""

    right: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    @property
    def n(self) -> int:
        return self.right.shape[1]

    @property
    def hits(self) -> np.ndarray:
        return self.right.sum(axis=1)

    @property
    def sizes(self) -> np.ndarray:
        return np.full(SUBJECTS, self.n)

    @property
    def shares(self) -> np.ndarray:
        """1 for right and 0 for wrong."""
        return self.right.astype(np.float64)

    @property
    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Hits and examples of the first subject, class by class."""
        return st.class_counts(self.right[0], self.labels, classes=CLASSES)

    @property
    def answers(self) -> np.ndarray:
        """What the first subject said."""
        return np.where(self.right[0], self.labels, (self.labels + 1) % CLASSES)

    @property
    def x(self) -> np.ndarray:
        """Accuracies on the first half of the classes."""
        return self._means(self.labels == 0)

    @property
    def y(self) -> np.ndarray:
        """Accuracies on the others."""
        return self._means(self.labels > 0)

    def _means(self, some: np.ndarray) -> np.ndarray:
        return self.shares[:, some].mean(axis=1) if some.any() else np.full(SUBJECTS, np.nan)

    def of(self, examples: np.ndarray) -> "Trial":
        return Trial(self.right[:, examples], self.labels[examples], self.groups[examples])

    def shuffled(self, seed: int) -> "Trial":
        """The same examples in another order; two frames of one group keep theirs."""
        order = generator(seed).permutation(self.n)
        for group in np.unique(self.groups):
            order[self.groups[order] == group] = np.flatnonzero(self.groups == group)
        return self.of(order)


def trial(n: int, *, seed: int = 0) -> Trial:
    rng = generator(seed)
    hard = rng.random(n)
    right = hard + 0.4 * rng.random((SUBJECTS, n)) > np.linspace(0.3, 0.9, SUBJECTS)[:, None]
    return Trial(right, np.arange(n) % CLASSES, np.arange(n) // 2)


def answered(n: int, right: bool) -> Trial:
    return replace(trial(n), right=np.full((SUBJECTS, n), right))


def estimates(found: object) -> Iterator[Estimate]:
    """Every estimate in a result, however deep."""
    if isinstance(found, Estimate):
        yield found
    elif is_dataclass(found):
        for field in fields(found):
            yield from estimates(getattr(found, field.name))
    elif isinstance(found, tuple | list):
        for one in found:
            yield from estimates(one)


def _chance() -> np.random.Generator:
    return generator(1)


def _models(t: Trial) -> dict[str, object]:
    return {"axis": "logit", "counted": (max(t.n // 3, 1), max(t.n, 1))}


def _selection(t: Trial) -> st.Selection:
    return st.Selection(t.right.sum(axis=0), np.full(t.n, SUBJECTS))


def _wrong(t: Trial) -> np.ndarray:
    return 1 - t.shares


def _kappas(t: Trial) -> tuple[Estimate, ...]:
    rows = st.consistency_of(st.pair_agreement(t.right))
    return tuple(one for row, line in enumerate(rows) for one in line[row + 1 :])


def _votes(t: Trial) -> np.ndarray:
    return np.stack([t.right.sum(axis=0), (~t.right).sum(axis=0)], axis=1)


def _half(t: Trial, some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return t.right[:, some].sum(axis=1), np.full(SUBJECTS, int(some.sum()))


def _norms(t: Trial, subject: int) -> np.ndarray:
    """Smallest norms: 0 where a subject is wrong, inf where another one is right too."""
    far = np.where(t.right[subject - 1] & t.right[subject - 2], np.inf, 0.1 + t.labels)
    return np.where(t.right[subject], far, 0.0)


def _counted_errors(t: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Of four subjects under two corruptions at one severity, and on what they changed."""
    wrong = (~t.right[:8]).astype(np.uint8)
    return wrong.reshape(4, 2, t.n), (~t.right[4:8]).astype(np.uint8)


CASES: Mapping[str, Callable[[Trial], object]] = MappingProxyType(
    {
        "accuracy": lambda t: st.accuracy(t.right[0]),
        "budget_curve": lambda t: st.budget_curve(_norms(t, 0), np.array([0.0, 0.5, 9.0])),
        "broken_line": lambda t: st.broken_line(t.x, t.y, rng=_chance(), draws=DRAWS, **_models(t)),
        "certified_curve": lambda t: st.certified_curve(
            np.where(t.right[0], 1.0 * t.labels, -np.inf), np.array([0.0, 1.0])
        ),
        "clopper_pearson": lambda t: st.clopper_pearson(int(t.hits[0]), t.n),
        "clustered_accuracy": lambda t: st.clustered_accuracy(t.right[:3]),
        "clustered_shape_bias": lambda t: st.clustered_shape_bias(
            t.right[:3], t.right[3:6] & ~t.right[:3]
        ),
        "compare_halves": lambda t: st.compare_halves(
            *_half(t, t.labels == 0), *_half(t, t.labels > 0)
        ),
        "composition_gap": lambda t: st.composition_gap(
            t.right.mean(axis=0), t.labels, t.labels[t.labels > 0]
        ),
        "consistency_of": _kappas,
        "corruption_errors": lambda t: st.corruption_errors(
            _wrong(t)[:2], _wrong(t)[2], _wrong(t)[5:7], _wrong(t)[7], rng=_chance(), draws=DRAWS
        ),
        "corruption_errors_of_shares": lambda t: st.corruption_errors_of_shares(
            1 - t.x[:4, None], np.full((4, 1), t.n), 0.1, np.full(4, 0.8), 0.2
        ),
        "corruption_errors_to_constants": lambda t: st.corruption_errors_to_constants(
            _wrong(t)[:2], _wrong(t)[2], np.array([0.7, 0.8]), 0.4, rng=_chance(), draws=DRAWS
        ),
        "counted_accuracies": lambda t: st.counted_accuracies(t.hits, t.sizes, 0 * t.sizes),
        "curve_difference": lambda t: st.curve_difference(
            _norms(t, 0), _norms(t, 3), np.array([0.0, 0.5]), rng=_chance(), draws=DRAWS
        ),
        "decompose_gap": lambda t: st.decompose_gap(int(t.hits[0]), t.n, int(t.hits[1]), t.n),
        "discrimination": lambda t: st.discrimination(t.right),
        "effective_robustness": lambda t: st.effective_robustness(
            t.shares[:, t.labels == 0],
            t.shares[:, t.labels > 0],
            np.arange(SUBJECTS) < 7,
            axis="logit",
            paired=False,
            rng=_chance(),
            draws=DRAWS,
        ),
        "error_consistency": lambda t: st.error_consistency(t.right[0], t.right[3]),
        "filtered_accuracy": lambda t: st.filtered_accuracy(t.right[0], ~t.right[3], t.labels),
        "fit_binomial_line": lambda t: st.fit_binomial_line(
            t.x, t.hits, t.sizes, axis="logit", counted=max(t.n, 1)
        ),
        "fleiss_kappa": lambda t: st.fleiss_kappa(_votes(t), rng=_chance(), draws=DRAWS),
        "grouped_accuracy": lambda t: st.grouped_accuracy(t.right[0], t.groups),
        "joint_corruption_errors": lambda t: st.joint_corruption_errors(
            *_counted_errors(t), severities=1, baseline=3, rng=_chance(), draws=DRAWS
        ),
        "joint_corruption_errors_to_constants": lambda t: st.joint_corruption_errors_to_constants(
            *_counted_errors(t),
            np.array([0.7, 0.8]),
            0.4,
            severities=1,
            rng=_chance(),
            draws=DRAWS,
        ),
        "jeffreys": lambda t: st.jeffreys(int(t.hits[0]), t.n),
        "krippendorff_alpha": lambda t: st.krippendorff_alpha(
            _votes(t), rng=_chance(), draws=DRAWS
        ),
        "macro_accuracy": lambda t: st.macro_accuracy(*t.counts),
        "macro_accuracy_bootstrap": lambda t: st.macro_accuracy_bootstrap(
            *t.counts, rng=_chance(), draws=DRAWS
        ),
        "matched_accuracy": lambda t: st.matched_accuracy(
            _selection(t), _selection(t), t.right[0], rng=_chance(), draws=DRAWS
        ),
        "mcnemar": lambda t: st.mcnemar(t.right[0], t.right[3]),
        "mean_consistencies": lambda t: st.mean_consistencies(
            [t.right], [st.all_pairs([0, 1, 2])], rng=_chance(), draws=DRAWS
        ),
        "mean_consistency": lambda t: st.mean_consistency(
            [t.right], st.cross_pairs([0, 1], [2, 3]), rng=_chance(), draws=DRAWS
        ),
        "mean_difference": lambda t: st.mean_difference(t.shares[0], t.shares[3], paired=True),
        "mean_radius": lambda t: st.mean_radius(t.shares[0] * t.labels),
        "median_norm": lambda t: st.median_norm(_norms(t, 0)),
        "mean_over_sequences": lambda t: st.mean_over_sequences(t.shares[0], t.groups),
        "mid_p": lambda t: st.mid_p(int(t.hits[0]), t.n),
        "minimum_share": lambda t: st.minimum_share(*t.counts),
        "multi_label": lambda t: st.multi_label(t.answers, t.labels[:, None], original=t.labels),
        "order_probe": lambda t: st.order_probe(
            t.answers, t.labels[:, None], {"shifted": np.roll(np.arange(CLASSES), 1)}
        ),
        "paired_bootstrap": lambda t: st.paired_bootstrap(
            t.shares[0], t.shares[3], rng=_chance(), draws=DRAWS
        ),
        "paired_difference": lambda t: st.paired_difference(
            int((t.right[0] & ~t.right[3]).sum()), int((t.right[3] & ~t.right[0]).sum()), t.n
        ),
        "pearson": lambda t: st.pearson(t.hits.astype(np.float64), t.shares @ (t.labels > 0)),
        "pm_k": lambda t: st.pm_k(t.right[0], st.neighbourhood(t.groups, 1)),
        "progress": lambda t: st.progress(
            np.arange(2000.0, 2000 + SUBJECTS), t.x, rng=_chance(), draws=DRAWS
        ),
        "published_robustness": lambda t: st.published_robustness(
            t.x,
            t.y,
            np.arange(SUBJECTS) < 7,
            sizes=(t.sizes, t.sizes),
            axis="probit",
            rng=_chance(),
            draws=DRAWS,
        ),
        "rank_correlation": lambda t: st.rank_correlation(
            t.hits.astype(np.float64), t.shares @ (t.labels > 0), kind="Kendall"
        ),
        "rank_intervals": lambda t: st.rank_intervals(t.right, rng=_chance(), draws=DRAWS),
        "rate_over_baseline": lambda t: st.rate_over_baseline(
            t.shares[:2], t.shares[5:7], t.groups, rng=_chance(), draws=DRAWS
        ),
        "reliability": lambda t: st.reliability(t.right, rng=_chance(), draws=DRAWS),
        "reuse_power": lambda t: st.reuse_power(
            t.x,
            t.y,
            np.arange(SUBJECTS) < 4,
            rng=_chance(),
            draws=DRAWS,
            gains=(0.0, 0.05),
            **_models(t),
        ),
        "saturation": lambda t: st.saturation(t.right),
        "shape_bias": lambda t: st.shape_bias(t.right[0], t.right[3] & ~t.right[0]),
        "shrunken_shares": lambda t: st.shrunken_shares(*t.counts, rng=_chance(), draws=DRAWS),
        "simultaneous_accuracies": lambda t: st.simultaneous_accuracies(
            st.pair_agreement(t.right), rng=_chance(), draws=DRAWS
        ),
        "slope_of_line": lambda t: st.slope_of_line(
            t.x, t.y, rng=_chance(), draws=DRAWS, **_models(t)
        ),
        "tie_groups": lambda t: st.tie_groups(
            st.pair_agreement(t.right), rng=_chance(), draws=DRAWS
        ),
        "transfer": lambda t: st.transfer(
            t.x,
            np.stack([t.y, t.right.mean(axis=1)], axis=1) if t.n else np.full((SUBJECTS, 2), 0.5),
            axis="logit",
            counted=(max(t.n, 1), (max(t.n, 1),) * 2),
            rng=_chance(),
            draws=DRAWS,
        ),
        "trend_beside_line": lambda t: st.trend_beside_line(
            t.x, t.y, np.arange(float(SUBJECTS)), **_models(t)
        ),
        "unpaired_difference": lambda t: st.unpaired_difference(
            int(t.hits[0]), t.n, int(t.hits[3]), t.n
        ),
        "wilson": lambda t: st.wilson(int(t.hits[0]), t.n),
    }
)
"""Each statistic by its name, applied to one trial."""

OF_ESTIMATES = ("accuracy_ceiling", "explained", "time_of_gap", "undo_label_errors")
"""Those that are told estimates instead of answers."""
