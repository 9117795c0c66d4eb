"""Engines: who works off the missing cells, on this machine or on several."""

from fieldmark.testbed.engines.choosing import engine_of
from fieldmark.testbed.engines.engine import Ended, Engine, Work
from fieldmark.testbed.engines.local import Local

__all__ = ["Ended", "Engine", "Local", "Work", "engine_of"]
