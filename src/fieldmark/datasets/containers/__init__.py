"""Containers of encoded pictures: zip and tar archives, tables, and what a hub holds."""
