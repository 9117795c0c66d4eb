"""Attacks made against one model and shown to another."""
