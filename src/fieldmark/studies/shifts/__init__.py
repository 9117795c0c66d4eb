"""Does it hold up? What natural shifts, corruptions and attacks cost."""
