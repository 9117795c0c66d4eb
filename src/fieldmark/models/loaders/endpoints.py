"""http: a deployed model, asked over the network: batched, with time-outs, and never believed.

The protocol: POST to the address, as ``application/x-npy`` one array, uint8 (n, h, w, c) or float32
in [0, 1], as ``numpy.save`` writes it; with ``format=json``, ``{"images": [PNG in base64, …]}``.
What comes back is an array of scores (n, k) as ``application/x-npy``, or JSON
``{"scores": [[…], …]}``.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from jaxtyping import Float32

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.calling import Reply, Wire
from fieldmark.models.loaders.dressing import FRAMING, Dressing, dressed
from fieldmark.records import (
    ConfigError,
    Images,
    Logits,
    ModelCard,
    ModelError,
    Subject,
    fingerprint,
)

NPY, JSON = "application/x-npy", "application/json"
_SHOWN = 120


@dataclass(frozen=True)
class EndpointClassifier:
    """A deployed model behind the door of ``Classifier``.

    Args:
        card: What is known of it.
        wire: How it is called.
        form: "npy" or "json".
        batch: How many pictures are sent at once.
        probabilities: Does it answer with probabilities, whose logarithms are then the scores?
    """

    card: ModelCard
    wire: Wire = field(repr=False)
    form: str = "npy"
    batch: int = 32
    probabilities: bool = False

    def __call__(self, images: Images) -> Logits:
        """Class scores, float32 (n, k).

        Raises:
            ModelError: It cannot be reached in time, or answers anything but n rows of numbers.
        """
        parts = [
            self._part(images[at : at + self.batch]) for at in range(0, len(images), self.batch)
        ]
        widths = {part.shape[1] for part in parts}
        if len(widths) > 1:
            raise ModelError(
                f"{self.card.name} answers with {' and then '.join(map(str, sorted(widths)))} "
                "scores a picture; it does not know how many classes it has"
            )
        return np.concatenate(parts)

    def _part(self, images: Images) -> Float32[np.ndarray, "n k"]:
        body, kind = _packed(images, self.form)
        scores = self._scores(self.wire.post(body, kind))
        wanted = len(self.card.classes)
        if scores.ndim != 2 or len(scores) != len(images) or (wanted and scores.shape[1] != wanted):
            raise ModelError(
                f"{self.card.name} was sent {len(images)} pictures and answers with an array of "
                f"shape {scores.shape}; expected ({len(images)}, {wanted or 'classes'})"
            )
        if not np.isfinite(scores).all():
            bad = int((~np.isfinite(scores).all(axis=1)).sum())
            raise ModelError(
                f"{self.card.name} answers NaN or infinite scores for {bad} of {len(images)}"
            )
        if self.probabilities:
            return np.log(np.maximum(scores, np.finfo(np.float32).tiny))
        return scores

    def _scores(self, reply: Reply) -> Float32[np.ndarray, "..."]:
        """The array in a reply.

        Raises:
            ModelError: There is none.
        """
        read: Callable[[bytes], Any] = _unpacked_json
        if reply.kind.startswith(NPY) or reply.body.startswith(b"\x93NUMPY"):
            read = _unpacked_npy
        try:
            found = np.asarray(read(reply.body))
            if found.dtype == object or not np.issubdtype(found.dtype, np.number):
                raise ValueError(f"an array of {found.dtype}")
            with np.errstate(over="ignore"):
                return found.astype(np.float32)
        except (ValueError, KeyError, TypeError, EOFError, RecursionError, MemoryError) as error:
            start = reply.body[:_SHOWN].decode("utf-8", "replace")
            raise ModelError(
                f"{self.card.name} answers with no array of scores but {reply.kind or 'something'}:"
                f" {' '.join(start.split())!r}; expected {NPY}, or JSON "
                '{"scores": [[…], …]}'
            ) from error


def from_endpoint(asked: Asked) -> Subject:
    """The subject ``http://HOST/PATH#key=value``; what stands before the # belongs to the address.

    Raises:
        ConfigError: The address or an option cannot be read. UnknownNameError: No such option.
        MissingExtraError: httpx is not installed.
    """
    own = ("format", "batch", "timeout", "retries", "version", "scores", "classes", *FRAMING)
    asked.only(*own)
    address = f"{asked.loader}:{asked.place}"
    parts = urlsplit(address)
    if not parts.hostname:
        raise ConfigError(f"{address[:80]!r} is no address; write http://host:8000/predict")
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    timeout = asked.numbers("timeout", (30.0,))[0]
    if not 0 < timeout <= 3600:
        raise ConfigError(f"timeout={timeout:g} is in seconds, above 0 and up to 3600")
    wire = Wire(address, shown, timeout, asked.whole("retries", 3, least=0, most=20), asked.token)
    wire.check()
    dressing = dressed(asked, Dressing())
    version = asked.text_of("version")
    card = ModelCard(
        name=asked.options.get("name") or shown,
        family="endpoint",
        source=shown,
        licence="as you obtained it",
        training=f"trained elsewhere, version {version or 'not told'}; {dressing.words}",
        classes=dressing.classes,
        frame=dressing.framing.frame if dressing.framing else (),
    )
    form = asked.one_of("format", ("npy", "json"), "npy")
    probabilities = asked.one_of("scores", ("logits", "probabilities"), "logits") != "logits"
    mark = fingerprint("endpoint", shown, version, form, probabilities, dressing.decisive)
    batch = asked.whole("batch", 32, most=4096)
    made = EndpointClassifier(card, wire, form, batch, probabilities)
    return Subject(card.name, mark, _Ready(made), framing=dressing.framing)


@dataclass(frozen=True)
class _Ready:
    """Loads what is there already."""

    classifier: EndpointClassifier

    def __call__(self) -> EndpointClassifier:
        return self.classifier


def _packed(images: Images, form: str) -> tuple[bytes, str]:
    held = BytesIO()
    if form == "npy":
        np.save(held, np.ascontiguousarray(images), allow_pickle=False)
        return held.getvalue(), NPY
    from PIL import Image

    levels = images if images.dtype == np.uint8 else np.rint(images * 255).astype(np.uint8)
    told = []
    for level in levels:
        held = BytesIO()
        Image.fromarray(level[..., 0] if level.shape[2] == 1 else level).save(held, "PNG")
        told.append(base64.b64encode(held.getvalue()).decode())
    return json.dumps({"images": told}).encode(), JSON


def _unpacked_npy(body: bytes) -> Any:  # noqa: ANN401  whatever array it holds
    return np.load(BytesIO(body), allow_pickle=False)


def _unpacked_json(body: bytes) -> Any:  # noqa: ANN401  whatever it holds
    said = json.loads(body)
    if isinstance(said, dict):
        said = said["scores"] if "scores" in said else said["predictions"]
    return np.array(said, dtype=np.float64)
