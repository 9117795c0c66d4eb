"""Robustness along the budget: smallest norms that attacks found, radii that are proved."""
