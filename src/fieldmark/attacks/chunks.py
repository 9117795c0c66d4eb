"""Chunks: models are shown batches of one shape, so that no example's outcome hangs on another."""

CHUNK = 100
"""How many pictures a model is shown at a time while it is attacked and judged."""
