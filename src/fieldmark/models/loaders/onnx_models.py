"""onnx: a net in an ONNX file, run by onnxruntime."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float32

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import DRESSING, Dressing, checked_classes, dressed
from fieldmark.models.loaders.onnx_files import onnx_weights
from fieldmark.models.pixels import unit_pixels
from fieldmark.records import (
    Framing,
    Images,
    Logits,
    MissingExtraError,
    ModelCard,
    ModelError,
    Placement,
    Subject,
    UnknownNameError,
    fingerprint,
)

_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
_RANGES = {"0-1": (1.0, 0.0), "0-255": (255.0, 0.0), "-1-1": (2.0, -1.0)}
_LEAST = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Wiring:
    """How pictures go into an ONNX graph and scores come out.

    Args:
        input: The name of the input.
        output: The name of the output.
        layout: "nchw" or "nhwc".
        dtype: What the input is made of.
        batch: How many pictures it takes at once; 0 for any number.
        scale: What pixels in [0, 1] are multiplied by.
        offset: What is then added.
        bgr: Are channels turned round?
        probabilities: Does it answer with probabilities, whose logarithms are then the scores?
    """

    input: str
    output: str
    layout: str
    dtype: str
    batch: int = 0
    scale: float = 1.0
    offset: float = 0.0
    bgr: bool = False
    probabilities: bool = False

    def bring(self, images: Images, mean: Sequence[float], std: Sequence[float]) -> np.ndarray:
        """Pictures (n, h, w, c) as the graph wants them."""
        given = images[..., ::-1] if self.bgr else images
        if self.dtype == "uint8":
            levels = given if given.dtype == np.uint8 else np.rint(given * 255).astype(np.uint8)
            return self._laid(levels)
        pixels = unit_pixels(given)
        if mean:
            pixels = (pixels - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
        if (self.scale, self.offset) != (1.0, 0.0):
            pixels = pixels * np.float32(self.scale) + np.float32(self.offset)
        return self._laid(pixels.astype(self.dtype, copy=False))

    def _laid(self, pictures: np.ndarray) -> np.ndarray:
        turned = pictures.transpose(0, 3, 1, 2) if self.layout == "nchw" else pictures
        return np.ascontiguousarray(turned)


@dataclass(frozen=True)
class OnnxClassifier:
    """A graph of operators behind the door of ``Classifier``; it gives no gradients.

    Args:
        content: The file.
        card: What it is.
        wiring: How pictures go in and scores come out.
        mean: What is subtracted from pixels in [0, 1], by channel, before anything else.
        std: What they are divided by.
        device: Where it runs.
    """

    content: bytes = field(repr=False)
    card: ModelCard
    wiring: Wiring
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    device: str = "cpu"

    def __call__(self, images: Images) -> Logits:
        """Class scores, float32 (n, k).

        Raises:
            ModelError: The graph refuses the pictures, or answers with anything but (n, k).
        """
        size = self.wiring.batch or max(1, len(images))
        parts = [self._part(images[at : at + size]) for at in range(0, len(images), size)]
        return np.concatenate(parts)

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: the file, and no session of this one."""
        return {name: value for name, value in vars(self).items() if name != "_session"}

    def placed(self, placement: Placement) -> "OnnxClassifier":
        """The same where ``placement`` says: of it, the device alone means something here.

        Raises:
            ModelError: onnxruntime was built without that device; autocast is not for it.
        """
        if placement.autocast:
            raise ModelError(
                f"{self.card.name}: autocast is for torch nets; an ONNX file has its own precision"
            )
        made = replace(self, device=placement.device)
        _ = made._session  # mistakes are told now
        return made

    def _part(self, images: Images) -> Float32[np.ndarray, "n k"]:
        batch = self.wiring.bring(images, self.mean, self.std)
        lacking = self.wiring.batch - len(batch) if self.wiring.batch else 0
        if lacking:  # a graph for eight pictures is shown eight, and what is said of the rest left
            batch = np.concatenate([batch, np.repeat(batch[-1:], lacking, axis=0)])
        try:
            (said,) = self._session.run([self.wiring.output], {self.wiring.input: batch})
        except Exception as error:  # onnxruntime has errors of many kinds
            text = " ".join(str(error).split())[:240]
            raise ModelError(f"{self.card.name} cannot be asked: {text}") from error
        scores = np.asarray(said, np.float32)
        if scores.ndim == 4 and scores.shape[2:] == (1, 1):
            scores = scores[:, :, 0, 0]
        if scores.ndim != 2 or len(scores) != len(batch):
            raise ModelError(
                f"{self.card.name} answers {len(batch)} pictures with an array of shape "
                f"{scores.shape}; expected ({len(batch)}, classes)"
            )
        if self.wiring.probabilities:
            scores = np.log(np.maximum(scores, _LEAST))
        return scores[: len(images)]

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  onnxruntime tells no types
        return session(self.content, self.card.name, device=self.device)


def session(content: bytes, name: str, *, device: str = "cpu", quick: bool = True) -> Any:  # noqa: ANN401
    """An onnxruntime session of one thread.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ModelError: The file cannot be run, or not there.
    """
    try:
        import onnxruntime as ort
    except ModuleNotFoundError as error:
        raise MissingExtraError("onnxruntime", "onnx", "onnx: models") from error
    options = ort.SessionOptions()
    # As torch nets are: one thread a model, so that no sum depends on how many cores there are.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if not quick:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return ort.InferenceSession(content, options, providers=_providers(device, ort))
    except ModelError:
        raise
    except Exception as error:  # onnxruntime has errors of many kinds
        text = " ".join(str(error).split())[:240]
        raise ModelError(f"{name} cannot be run by onnxruntime: {text}") from error


def _providers(device: str, ort: Any) -> list[Any]:  # noqa: ANN401  a module
    there = ort.get_available_providers()
    kind, _, number = device.partition(":")
    if device == "auto":
        kind = "cuda" if "CUDAExecutionProvider" in there else "cpu"
    if kind == "cpu":
        return ["CPUExecutionProvider"]
    if kind != "cuda" or "CUDAExecutionProvider" not in there:
        raise ModelError(
            f"onnxruntime cannot run on {device} here (it offers {', '.join(there)}); write "
            "device=cpu, or install onnxruntime-gpu for cuda"
        )
    return [("CUDAExecutionProvider", {"device_id": int(number or 0)}), "CPUExecutionProvider"]


def from_onnx(asked: Asked) -> Subject:
    """The subject ``onnx:FILE``; sizes, layout and type of its input are read from the file.

    Raises:
        ModelError: The file cannot be read, has several inputs, or an input that is no picture.
        MissingExtraError: onnxruntime is not installed.
        ConfigError: An option cannot be read. UnknownNameError: There is no such option.
    """
    asked.only("layout", "range", "colour", "scores", "output", *DRESSING)
    content = _content(asked)
    weights = onnx_weights(content, file=asked.path.name)
    if weights.elsewhere:
        raise ModelError(
            f"{asked.path} keeps weights in other files; make it one: "
            "onnx.save_model(onnx.load(path), path, save_as_external_data=False)"
        )
    graph = session(content, asked.path.name, quick=False)
    wiring, framing = _wired(graph, asked)
    dressing = dressed(asked, Dressing(framing), fixed=True)
    checked = graph.get_outputs()
    width: list[Any] = next((one.shape for one in checked if one.name == wiring.output), [])
    if len(width) == 2 and isinstance(width[1], int):
        checked_classes(dressing.classes, width[1], asked.path.name)
    mark = fingerprint("onnx", content, wiring.__dict__, dressing.decisive)
    card = ModelCard(
        name=asked.path.name,
        family="ONNX graph",
        source=asked.path.name,
        licence="as you obtained it",
        training=f"trained elsewhere; {dressing.words}; {wiring.layout}, {wiring.dtype}",
        classes=dressing.classes,
        frame=dressing.framing.frame if dressing.framing else (),
        parameters=weights.numbers,
    )
    made = OnnxClassifier(content, card, wiring, dressing.mean, dressing.std)
    return Subject(card.name, mark, _Ready(made), framing=dressing.framing)


@dataclass(frozen=True)
class _Ready:
    classifier: OnnxClassifier

    def __call__(self) -> OnnxClassifier:
        return self.classifier


def _content(asked: Asked) -> bytes:
    try:
        content = asked.path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {asked.path}: {error.strerror or error}") from error
    if not content:
        raise ModelError(f"{asked.path} is empty")
    return content


def _wired(graph: Any, asked: Asked) -> tuple[Wiring, Framing | None]:  # noqa: ANN401
    """How pictures go in, and what size and depth the file says they have."""
    inputs = graph.get_inputs()
    if len(inputs) != 1:
        told = ", ".join(f"{one.name} {one.shape}" for one in inputs)
        raise ModelError(
            f"{asked.path.name} has {len(inputs)} inputs ({told}); a classifier of pictures has one"
        )
    (given,) = inputs
    if given.type not in _TYPES or len(given.shape) != 4:
        raise ModelError(
            f"{asked.path.name} takes {given.type} of shape {given.shape}; pictures are float or "
            "uint8, (n, c, h, w) or (n, h, w, c)"
        )
    layout = asked.one_of("layout", ("nchw", "nhwc")) or _layout(given.shape, asked)
    batch, *sides = given.shape
    channels, height, width = sides if layout == "nchw" else (sides[2], sides[0], sides[1])
    if isinstance(channels, int) and channels not in (1, 3):
        raise ModelError(
            f"{asked.path.name} takes pictures of {channels} channels; 1 and 3 are known"
        )
    framing = None
    if isinstance(height, int) and isinstance(width, int):
        depth = channels if isinstance(channels, int) else 3
        framing = Framing(height, width, depth)
    scale, offset = _RANGES[asked.one_of("range", tuple(_RANGES), "0-1")]
    return (
        Wiring(
            given.name,
            _output(graph, asked),
            layout,
            np.dtype(_TYPES[given.type]).name,
            batch if isinstance(batch, int) else 0,
            scale,
            offset,
            asked.one_of("colour", ("rgb", "bgr"), "rgb") == "bgr",
            asked.one_of("scores", ("logits", "probabilities"), "logits") == "probabilities",
        ),
        framing,
    )


def _layout(shape: list[Any], asked: Asked) -> str:
    first, last = (side in (1, 3) for side in (shape[1], shape[3]))
    if first == last:
        raise ModelError(
            f"{asked.path.name} takes {shape}, where channels may come first or last; say "
            "layout=nchw or layout=nhwc"
        )
    return "nchw" if first else "nhwc"


def _output(graph: Any, asked: Asked) -> str:  # noqa: ANN401
    names = [one.name for one in graph.get_outputs()]
    wanted = asked.text_of("output")
    if wanted and wanted not in names:
        raise UnknownNameError(f"output of {asked.path.name}", wanted, names)
    if not wanted and len(names) > 1:
        raise ModelError(
            f"{asked.path.name} has {len(names)} outputs; say which are the scores: "
            f"output={names[0]} (there are {', '.join(names[:8])})"
        )
    return wanted or str(names[0])
