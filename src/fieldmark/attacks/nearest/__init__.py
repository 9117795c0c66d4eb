"""Attacks that search for the smallest change."""
