"""Fetching: published files downloaded, checked and unpacked, none of which is trusted."""

from fieldmark.datasets.fetching.fetch import Fetched, fetch

__all__ = ["Fetched", "fetch"]
