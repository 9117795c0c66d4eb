"""Arrays to estimates: pure functions, every number with its interval, its count and its method."""

from fieldmark.statistics.accuracy import accuracy, clustered_accuracy
from fieldmark.statistics.axes import from_axis, off_the_edges, to_axis
from fieldmark.statistics.differences import mean_difference
from fieldmark.statistics.effective import EffectiveRobustness, effective_robustness
from fieldmark.statistics.intervals import (
    clopper_pearson,
    clopper_pearson_bounds,
    wilson,
    wilson_bounds,
)
from fieldmark.statistics.lines import Line, fit_line, line_band
from fieldmark.statistics.paired import Paired, mcnemar, paired_difference
from fieldmark.statistics.resampling import resampled_counts, resampled_means

__all__ = [
    "EffectiveRobustness",
    "Line",
    "Paired",
    "accuracy",
    "clopper_pearson",
    "clopper_pearson_bounds",
    "clustered_accuracy",
    "effective_robustness",
    "fit_line",
    "from_axis",
    "line_band",
    "mcnemar",
    "mean_difference",
    "off_the_edges",
    "paired_difference",
    "resampled_counts",
    "resampled_means",
    "to_axis",
    "wilson",
    "wilson_bounds",
]
