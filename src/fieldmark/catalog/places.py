"""Places: where models and data are cached or found. The one file that reads the environment."""

import os
from functools import cache
from pathlib import Path

import platformdirs


@cache
def cache_folder() -> Path:
    """The folder of trained models: ``FIELDMARK_CACHE``, or the user's cache folder."""
    told = os.environ.get("FIELDMARK_CACHE", "").strip()
    return Path(told).expanduser() if told else Path(platformdirs.user_cache_dir("fieldmark"))


def endpoint_token() -> str:
    """What an endpoint is shown to let us in: ``FIELDMARK_ENDPOINT_TOKEN``; "" for nothing."""
    return os.environ.get("FIELDMARK_ENDPOINT_TOKEN", "").strip()


def data_set_folders() -> tuple[Path, ...]:
    """Where published test sets are looked for: ``FIELDMARK_DATA_SETS``, then the cache.

    It may name several folders, as ``PATH`` does. Raw data that somebody has come last.
    """
    told = os.environ.get("FIELDMARK_DATA_SETS", "").strip()
    named = [Path(one).expanduser() for one in told.split(os.pathsep) if one]
    raw = data_folder()
    return (*named, cache_folder() / "data-sets", *([raw] if raw else []))


def data_folder() -> Path | None:
    """The folder of published raw data that somebody has: ``FIELDMARK_DATA``; None if not said."""
    told = os.environ.get("FIELDMARK_DATA", "").strip()
    return Path(told).expanduser() if told else None
