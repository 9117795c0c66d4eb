"""What shifts cost, in the measures of their benchmarks: corruption errors, flips, pm-k."""
