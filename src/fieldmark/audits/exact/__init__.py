"""Exact optima: how far the nearest wrong picture is, for models that can be solved."""
