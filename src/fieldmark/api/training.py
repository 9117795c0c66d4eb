"""Training by name: a net, a data set and a method, left in a folder as a subject to be asked."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark import catalog
from fieldmark.records import ConfigError, Examples

if TYPE_CHECKING:
    from fieldmark.training import Trained, Watch

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def train(
    architecture: str,
    data: str | Examples,
    out: str | Path,
    *,
    method: str = "standard",
    eps: str | float | None = None,
    step: str | float | None = None,
    steps: int | None = None,
    beta: float | None = None,
    replays: int | None = None,
    noise: float | None = None,
    random_start: bool | None = None,
    seed: int = 0,
    name: str = "",
    resume: bool = False,
    every: float = 30.0,
    keep_collapsed: bool = False,
    watch: "Watch | None" = None,
    **loop: Any,  # noqa: ANN401  numbers and words
) -> "Trained":
    """Train a net and leave it in a folder; ``trained:FOLDER`` then names it as a subject.

    Args:
        architecture: Such as "cnn-strided".
        data: Such as "mnist-train" or "idx:IMAGES,LABELS"; or examples.
        out: The folder; made when it is missing.
        method: "standard", "noise", "pgd", "fast", "free" or "trades".
        eps: Radius of the Linf ball, in pixel units; "77/255" may be written too.
        step: Length of a step of the search, likewise.
        steps: Steps of the search.
        beta: Weight of the divergence (trades).
        replays: How often each batch is taken (free).
        noise: Standard deviation of the noise on the pixels (noise).
        random_start: False starts the one step from the picture itself (fast).
        seed: Where all chance comes from.
        name: What the net is called; "" takes the folder's name.
        resume: Go on from the checkpoint in the folder, if there is one.
        every: Seconds between checkpoints.
        keep_collapsed: Go on, and keep the net, when training is seen to collapse.
        watch: Told (batches learnt, batches in all, what was seen last).
        loop: What else decides it, as ``training.Plan`` takes it: epochs, batch, rate, ...

    Raises:
        FieldmarkError: A name or a number that cannot be used; or training collapsed.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     trained = train("linear", "mnist-train", Path(folder) / "first", epochs=2)
        >>> trained.name, trained.looks[-1].clean > 0.85
        ('first', True)
    """
    from fieldmark.training import Training
    from fieldmark.training import train as trained

    wish = catalog.Wish(_text(eps), _text(step), steps, beta, replays, noise, random_start)
    wanted = Training(
        catalog.architecture(architecture),
        catalog.plan(method, wish, **loop),
        _printed(name, Path(out)),
        seed,
    )
    examples = data if isinstance(data, Examples) else catalog.source(data).examples()
    return trained(
        wanted,
        examples,
        Path(out),
        resume=resume,
        every=every,
        keep_collapsed=keep_collapsed,
        watch=watch,
    )


def _text(number: str | float | None) -> str | None:
    return number if number is None or isinstance(number, str) else repr(float(number))


def _printed(name: str, out: Path) -> str:
    """The name asked for, else the folder's.

    Raises:
        ConfigError: It cannot stand in the name of a subject.
    """
    printed = name or out.expanduser().resolve().name
    if not _NAME.fullmatch(printed):
        raise ConfigError(
            f"{printed[:80]!r} cannot name a net: letters, digits, '.', '_' and '-', beginning "
            "with a letter or a digit, 100 at most; say another with --name"
        )
    return printed
