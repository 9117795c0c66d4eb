"""Cards: what a data set or a model is, in words that travel with its numbers."""

from dataclasses import asdict, dataclass, fields

from fieldmark.records.errors import DataError
from fieldmark.records.fingerprints import fingerprint

PEOPLE = "people"
"""The family of subjects who are people: a person answers as a model does, and is kept like one."""


@dataclass(frozen=True)
class DatasetCard:
    """What a set of examples is, where it comes from, and what it is not for.

    Args:
        name: The printed name, such as "mnist-test".
        title: One line for people.
        source: Who made it, where it was published, where these copies come from.
        licence: Under which terms it may be used; "as you obtained it" for a user's own.
        collected: How the pictures and the labels were collected, and what was done to them.
        not_for: What should not be concluded from it.
        reference: The in-distribution set that this one is a natural shift of, or "".
        chosen_by: Subjects whose answers decided which examples are in it. What they are right on
            says nothing about them, and nobody ranks them there.

    Raises:
        DataError: A field other than the last two is empty.
    """

    name: str
    title: str
    source: str
    licence: str
    collected: str
    not_for: str
    reference: str = ""
    chosen_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_empty(self, but=("reference", "chosen_by"))

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything on the card."""
        return fingerprint(asdict(self))


@dataclass(frozen=True)
class ModelCard:
    """What a classifier is.

    Args:
        name: The printed name, such as "cnn-medium".
        family: The kind of model, such as "convolutional net"; figures are coloured by it.
            ``PEOPLE`` says that it is a person, who then has no parameters and no weights.
        source: Who made it, or how it is made here.
        licence: Under which terms it may be used.
        training: What it was fitted to and how.
        classes: The class names in the order of its scores, or () when it does not say.
        frame: The (height, width, channels) it expects, or () when any will do.
        parameters: How many numbers were fitted; 0 when nobody counted.
        intervention: What was done to make it robust, such as "adversarial training"; "" for a
            standard model. Trends are fitted to standard models.

    Raises:
        DataError: A text field is empty.
    """

    name: str
    family: str
    source: str
    licence: str
    training: str
    classes: tuple[str, ...] = ()
    frame: tuple[int, ...] = ()
    parameters: int = 0
    intervention: str = ""

    @property
    def is_person(self) -> bool:
        """Is it a person?"""
        return self.family == PEOPLE

    def __post_init__(self) -> None:
        _refuse_empty(self, but=("classes", "frame", "parameters", "intervention"))

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything on the card."""
        return fingerprint(asdict(self))


def _refuse_empty(card: DatasetCard | ModelCard, *, but: tuple[str, ...]) -> None:
    for field in fields(card):
        if field.name not in but and not str(getattr(card, field.name)).strip():
            raise DataError(f"the card of {card.name or 'a nameless thing'} lacks its {field.name}")
