"""Who is better? Comparisons, leaderboards, likeness, claims, and what a test set can tell."""
