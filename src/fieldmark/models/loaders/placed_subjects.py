"""Subjects as they were asked for: under a name of their own, and placed."""

from dataclasses import replace

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.placing import placed
from fieldmark.records import PRECISIONS, Placement, Subject

_PLACES = ("device", "channels_last", "fold", "autocast")


def as_asked(found: Subject, asked: Asked) -> Subject:
    """The subject under the name that was asked for, where and how it was asked for.

    Raises:
        ConfigError: There is no such device. UnknownNameError: There is no such precision.
    """
    if any(key in asked.options for key in _PLACES):
        usual = Placement()
        found = placed(
            found,
            Placement(
                asked.text_of("device", usual.device),
                _yes(asked, "channels_last", usual.channels_last),
                _yes(asked, "fold", usual.fold),
                asked.one_of("autocast", [one for one in PRECISIONS if one]),
            ),
        )
    name = asked.text_of("name")
    return replace(found, name=name) if name else found


def _yes(asked: Asked, key: str, usual: bool) -> bool:
    return asked.one_of(key, ("yes", "no"), "yes" if usual else "no") == "yes"
