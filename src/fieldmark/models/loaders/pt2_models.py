"""pt2: a net as torch.export writes it, opened only when nothing in the file could run code."""

from functools import partial
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import DRESSING, Dressing, dressed
from fieldmark.models.loaders.nets import NetLoader
from fieldmark.models.loaders.pt2_checking import checked_archive
from fieldmark.records import Framing, ModelCard, ModelError, Subject, fingerprint

if TYPE_CHECKING:
    import torch

_ONE_AT_A_TIME = Lock()
"""torch reads an exported program into a global of its own; a second reader meanwhile fails."""


def from_pt2(asked: Asked) -> Subject:
    """The subject ``pt2:FILE``; the size of its pictures is read from the file.

    It gives gradients. torch itself trusts such files; see ``pt2_checking`` for what is refused.

    Raises:
        ModelError: The file cannot be read, could run code, or takes anything but one picture.
        ConfigError: An option cannot be read. UnknownNameError: There is no such option.
    """
    asked.only(*DRESSING)
    try:
        content = asked.path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {asked.path}: {error.strerror or error}") from error
    checked_archive(content, file=asked.path.name)
    batch, framing = _picture(content, asked.path.name)
    dressing = dressed(asked, Dressing(framing), fixed=True)
    card = ModelCard(
        name=asked.path.name,
        family="torch.export program",
        source=asked.path.name,
        licence="as you obtained it",
        training=f"trained elsewhere; {dressing.words}",
        classes=dressing.classes,
        frame=dressing.framing.frame if dressing.framing else (),
    )
    mark = fingerprint("pt2", content, dressing.decisive)
    build = partial(_build, content, asked.path.name, batch)
    return Subject(card.name, mark, NetLoader(card, dressing, build), framing=dressing.framing)


def _picture(content: bytes, file: str) -> tuple[int, Framing | None]:
    """How many pictures it takes at once (0: any number), and their frame, as the graph says."""
    graph = _graph(content)
    (given, *more) = [
        one["user_input"]["arg"] for one in graph["signature"]["input_specs"] if "user_input" in one
    ] or [{}]
    if more or "as_tensor" not in given:
        raise ModelError(f"{file} takes {1 + len(more)} inputs; a classifier of pictures has one")
    sizes = graph["graph"]["tensor_values"][given["as_tensor"]["name"]]["sizes"]
    sides = [one.get("as_int", 0) for one in sizes]
    if len(sides) != 4 or sides[1] not in (0, 1, 3):
        raise ModelError(f"{file} takes an array of {sides}; pictures are (n, 1 or 3, h, w)")
    if not all(sides[2:]):
        return sides[0], None
    return sides[0], Framing(sides[2], sides[3], sides[1] or 3)


def _graph(content: bytes) -> dict[str, Any]:
    import json
    import zipfile

    with zipfile.ZipFile(BytesIO(content)) as archive:
        name = next(one for one in archive.namelist() if "/models/" in one)
        found: dict[str, Any] = json.loads(archive.read(name))["graph_module"]
    return found


def _build(content: bytes, file: str, batch: int) -> "torch.nn.Module":
    import torch

    from fieldmark.models.loaders.fixed_batch import FixedBatch, inference_mode_again

    try:
        with _ONE_AT_A_TIME:
            module = torch.export.load(BytesIO(content)).module()
    except Exception as error:  # torch raises what it likes on damaged files
        text = " ".join(str(error).split())[:240]
        raise ModelError(f"{file} cannot be opened by torch {torch.__version__}: {text}") from error
    made = inference_mode_again(module)
    return FixedBatch(made, batch) if batch else made
