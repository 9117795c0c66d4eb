"""Choosing an engine: the one that the options name."""

from fieldmark.testbed.engines.engine import Engine
from fieldmark.testbed.engines.local import Local
from fieldmark.testbed.options import Options


def engine_of(options: Options) -> Engine:
    """The engine that ``options.engine`` names.

    Raises:
        MissingExtraError: It needs a library that is not installed.

    Example:
        >>> engine_of(Options())
        Local()
    """
    return Local()
