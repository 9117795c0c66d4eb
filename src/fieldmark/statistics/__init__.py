"""Arrays to estimates: pure functions, every number with its interval, its count and its method."""

from fieldmark.statistics.differences.differences import mean_difference
from fieldmark.statistics.differences.paired import Paired, mcnemar, paired_difference
from fieldmark.statistics.differences.paired_means import (
    SignFlips,
    paired_bootstrap,
    sign_flip_test,
)
from fieldmark.statistics.differences.power import (
    minimum_difference,
    paired_power,
    paired_power_formula,
    paired_size,
)
from fieldmark.statistics.differences.sizes import (
    half_width,
    interval_size,
    unpaired_power,
    unpaired_size,
)
from fieldmark.statistics.differences.unpaired import fisher_exact, two_share_z, unpaired_difference
from fieldmark.statistics.ground.axes import from_axis, off_the_edges, to_axis
from fieldmark.statistics.ground.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from fieldmark.statistics.ground.ordering import similar_order
from fieldmark.statistics.ground.resampling import resampled_counts, resampled_means
from fieldmark.statistics.ground.shared_draws import resampled_hits, resampled_sums
from fieldmark.statistics.labels.consensus import Consensus
from fieldmark.statistics.labels.dawid_skene import DawidSkene, OneCoin, dawid_skene, one_coin
from fieldmark.statistics.labels.glad import Glad, glad
from fieldmark.statistics.labels.label_quality import (
    Audit,
    Undone,
    accuracy_ceiling,
    undo_label_errors,
)
from fieldmark.statistics.labels.matching import Matched, matched_accuracy
from fieldmark.statistics.labels.orders import Call, OrderProbe, OrderTest, order_probe
from fieldmark.statistics.labels.raters import fleiss_kappa, krippendorff_alpha
from fieldmark.statistics.labels.selection import Selection
from fieldmark.statistics.labels.votes import TIED, Majority, Votes, majority, votes_of
from fieldmark.statistics.reuse.gaps import Gap, composition_gap, decompose_gap
from fieldmark.statistics.reuse.halves import Halves, Redealt, compare_halves, redeal
from fieldmark.statistics.reuse.ladder import (
    Boosted,
    Released,
    boosting_attack,
    every_score,
    fixed_ladder,
    ladder,
    thresholdout,
)
from fieldmark.statistics.reuse.reuse import (
    ReusePower,
    reuse_power,
    slope_of_line,
    trend_beside_line,
)
from fieldmark.statistics.robust.budgets import (
    BudgetCurve,
    CurveDifference,
    budget_curve,
    certified_curve,
    curve_difference,
    every_budget,
    median_norm,
)
from fieldmark.statistics.robust.radii import Radii, certified_radii, decided, mean_radius
from fieldmark.statistics.shares.accuracy import accuracy, clustered_accuracy
from fieldmark.statistics.shares.counted import counted_accuracies
from fieldmark.statistics.shares.filtered import Filtered, filtered_accuracy, wrong_for
from fieldmark.statistics.shares.grouped import cluster_standard_error, grouped_accuracy
from fieldmark.statistics.shares.intervals import (
    clopper_pearson,
    clopper_pearson_bounds,
    jeffreys,
    jeffreys_bounds,
    mid_p,
    mid_p_bounds,
    wilson,
    wilson_bounds,
)
from fieldmark.statistics.shares.macro import class_counts, macro_accuracy, macro_accuracy_bootstrap
from fieldmark.statistics.shares.multilabel import MultiLabel, among, multi_label
from fieldmark.statistics.shares.shrinkage import Shrunk, minimum_share, shrunken_shares
from fieldmark.statistics.shifts.alexnet import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_MEAN_ERRORS,
    CORRUPTIONS,
    alexnet_errors,
)
from fieldmark.statistics.shifts.corruption_errors import (
    CorruptionErrors,
    corruption_errors,
    corruption_errors_of_shares,
    corruption_errors_to_constants,
    corruption_ratios,
)
from fieldmark.statistics.shifts.flips import (
    flipped,
    mean_over_sequences,
    pairs_with_first,
    rate_over_baseline,
    successive_pairs,
    top5_distance,
)
from fieldmark.statistics.shifts.joint_errors import (
    NOT_ASKED,
    joint_corruption_errors,
    joint_corruption_errors_to_constants,
)
from fieldmark.statistics.shifts.pmk import Consistent, Neighbourhood, neighbourhood, pm_k
from fieldmark.statistics.together.cover import Cover, cover_bound
from fieldmark.statistics.together.items import (
    Discrimination,
    Saturation,
    discrimination,
    reliability,
    saturation,
)
from fieldmark.statistics.together.joint import (
    Simultaneous,
    critical_value,
    effective_number,
    mean_correlation,
    pairwise_critical_value,
    simultaneous_accuracies,
)
from fieldmark.statistics.together.mean_consistency import (
    Consistency,
    all_pairs,
    cross_pairs,
    mean_consistencies,
    mean_consistency,
)
from fieldmark.statistics.together.pair_consistency import (
    consistency_of,
    error_consistency,
    independence_band,
)
from fieldmark.statistics.together.places import TieGroups, mcnemar_pairs, tie_groups
from fieldmark.statistics.together.ranks import Ranks, rank_intervals
from fieldmark.statistics.together.shape_bias import clustered_shape_bias, shape_bias
from fieldmark.statistics.together.similarity import (
    PairAgreement,
    agreement_bounds,
    agreement_bounds_by_chance,
    independent_agreement,
    pair_agreement,
    same_answers,
)
from fieldmark.statistics.trends.binomial_lines import BinomialLine, fit_binomial_line
from fieldmark.statistics.trends.broken import BrokenLine, broken_line
from fieldmark.statistics.trends.budget import SOURCES, Budget, without_each_family
from fieldmark.statistics.trends.correlations import explained, pearson, permutation_p
from fieldmark.statistics.trends.effective import (
    EffectiveRobustness,
    effective_robustness,
    published_robustness,
)
from fieldmark.statistics.trends.lines import Line, fit_line, line_band
from fieldmark.statistics.trends.progress import Progress, progress, time_of_gap
from fieldmark.statistics.trends.rank_correlation import rank_correlation
from fieldmark.statistics.trends.transferring import Transfer, transfer

__all__ = [
    "ALEXNET_CLEAN_ERROR",
    "ALEXNET_MEAN_ERRORS",
    "CORRUPTIONS",
    "NOT_ASKED",
    "SOURCES",
    "TIED",
    "Audit",
    "BinomialLine",
    "Boosted",
    "BrokenLine",
    "Budget",
    "BudgetCurve",
    "Call",
    "Consensus",
    "Consistency",
    "Consistent",
    "CorruptionErrors",
    "Cover",
    "CurveDifference",
    "DawidSkene",
    "Discrimination",
    "EffectiveRobustness",
    "Filtered",
    "Gap",
    "Glad",
    "Halves",
    "Line",
    "Majority",
    "Matched",
    "MultiLabel",
    "Neighbourhood",
    "OneCoin",
    "OrderProbe",
    "OrderTest",
    "PairAgreement",
    "Paired",
    "Progress",
    "Radii",
    "Ranks",
    "Redealt",
    "Released",
    "ReusePower",
    "Saturation",
    "Selection",
    "Shrunk",
    "SignFlips",
    "Simultaneous",
    "TieGroups",
    "Transfer",
    "Undone",
    "Votes",
    "accuracy",
    "accuracy_ceiling",
    "agreement_bounds",
    "agreement_bounds_by_chance",
    "alexnet_errors",
    "all_pairs",
    "among",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "boosting_attack",
    "broken_line",
    "budget_curve",
    "certified_curve",
    "certified_radii",
    "class_counts",
    "clopper_pearson",
    "clopper_pearson_bounds",
    "cluster_standard_error",
    "clustered_accuracy",
    "clustered_shape_bias",
    "compare_halves",
    "composition_gap",
    "consistency_of",
    "corruption_errors",
    "corruption_errors_of_shares",
    "corruption_errors_to_constants",
    "corruption_ratios",
    "counted_accuracies",
    "cover_bound",
    "critical_value",
    "cross_pairs",
    "curve_difference",
    "dawid_skene",
    "decided",
    "decompose_gap",
    "discrimination",
    "effective_number",
    "effective_robustness",
    "error_consistency",
    "every_budget",
    "every_score",
    "explained",
    "filtered_accuracy",
    "fisher_exact",
    "fit_binomial_line",
    "fit_line",
    "fixed_ladder",
    "fleiss_kappa",
    "flipped",
    "from_axis",
    "glad",
    "grouped_accuracy",
    "half_width",
    "holm",
    "independence_band",
    "independent_agreement",
    "interval_size",
    "jeffreys",
    "jeffreys_bounds",
    "joint_corruption_errors",
    "joint_corruption_errors_to_constants",
    "krippendorff_alpha",
    "ladder",
    "line_band",
    "macro_accuracy",
    "macro_accuracy_bootstrap",
    "majority",
    "matched_accuracy",
    "mcnemar",
    "mcnemar_pairs",
    "mean_consistencies",
    "mean_consistency",
    "mean_correlation",
    "mean_difference",
    "mean_over_sequences",
    "mean_radius",
    "median_norm",
    "mid_p",
    "mid_p_bounds",
    "minimum_difference",
    "minimum_share",
    "multi_label",
    "neighbourhood",
    "off_the_edges",
    "one_coin",
    "order_probe",
    "pair_agreement",
    "paired_bootstrap",
    "paired_difference",
    "paired_power",
    "paired_power_formula",
    "paired_size",
    "pairs_with_first",
    "pairwise_critical_value",
    "pearson",
    "permutation_p",
    "pm_k",
    "progress",
    "published_robustness",
    "rank_correlation",
    "rank_intervals",
    "rate_over_baseline",
    "redeal",
    "reliability",
    "resampled_counts",
    "resampled_hits",
    "resampled_means",
    "resampled_sums",
    "reuse_power",
    "same_answers",
    "saturation",
    "shape_bias",
    "shrunken_shares",
    "sign_flip_test",
    "similar_order",
    "simultaneous_accuracies",
    "slope_of_line",
    "successive_pairs",
    "thresholdout",
    "tie_groups",
    "time_of_gap",
    "to_axis",
    "top5_distance",
    "transfer",
    "trend_beside_line",
    "two_share_z",
    "undo_label_errors",
    "unpaired_difference",
    "unpaired_power",
    "unpaired_size",
    "votes_of",
    "wilson",
    "wilson_bounds",
    "without_each_family",
    "wrong_for",
]
