"""What an image processor of the transformers library does, read from its configuration."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import IMAGENET_MEAN, IMAGENET_STD, Dressing
from fieldmark.records import Framing, Interpolation, ModelError

_RESAMPLE: Mapping[int, Interpolation] = {
    0: "nearest",
    1: "lanczos",
    2: "bilinear",
    3: "bicubic",
    4: "box",
}
"""Pillow's numbers."""

_PLAIN = ("ViT", "DeiT", "Beit", "CLIP", "Bit", "MobileNetV1", "MobileNetV2", "Siglip", "ConvNext")
_KNOWN = (*_PLAIN, "Levit", "Swin", "Dinov2")


def hf_dressing(said: Mapping[str, Any], asked: Asked, *, classes: tuple[str, ...]) -> Dressing:
    """How pictures are framed and normalised, as preprocessor_config.json says.

    Args:
        said: What is in the file.
        asked: Who wants it; where size, mean and std are all told, the file is not needed.
        classes: The model's classes.

    Raises:
        ModelError: It does something that nobody here knows, such as turning channels round.
    """
    if all(key in asked.options for key in ("size", "mean", "std")):
        return Dressing(classes=classes)
    kind = str(said.get("image_processor_type") or said.get("feature_extractor_type") or "")
    kind = kind.removesuffix("Fast").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")
    strange = [
        key for key in ("do_flip_channel_order", "do_pad", "rescale_offset") if said.get(key)
    ]
    if kind not in _KNOWN or strange:
        what = f" ({', '.join(strange)})" if strange else ""
        raise ModelError(
            f"{asked.text}: preprocessing of kind {kind or 'unknown'}{what} is not known here; say "
            "all of it with size=224&fit=shorter&interpolation=bicubic&mean=…&std=…"
        )
    mean, std = _numbers(said)
    framing = replace(_framing(said, kind, asked.text), odd="before")
    return Dressing(framing, mean, std, classes)


def _numbers(said: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation in pixel units, whatever pixels are first multiplied by."""
    mean: tuple[float, ...] = (0.0,) * 3
    std: tuple[float, ...] = (1.0,) * 3
    if said.get("do_normalize", True):
        mean = tuple(map(float, said.get("image_mean") or IMAGENET_MEAN))
        std = tuple(map(float, said.get("image_std") or IMAGENET_STD))
    factor = float(said.get("rescale_factor", 1 / 255)) if said.get("do_rescale", True) else 1.0
    scale = factor * 255
    if abs(scale - 1) < 1e-6:
        return mean, std
    return tuple(one / scale for one in mean), tuple(one / scale for one in std)


def _framing(said: Mapping[str, Any], kind: str, name: str) -> Framing:
    resample = said.get("resample", 2)
    if resample not in _RESAMPLE:
        raise ModelError(f"{name}: pictures resampled in way {resample} cannot be had here")
    how, size = _RESAMPLE[resample], said.get("size", 224)
    whole = isinstance(size, Mapping) and "height" in size and "width" in size
    edge = size.get("shortest_edge") if isinstance(size, Mapping) else size
    if kind in ("ViT", "Swin", "Siglip") and isinstance(size, int):
        whole, size = True, {"height": size, "width": size}
    if not said.get("do_resize", True):
        raise ModelError(f"{name} does not scale pictures; say size=… with what it wants")
    if whole:
        return _squashed(said, size, how)
    if not isinstance(edge, int):
        raise ModelError(f"{name}: size {size} is not known here; say size=…")
    if kind == "ConvNext":
        if edge >= 384:
            return Framing(edge, edge, 3, "squash", 0, how)
        shorter = int(edge / float(said.get("crop_pct") or 224 / 256))
        return Framing(edge, edge, 3, "shorter", shorter, how)
    height, width = _crop(said, edge)
    shorter = int(256 / 224 * edge) if kind == "Levit" else edge
    return Framing(height, width, 3, "shorter", shorter, how)


def _squashed(said: Mapping[str, Any], size: Mapping[str, int], how: Interpolation) -> Framing:
    height, width = int(size["height"]), int(size["width"])
    if not said.get("do_center_crop"):
        return Framing(height, width, 3, "squash", 0, how)
    inner = _crop(said, height)
    return Framing(*inner, 3, "squash", height if inner != (height, width) else 0, how)


def _crop(said: Mapping[str, Any], edge: int) -> tuple[int, int]:
    crop = said.get("crop_size", edge) if said.get("do_center_crop", True) else edge
    if isinstance(crop, Mapping):
        return int(crop["height"]), int(crop["width"])
    return int(crop), int(crop)
