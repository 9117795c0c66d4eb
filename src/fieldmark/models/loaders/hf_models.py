"""hf: image classifiers of the transformers library, from a folder or from the hub."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import (
    DRESSING,
    dressed,
    imagenet,
    looks_like_imagenet,
)
from fieldmark.models.loaders.files import file_mark
from fieldmark.models.loaders.hf_framing import hf_dressing
from fieldmark.models.loaders.nets import NetLoader
from fieldmark.models.loaders.network import reaching
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import MissingExtraError, ModelCard, ModelError, Subject, fingerprint

if TYPE_CHECKING:
    import torch

_CONFIG, _PICTURES = "config.json", "preprocessor_config.json"


def from_hf(asked: Asked) -> Subject:
    """The subject ``hf:FOLDER`` or ``hf:OWNER/NAME``.

    A folder is what ``save_pretrained`` left: config.json, preprocessor_config.json and weights in
    safetensors. Of the hub's models only the two small files are fetched before it is loaded.

    Raises:
        MissingExtraError: transformers is not installed.
        ModelError: It cannot be found or read, its preprocessing is of a kind that nobody here
            knows. When loaded: it brings code of its own, or pickled weights, or lacks some.
    """
    asked.only("revision", *DRESSING)
    place = _local(asked) if asked.path.is_dir() else _remote(asked)
    config, pictures = place.read(_CONFIG), place.read(_PICTURES)
    dressing = dressed(asked, hf_dressing(pictures, asked, classes=_classes(config)))
    mark = fingerprint("transformers", place.mark, dressing.decisive)
    card = ModelCard(
        name=asked.path.name if place.folder else asked.text,
        family=str(config.get("model_type", "transformers")),
        source=place.name,
        licence="as you obtained it",
        training=f"trained elsewhere; {dressing.words}",
        classes=dressing.classes,
        frame=dressing.framing.frame if dressing.framing else (),
    )
    return Subject(
        card.name,
        mark,
        NetLoader(card, dressing, partial(_build, place, asked)),
        framing=dressing.framing,
    )


@dataclass(frozen=True)
class _Place:
    """Where a model lies: a folder, or a repository at one revision."""

    name: str
    mark: str
    files: Mapping[str, Path]
    folder: Path | None = None
    revision: str = "main"

    def read(self, file: str) -> dict[str, Any]:
        """What a JSON file says.

        Raises:
            ModelError: It is missing, or no JSON.
        """
        if file not in self.files:
            raise ModelError(
                f"{self.name} has no {file}; keep a model whole: model.save_pretrained(folder) "
                "and processor.save_pretrained(folder)"
            )
        try:
            said = json.loads(self.files[file].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{file} of {self.name} cannot be read: {error}") from error
        if not isinstance(said, dict):
            raise ModelError(f"{file} of {self.name} says no settings by name")
        return said


def _local(asked: Asked) -> _Place:
    folder = asked.path
    files = {one.name: one for one in sorted(folder.iterdir()) if one.is_file()}
    weights = [name for name in files if name.endswith(".safetensors")]
    if not weights:
        pickled = [name for name in files if name.endswith((".bin", ".pt", ".pth", ".ckpt"))]
        reason = (
            f"{pickled[0]} is a pickle; where you trust it: "
            "model.save_pretrained(folder, safe_serialization=True)"
            if pickled
            else "save_pretrained writes them"
        )
        raise ModelError(f"{folder} holds no weights in safetensors: {reason}")
    marks = {name: file_mark(files[name]) for name in (*weights, _CONFIG) if name in files}
    return _Place(folder.name, fingerprint(marks), files, folder)


def _remote(asked: Asked) -> _Place:
    if asked.place.count("/") > 1 or asked.place.startswith((".", "/", "~")):
        raise ModelError(f"no folder {asked.path}; of the hub's models, write hf:OWNER/NAME")
    try:
        from huggingface_hub import hf_hub_download
    except ModuleNotFoundError as error:
        raise MissingExtraError("transformers", "huggingface", "hf: models") from error
    revision = asked.text_of("revision", "main")
    with reaching(f"huggingface.co/{asked.place}", asked.text, "timm/NAME"):
        files = {
            name: Path(hf_hub_download(asked.place, name, revision=revision))
            for name in (_CONFIG, _PICTURES)
        }
    commit = files[_CONFIG].resolve().parent.name  # the cache keeps each revision in its folder
    if files[_CONFIG].parent.parent.name == "snapshots":
        commit = files[_CONFIG].parent.name
    return _Place(asked.place, fingerprint(asked.place, commit), files, None, commit)


def _classes(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What its scores are called: ImageNet's ids where its words say so, else its own words."""
    told = config.get("id2label")
    if not isinstance(told, Mapping) or not told:
        return ()
    words = tuple(str(told[key]) for key in sorted(told, key=int))
    if looks_like_imagenet(words):
        return tuple(imagenet().names)
    unnamed = all(word.startswith("LABEL_") for word in words)
    return () if unnamed or len(set(words)) < len(words) else words


def _build(place: _Place, asked: Asked) -> "torch.nn.Module":
    from fieldmark.models.loaders.hf_module import LogitsOnly

    purpose = "hf: models"
    if place.folder is None:
        purpose = asked.text
    transformers = _transformers(purpose)
    where = str(place.folder or place.name)
    try:
        module, told = transformers.AutoModelForImageClassification.from_pretrained(
            where,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=place.folder is not None,
            revision=place.revision,
            output_loading_info=True,
        )
    except Exception as error:  # the library raises what it likes
        text = " ".join(str(error).split())[:300]
        raise ModelError(f"{asked.text} cannot be loaded: {text}") from error
    lacking = sorted(map(str, told["missing_keys"]))
    if lacking or told["mismatched_keys"]:
        some = ", ".join(lacking[:4]) or str(list(told["mismatched_keys"])[:2])
        raise ModelError(
            f"{asked.text} has no weights for {some}: it is not a finished image classifier"
        )
    return LogitsOnly(module)


def _transformers(purpose: str) -> Any:  # noqa: ANN401  a module
    try:
        return needs_torchvision("transformers", extra="huggingface", purpose=purpose)
    except MissingExtraError:
        try:
            import transformers  # works without torchvision
        except ModuleNotFoundError as error:
            raise MissingExtraError("transformers", "huggingface", purpose) from error
        return transformers
