"""Evidence: everything that rules look at, gathered once."""
