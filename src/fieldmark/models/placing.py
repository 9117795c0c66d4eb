"""Placing: a subject that runs on another device, or quicker, or with less precision."""

from dataclasses import dataclass, replace

from fieldmark.records import Classifier, Placeable, Placement, Subject, fingerprint


def placed(subject: Subject, placement: Placement) -> Subject:
    """The subject where ``placement`` says.

    One that cannot be placed (a function, trees, an endpoint) runs where it always does. Autocast
    rounds inside the net and may change answers, so a subject that is asked with it has another
    name and fingerprint; a device, a layout and folding leave both as they are.

    Args:
        subject: Who is to be placed.
        placement: Where, and how.

    Example:
        >>> from fieldmark.models import subject_of
        >>> dark = subject_of(lambda images: images.mean((1, 2)), name="dark")
        >>> placed(dark, Placement("auto", autocast="bfloat16")).name
        'dark-bfloat16'
    """
    found = replace(subject, load=_Placed(subject, placement))
    if not placement.autocast:
        return found
    return replace(
        found,
        name=f"{subject.name}-{placement.autocast}",
        fingerprint=fingerprint(subject.fingerprint, "autocast", placement.autocast),
    )


@dataclass(frozen=True)
class _Placed:
    """Loads a subject and places what it gives."""

    subject: Subject
    placement: Placement

    def __call__(self) -> Classifier:
        found = self.subject.load()
        return found.placed(self.placement) if isinstance(found, Placeable) else found
