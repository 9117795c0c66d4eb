"""Claims: sentences that people write in abstracts, taken at their word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fieldmark.records.errors import ConfigError

ClaimKind = Literal["better", "best", "more robust", "superhuman"]
Verdict = Literal["supported", "not supported", "cannot be told"]

_NAME = r"(?P<{}>\S(?:.*?\S)?)"
_SUBJECT, _THAN, _ON, _REFERENCE = (
    _NAME.format(part) for part in ("subject", "than", "on", "reference")
)
_BEATS = "(?:beats|is better than|is more accurate than)"
_SENTENCES: Mapping[ClaimKind, tuple[str, ...]] = MappingProxyType(
    {
        "best": (rf"{_SUBJECT} is the best(?: model| subject| classifier)? on {_ON}",),
        "superhuman": (
            rf"{_SUBJECT} is superhuman on {_ON}",
            rf"{_SUBJECT} {_BEATS} (?:people|humans) on {_ON}",
        ),
        "more robust": (
            rf"{_SUBJECT} is more robust on {_ON} than (?:its accuracy on {_REFERENCE}|the line) "
            r"predicts",
            rf"{_SUBJECT} is more robust than the line predicts on {_ON}",
            rf"{_SUBJECT} has effective robustness on {_ON} given {_REFERENCE}",
            rf"{_SUBJECT} has effective robustness on {_ON}",
        ),
        "better": (rf"{_SUBJECT} (?:beats|is better than|is more accurate than) {_THAN} on {_ON}",),
    }
)
"""How each kind of claim may be worded; the first pattern that fits the whole sentence counts."""


@dataclass(frozen=True)
class Claim:
    """One claim about subjects and a condition.

    Args:
        says: The sentence, on one line.
        kind: What is claimed: that a subject is more accurate than another ("better"), than every
            other ("best"), than people ("superhuman"), or than its accuracy elsewhere predicts
            ("more robust").
        subject: Whom it is about.
        on: The condition.
        than: The other subject, of "better".
        reference: The condition that the prediction is made from, of "more robust"; "" takes the
            one that ``on`` is a shift of.

    Example:
        >>> claim = claim_of("senet154 beats polynet on imagenet-val")
        >>> claim.kind, claim.subject, claim.than, claim.on
        ('better', 'senet154', 'polynet', 'imagenet-val')
    """

    says: str
    kind: ClaimKind
    subject: str
    on: str
    than: str = ""
    reference: str = ""


def claim_of(sentence: str) -> Claim:
    """The claim that a sentence makes.

    Raises:
        ConfigError: Nobody can tell what it claims; says how claims are worded.

    Example:
        >>> claim_of("clip is more robust on v2 than its accuracy on val predicts").reference
        'val'
    """
    text = " ".join(sentence.split()).rstrip(".")
    for kind, patterns in _SENTENCES.items():
        for pattern in patterns:
            found = re.fullmatch(pattern, text)
            if found:
                return Claim(says=" ".join(sentence.split()), kind=kind, **_names(found))
    raise ConfigError(
        f"cannot tell what is claimed by {sentence[:120]!r}. Claims are worded: 'A beats B on X', "
        "'A is the best on X', 'A is superhuman on X', 'A has effective robustness on X', "
        "'A is more robust on X than its accuracy on R predicts'"
    )


def _names(found: re.Match[str]) -> dict[str, str]:
    return {part: name for part, name in found.groupdict().items() if name}
