"""Test sets that were used before: gaps, halves of leaderboards, and ladders."""
