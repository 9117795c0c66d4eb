"""Places: where trained models are cached. The one file that reads the environment."""

import os
from functools import cache
from pathlib import Path

import platformdirs


@cache
def cache_folder() -> Path:
    """The folder of trained models: ``FIELDMARK_CACHE``, or the user's cache folder."""
    told = os.environ.get("FIELDMARK_CACHE", "").strip()
    return Path(told).expanduser() if told else Path(platformdirs.user_cache_dir("fieldmark"))
