"""Robust accuracy: along the budget, proved and attacked, over threat models, transferred."""
