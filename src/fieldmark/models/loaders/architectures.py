"""Architectures by name: what timm, torchvision and this package can build without any weights."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from threading import Lock
from typing import TYPE_CHECKING, Any

from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    Dressing,
    imagenet,
)
from fieldmark.models.python_specs import from_python
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import (
    ConfigError,
    Framing,
    GradientClassifier,
    Interpolation,
    ModelError,
    UnknownNameError,
)

if TYPE_CHECKING:
    import torch

LIBRARIES = ("timm", "torchvision", "cifar", "python")
"""What the first part of ``timm/NAME`` may be."""

_seeding = Lock()


@dataclass(frozen=True)
class Architecture:
    """A net that can be built.

    Args:
        name: With its library: "timm/resnet18".
        family: The kind of net.
        dressing: What its makers put around it.
        build: From the number of classes and whether published weights are wanted to the module.
        licence: Under which terms its code and published weights come.
        weights: Where its published weights are, for messages and fingerprints; "" if nowhere.
        trained: How the published weights were trained, in words.
    """

    name: str
    family: str
    dressing: Dressing
    build: "Callable[[int, bool], torch.nn.Module]"
    licence: str = "as you obtained it"
    weights: str = ""
    trained: str = ""


def architecture(name: str, asked: Asked) -> Architecture:
    """The net that ``LIBRARY/NAME`` names: of timm, torchvision, cifar or python.

    Args:
        name: Its name.
        asked: Who wants it: sizes and channels are taken from its options.

    Raises:
        UnknownNameError: There is none; offers the nearest.
        MissingExtraError: Its library is not installed.
    """
    library, slash, own = name.partition("/")
    if not slash or library not in LIBRARIES:
        raise UnknownNameError("library of architectures", library, LIBRARIES)
    if library == "timm":
        return _timm(own, asked)
    if library == "torchvision":
        return _torchvision(own)
    if library == "python":
        return _python(own, asked)
    return _cifar(own)


def names_of(library: str) -> tuple[str, ...]:
    """The architectures that timm or torchvision know.

    Raises:
        MissingExtraError: The library is not installed.
    """
    if library == "timm":
        return tuple(
            needs_torchvision("timm", extra="vision", purpose="timm: models").list_models()
        )
    models = needs_torchvision("torchvision.models", extra="vision", purpose="torchvision: models")
    return tuple(models.list_models(module=models))


def seeded(build: "Callable[[], torch.nn.Module]", seed: int) -> "torch.nn.Module":
    """What ``build`` makes when torch's global generator starts from ``seed``; it is then put back.

    Libraries draw first weights from the global generator, so nets are built one at a time.
    """
    import torch

    with _seeding, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


def versions(*libraries: str) -> str:
    """The versions that first weights follow from."""
    return ", ".join(f"{one} {metadata.version(one)}" for one in libraries)


def _timm(name: str, asked: Asked) -> Architecture:
    timm = needs_torchvision("timm", extra="vision", purpose="timm: models")
    known = timm.list_models() if "." not in name else timm.list_pretrained()
    if name.partition(".")[0] not in timm.list_models() or ("." in name and name not in known):
        raise UnknownNameError("timm model", name, [*timm.list_models(), *timm.list_pretrained()])
    given = timm.get_pretrained_cfg(name) or timm.models.PretrainedCfg()
    test = asked.one_of("sizes", ("train", "test"), "train") == "test"
    config = timm.data.resolve_data_config(
        {}, pretrained_cfg=given.to_dict(), use_test_size=test, verbose=False
    )
    framing = _timm_framing(config, name, asked)

    def build(classes: int, pretrained: bool) -> Any:  # noqa: ANN401  a module
        depth = asked.whole("channels", framing.channels, most=3)
        more: dict[str, Any] = {} if depth == 3 else {"in_chans": depth}
        size = asked.text_of("size") or (test and given.fixed_input_size)
        if size and given.fixed_input_size:
            sides = str(asked.text_of("size") or framing.height).split("x")
            more["img_size"] = (int(sides[0]), int(sides[-1]))
        if classes:
            more["num_classes"] = classes
        return timm.create_model(name, pretrained=pretrained, **more)

    return Architecture(
        name=f"timm/{name}",
        family=timm.models.model_entrypoint(name).__module__.rpartition(".")[2].replace("_", " "),
        dressing=Dressing(
            framing, tuple(config["mean"]), tuple(config["std"]), _timm_classes(given)
        ),
        build=build,
        licence=str(given.license or "as you obtained it"),
        weights=str(given.hf_hub_id or given.url or ""),
        trained=f"published weights {given.hf_hub_id or given.url}",
    )


def _timm_framing(config: dict[str, Any], name: str, asked: Asked) -> Framing:
    """Timm scales the frame's sides by one over its crop share, cut to whole, and crops."""
    channels, height, width = config["input_size"]
    mode = str(config["crop_mode"])
    if mode == "border" and "fit" not in asked.options:
        raise ConfigError(
            f"{name} wants pictures laid on a border, which nobody here can do; say fit=squash or "
            "fit=shorter, and its scores will not be those of its makers"
        )
    shorter = int(min(height, width) / config["crop_pct"])
    squash = mode == "squash" or asked.text_of("fit") == "squash"
    exact = squash and config["crop_pct"] == 1
    how: Interpolation = "bilinear" if config["interpolation"] == "bilinear" else "bicubic"
    return Framing(
        height,
        width,
        channels if channels in (1, 3) else 3,
        "squash" if squash else "shorter",
        0 if exact or height != width else shorter,
        how,
    )


def _timm_classes(given: Any) -> tuple[str, ...]:  # noqa: ANN401  timm's own record
    """WordNet ids, where timm knows which of ImageNet's lists a head was trained on."""
    data = needs_torchvision("timm.data", extra="vision", purpose="timm: models")
    subset = data.infer_imagenet_subset(given) if given.num_classes else None
    if given.num_classes == 1000:
        return tuple(imagenet().names)
    names = tuple(data.ImageNetInfo(subset).label_names()) if subset else ()
    return names if len(set(names)) == len(names) else ()


def _torchvision(name: str) -> Architecture:
    models = needs_torchvision("torchvision.models", extra="vision", purpose="torchvision: models")
    own, wanted = _builder_and_weights(name, models)
    names = names_of("torchvision")
    if own not in names:
        raise UnknownNameError("torchvision model", own, names)
    kinds = models.get_model_weights(own)
    if wanted and wanted not in kinds.__members__:
        raise UnknownNameError(f"torchvision weights of {own}", wanted, kinds.__members__)
    weights = kinds[wanted or "DEFAULT"]
    how = weights.transforms()
    (height,), (shorter,) = how.crop_size, how.resize_size

    def build(classes: int, pretrained: bool) -> Any:  # noqa: ANN401  a module
        more = {"num_classes": classes} if classes else {}
        if own in ("googlenet", "inception_v3"):
            more |= {"init_weights": False} if pretrained else {"init_weights": True}
        if not pretrained:
            return models.get_model(own, weights=None, **more)
        # As torchvision does it, but for its reader, which would build whatever a pickle says.
        state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
        if own in ("googlenet", "inception_v3"):
            more |= {"aux_logits": True, "transform_input": False}
        made = models.get_model(own, weights=None, **more)
        made.load_state_dict(state)
        return made

    return Architecture(
        name=f"torchvision/{own}",
        family=_letters(own),
        dressing=Dressing(
            Framing(height, height, 3, "shorter", shorter, how.interpolation.value),
            tuple(how.mean),
            tuple(how.std),
            tuple(imagenet().names),
        ),
        build=build,
        licence="BSD-3-Clause code; weights as published",
        weights=str(weights.url),
        trained=f"published weights {weights}",
    )


def _builder_and_weights(name: str, models: Any) -> tuple[str, str]:  # noqa: ANN401
    """``resnet50``, ``resnet50.IMAGENET1K_V2`` and ``ResNet50_Weights.IMAGENET1K_V2`` alike."""
    own, _, weights = name.partition(".")
    if own.endswith("_Weights"):
        for known in models.list_models(module=models):
            if models.get_model_weights(known).__name__ == own:
                return known, weights
    return own, weights


def _letters(name: str) -> str:
    return name.partition("_")[0].rstrip("0123456789") or name


def _cifar(name: str) -> Architecture:
    from fieldmark.models.loaders.cifar_nets import DEPTHS, cifar_resnet

    depth = name.removeprefix("resnet")
    names = [f"resnet{one}" for one in DEPTHS]
    if name not in names:
        raise UnknownNameError("CIFAR net", name, names)
    return Architecture(
        name=f"cifar/{name}",
        family="resnet",
        dressing=Dressing(Framing(32, 32), IMAGENET_MEAN, IMAGENET_STD),
        build=lambda classes, pretrained: cifar_resnet(int(depth), classes or 10),
        licence="MIT",
    )


def _python(spec: str, asked: Asked) -> Architecture:
    found = from_python(spec, base=asked.base).load()
    if not isinstance(found, GradientClassifier):
        raise ModelError(f"{spec} makes no torch module to put weights into")
    frame = found.card.frame
    framing = Framing(frame[0], frame[1], frame[2]) if len(frame) == 3 else None
    return Architecture(
        name=f"python/{spec}",
        family=found.card.family,
        dressing=Dressing(framing, classes=found.card.classes),
        build=lambda classes, pretrained: found.module,
    )
