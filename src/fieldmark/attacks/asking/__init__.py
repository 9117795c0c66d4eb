"""Attacks that see scores, answers, or nothing at all."""
