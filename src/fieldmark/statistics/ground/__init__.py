"""What every statistic stands on: quantiles, axes, draws, and p-values of many tests."""
