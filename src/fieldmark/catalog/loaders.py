"""Loaders by name: what each reads, how it is written, and what has to be installed for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

LOADERS: Mapping[str, str] = MappingProxyType(
    {
        "timm": "timm:NAME: a timm net, preprocessed as its makers say",
        "torchvision": "torchvision:NAME: a torchvision net, or ResNet50_Weights.IMAGENET1K_V2",
        "hf": "hf:FOLDER: a transformers image classifier, or hf:OWNER/NAME of the hub",
        "openclip": "openclip:NAME?weights=TAG: zero-shot, classes told in sentences",
        "onnx": "onnx:FILE: an ONNX graph of one picture input",
        "pt2": "pt2:FILE: what torch.export.save wrote, if nothing in it could run code",
        "safetensors": "safetensors:FILE?arch=timm/NAME: weights for a named net",
        "weights": "weights:FILE.pth?arch=cifar/resnet20: the same from a checkpoint of tensors",
        "http": "http://HOST/PATH#batch=32: a deployed model, asked over the network",
        "https": "https://HOST/PATH: the same, encrypted",
        "python": "python:package.module:factory: whatever the factory returns",
        "sklearn": "sklearn:FILE.skops: a fitted scikit-learn classifier",
        "trained": "trained:FOLDER: what `fieldmark train` left there",
        "baseline": "baseline:knn?train=DATASET: a classical model fitted to any data set",
        "smoothed": "smoothed:0.25:SUBJECT: its majority under Gaussian noise of 0.25",
    }
)
"""What stands before the colon of a subject's name, and a line about each."""


@dataclass(frozen=True)
class LoaderNeeds:
    """What a loader needs beside Fieldmark itself.

    Args:
        library: What is imported; "" for nothing.
        extra: The extra that brings it.
    """

    library: str = ""
    extra: str = ""

    @property
    def state(self) -> str:
        """Is it there? Asked without importing it.

        Example:
            >>> LoaderNeeds().state, LoaderNeeds("no_such_thing", "vision").state
            ('ready', "needs pip install 'fieldmark[vision]'")
        """
        if not self.library or find_spec(self.library) is not None:
            return "ready"
        return f"needs pip install 'fieldmark[{self.extra}]'"


NEEDS: Mapping[str, LoaderNeeds] = MappingProxyType(
    {
        "timm": LoaderNeeds("timm", "vision"),
        "torchvision": LoaderNeeds("torchvision", "vision"),
        "hf": LoaderNeeds("transformers", "huggingface"),
        "openclip": LoaderNeeds("open_clip", "clip"),
        "onnx": LoaderNeeds("onnxruntime", "onnx"),
        "http": LoaderNeeds("httpx", "endpoint"),
        "https": LoaderNeeds("httpx", "endpoint"),
    }
)
"""The loaders that need a library; the others are always ready."""


def loader_lines() -> dict[str, str]:
    """How each loader is written, and what it is, and whether what it needs is installed.

    Example:
        >>> loader_lines()["trained:FOLDER"]
        'what `fieldmark train` left there (ready)'
    """
    lines = {}
    for name, line in LOADERS.items():
        form, about = line.split(": ", 1)
        lines[form] = f"{about} ({NEEDS.get(name, LoaderNeeds()).state})"
    return lines
