"""Names in figures: shortened in the middle where they are long, so that none is in the way."""

import json
from collections.abc import Sequence
from textwrap import wrap

LONGEST = 56
_TITLE = 92


def shortened(name: str, letters: int = LONGEST) -> str:
    """``name`` with its middle left out where it is longer than ``letters``.

    Both ends stay, because names of models differ at either.

    Example:
        >>> shortened("resnet50"), shortened("resnet50-trained-on-more", 13)
        ('resnet50', 'resnet…n-more')
    """
    flat = " ".join(name.split())
    if len(flat) <= letters:
        return flat
    end = (letters - 1) // 2
    return f"{flat[: letters - 1 - end]}…{flat[len(flat) - end :]}"


def title_lines(title: str, letters: int = _TITLE) -> list[str]:
    """A title in lines that fit over its figure.

    Example:
        >>> title_lines("Which of the two?")
        ['Which of the two?']
    """
    return wrap(title, letters, max_lines=3, placeholder=" …") or [""]


def looked_up(texts: Sequence[str]) -> str:
    """The Vega expression that labels the tick at place i with the i-th of ``texts``.

    So two rows may bear the same name, and a shortened name is not taken for another.

    Example:
        >>> looked_up(["a", "b"])
        '["a", "b"][datum.value]'
    """
    return f"{json.dumps(list(texts))}[datum.value]"
