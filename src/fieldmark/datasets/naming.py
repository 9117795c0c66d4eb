"""Names of data sets: what may stand before the ``+`` and ``@`` of a condition's name."""

import re

from fieldmark.records import ConfigError

_ALLOWED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def printed_name(given: str | None, found: str) -> str:
    """The name of a user's set: the one ``given``, else ``found`` made safe.

    Args:
        given: What the user wants to call it, or None.
        found: Name of its folder or file, without suffix; any text.

    Raises:
        ConfigError: The given name holds a character that a name cannot have.

    Example:
        >>> printed_name(None, "My birds (2024)"), printed_name("birds", "anything")
        ('My-birds-2024', 'birds')
    """
    if given is None:
        return re.sub(r"[^A-Za-z0-9._-]+", "-", found).strip("-._") or "examples"
    if not _ALLOWED.fullmatch(given):
        raise ConfigError(
            f"{given!r} cannot name a data set: write letters, digits, '.', '_' and '-', "
            "beginning with a letter or a digit"
        )
    return given
