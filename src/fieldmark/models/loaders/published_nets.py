"""timm: and torchvision: nets by name, with published weights, a file's, or random ones."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark.models.loaders.architectures import (
    Architecture,
    architecture,
    seeded,
    versions,
)
from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import DRESSING, Dressing, dressed
from fieldmark.models.loaders.files import file_mark, fill, read_weights
from fieldmark.models.loaders.nets import NetLoader
from fieldmark.models.skops_files import PICKLES
from fieldmark.records import ConfigError, ModelCard, ModelError, Subject, fingerprint

if TYPE_CHECKING:
    import torch


def from_library(asked: Asked) -> Subject:
    """The subject ``timm:NAME`` or ``torchvision:NAME``.

    Its weights are the published ones, from their library's cache or the network when it is loaded;
    ``weights=none`` draws them at random from ``seed``, ``weights=FILE`` reads them.

    Raises:
        UnknownNameError: No such model or option.
        MissingExtraError: The library is not installed.
        ConfigError: An option cannot be read. ModelError: A file cannot.
    """
    asked.only("weights", "seed", "sizes", *DRESSING)
    arch = architecture(f"{asked.loader}/{asked.place}", asked)
    weights = asked.text_of("weights")
    if weights and weights != "none":
        return _filled(asked, arch, asked.base / Path(weights).expanduser())
    if weights == "none":
        return _random(asked, arch)
    if not arch.weights:
        raise ModelError(
            f"{asked.text} has no published weights; weights=none draws them at random, "
            "weights=FILE.safetensors reads them"
        )
    dressing = dressed(asked, arch.dressing)
    mark = fingerprint("published", arch.name, arch.weights, dressing.decisive)
    card = _card(asked, arch, dressing, arch.trained)
    return _subject(asked, card, mark, dressing, partial(_published, arch, asked))


def from_file(asked: Asked) -> Subject:
    """The subject ``safetensors:FILE?arch=timm/NAME`` or ``weights:FILE.pth?arch=cifar/resnet20``.

    Raises:
        ModelError: The file cannot be read. When loaded: it holds more than tensors, or not those
            of the architecture.
        ConfigError: No architecture is named, or an option cannot be read.
        UnknownNameError: No such architecture or option.
    """
    asked.only("arch", "sizes", *DRESSING)
    suffix = asked.path.suffix.lower()
    if suffix in PICKLES:
        raise ModelError(
            f"{asked.path} is a pickle, which can run any code when it is opened. Where you trust "
            "it: safetensors.torch.save_file(net.state_dict(), "
            f"{asked.path.with_suffix('.safetensors').name!r})"
        )
    if (asked.loader == "safetensors") != (suffix == ".safetensors"):
        right = "safetensors" if suffix == ".safetensors" else "weights"
        raise ConfigError(
            f"{asked.path.name} is not for {asked.loader}:, write {right}:FILE?arch=…"
        )
    if "arch" not in asked.options:
        raise ConfigError(
            f"{asked.loader}:{asked.place} holds weights and no net; say which one with "
            "?arch=timm/NAME, torchvision/NAME, cifar/resnet20 or python/package.module:factory"
        )
    return _filled(asked, architecture(asked.options["arch"], asked), asked.path)


def _published(arch: Architecture, asked: Asked) -> "torch.nn.Module":
    from fieldmark.models.loaders.network import reaching

    with reaching(arch.weights, asked.text, arch.name):
        return arch.build(0, True)


def _random(asked: Asked, arch: Architecture) -> Subject:
    dressing = dressed(asked, arch.dressing)
    seed = asked.whole("seed", 0, least=0)
    library = arch.name.partition("/")[0]
    told = versions("torch", *([library] if library in ("timm", "torchvision") else []))
    mark = fingerprint("random", arch.name, seed, told, dressing.decisive)
    card = _card(asked, arch, dressing, f"none: random weights, seed {seed}, {told}")
    count = len(dressing.classes) if "classes" in asked.options else 0
    build = partial(seeded, partial(arch.build, count, False), seed)
    return _subject(asked, card, mark, dressing, build)


def _filled(asked: Asked, arch: Architecture, path: Path) -> Subject:
    dressing = dressed(asked, arch.dressing)
    mark = fingerprint("filled", arch.name, file_mark(path), dressing.decisive)
    card = _card(asked, arch, dressing, f"trained elsewhere; weights from {path.name}")
    name = asked.options.get("name", "") or (asked.text if asked.loader in arch.name else path.name)
    card = replace(card, name=name, source=path.name, licence="as you obtained it")

    def build() -> "torch.nn.Module":
        weights = read_weights(path)
        count = len(dressing.classes) if "classes" in asked.options else 0
        module = seeded(partial(arch.build, count, False), 0)
        fill(module, weights, path=path, arch=arch.name)
        return module

    return _subject(asked, card, mark, dressing, build)


def _card(asked: Asked, arch: Architecture, dressing: Dressing, trained: str) -> ModelCard:
    return ModelCard(
        name=asked.text,
        family=arch.family,
        source=arch.name,
        licence=arch.licence,
        training=f"{trained}; {dressing.words}",
        classes=dressing.classes,
        frame=dressing.framing.frame if dressing.framing else (),
    )


def _subject(
    asked: Asked, card: ModelCard, mark: str, dressing: Dressing, build: object
) -> Subject:
    assert callable(build)
    loader = NetLoader(card, dressing, build)
    return Subject(card.name, mark, loader, framing=dressing.framing)
