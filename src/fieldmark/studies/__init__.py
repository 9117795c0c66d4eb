"""The questions: from a store of kept predictions to a `Finding` in words, numbers and figures."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fieldmark.records import Finding
from fieldmark.studies.answers.accuracy import accuracy_grid
from fieldmark.studies.answers.board import first_reference
from fieldmark.studies.answers.kept import Kept, KeptAnswers, KeptExamples
from fieldmark.studies.answers.summary import accuracy_summary
from fieldmark.studies.benchmarks.benchmark import benchmark_card
from fieldmark.studies.benchmarks.filter_bias import filtering
from fieldmark.studies.benchmarks.filtering import filtered
from fieldmark.studies.benchmarks.label_errors import label_errors
from fieldmark.studies.benchmarks.label_order import label_order
from fieldmark.studies.benchmarks.laddering import ladder_replay
from fieldmark.studies.benchmarks.leaks import VERDICTS as PAIR_VERDICTS
from fieldmark.studies.benchmarks.leaks import leaks, pair_key
from fieldmark.studies.benchmarks.multi_label import multi_label
from fieldmark.studies.benchmarks.public_private import public_private, public_private_of_pairs
from fieldmark.studies.benchmarks.reuse import reuse_of_test_set
from fieldmark.studies.benchmarks.votes_summary import votes_summary
from fieldmark.studies.people.error_consistency import error_consistency
from fieldmark.studies.people.humans_and_machines import humans_and_machines
from fieldmark.studies.people.shape_bias import shape_bias
from fieldmark.studies.ranking.claims import check_claims
from fieldmark.studies.ranking.classes import per_class
from fieldmark.studies.ranking.comparing import compare
from fieldmark.studies.ranking.leaderboard import leaderboard
from fieldmark.studies.ranking.powering import power
from fieldmark.studies.ranking.similarity import similarity
from fieldmark.studies.ranking.sizing import size_of_test_set
from fieldmark.studies.ranking.slices import slices
from fieldmark.studies.robust.accuracy_budget import accuracy_budget
from fieldmark.studies.robust.cross_checking import cross_check
from fieldmark.studies.robust.sandwiched import sandwich
from fieldmark.studies.robust.transferred import transfer_matrix
from fieldmark.studies.robust.worst import worst_case
from fieldmark.studies.shifts.corruptions import corruption_error
from fieldmark.studies.shifts.curves import robustness_curves
from fieldmark.studies.shifts.failures import failures
from fieldmark.studies.shifts.flipping import flip_rate
from fieldmark.studies.shifts.headline import headline
from fieldmark.studies.shifts.neighbouring import pm_k
from fieldmark.studies.shifts.reattacked import reported_against_reattacked
from fieldmark.studies.trends.breaking import broken_line, published_broken_line
from fieldmark.studies.trends.effective import effective_robustness
from fieldmark.studies.trends.progressing import progress_over_time
from fieldmark.studies.trends.published import published_effective_robustness
from fieldmark.studies.trends.transferring import published_transfer, transfer_correlation

STUDIES: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        "accuracy-budget": accuracy_budget,
        "accuracy-grid": accuracy_grid,
        "accuracy-summary": accuracy_summary,
        "benchmark-card": benchmark_card,
        "broken-line": broken_line,
        "compare": compare,
        "corruption-error": corruption_error,
        "effective-robustness": effective_robustness,
        "error-consistency": error_consistency,
        "failures": failures,
        "filtering": filtering,
        "flip-rate": flip_rate,
        "headline": headline,
        "humans-and-machines": humans_and_machines,
        "label-errors": label_errors,
        "label-order": label_order,
        "ladder": ladder_replay,
        "leaderboard": leaderboard,
        "multi-label": multi_label,
        "per-class": per_class,
        "pm-k": pm_k,
        "progress": progress_over_time,
        "public-private": public_private,
        "robustness-curves": robustness_curves,
        "sandwich": sandwich,
        "shape-bias": shape_bias,
        "similarity": similarity,
        "slices": slices,
        "test-set-reuse": reuse_of_test_set,
        "test-set-size": size_of_test_set,
        "transfer": transfer_correlation,
        "transfer-matrix": transfer_matrix,
        "worst-case": worst_case,
    }
)
"""Every study by its name; the first argument of each is a store."""

__all__ = [
    "PAIR_VERDICTS",
    "STUDIES",
    "Kept",
    "KeptAnswers",
    "KeptExamples",
    "accuracy_budget",
    "accuracy_grid",
    "accuracy_summary",
    "benchmark_card",
    "broken_line",
    "check_claims",
    "compare",
    "corruption_error",
    "cross_check",
    "effective_robustness",
    "error_consistency",
    "failures",
    "filtered",
    "filtering",
    "first_reference",
    "flip_rate",
    "headline",
    "humans_and_machines",
    "label_errors",
    "label_order",
    "ladder_replay",
    "leaderboard",
    "leaks",
    "multi_label",
    "pair_key",
    "per_class",
    "pm_k",
    "power",
    "progress_over_time",
    "public_private",
    "public_private_of_pairs",
    "published_broken_line",
    "published_effective_robustness",
    "published_transfer",
    "reported_against_reattacked",
    "reuse_of_test_set",
    "robustness_curves",
    "sandwich",
    "shape_bias",
    "similarity",
    "size_of_test_set",
    "slices",
    "transfer_correlation",
    "transfer_matrix",
    "votes_summary",
    "worst_case",
]
