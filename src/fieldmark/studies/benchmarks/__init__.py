"""Is the benchmark sound? Its card, its labels, its re-use."""
