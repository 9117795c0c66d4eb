"""Attacks that climb the slope of a loss inside a budget."""
