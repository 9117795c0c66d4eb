"""openclip: pictures compared with sentences; a class is what its sentences say, untrained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fieldmark.models.keeping import kept_weights
from fieldmark.models.loaders.architectures import seeded, versions
from fieldmark.models.loaders.asked import Asked
from fieldmark.models.loaders.dressing import DRESSING, Dressing, class_names, dressed
from fieldmark.models.loaders.files import file_mark, fill, read_weights
from fieldmark.models.loaders.nets import NetLoader
from fieldmark.models.loaders.network import reaching
from fieldmark.models.torchvision_shim import needs_torchvision
from fieldmark.records import (
    ClassSpace,
    ConfigError,
    Fit,
    Framing,
    Interpolation,
    ModelCard,
    ModelError,
    Subject,
    UnknownNameError,
    fingerprint,
)

if TYPE_CHECKING:
    import torch

_ONE = ("a photo of a {}.",)


@dataclass(frozen=True)
class Prompts:
    """The sentences of a zero-shot head.

    Args:
        classes: What they tell apart; their titles stand in the sentences.
        templates: Sentences with ``{}`` where the class goes.
    """

    classes: ClassSpace
    templates: tuple[str, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """What people call the classes."""
        return self.classes.titles or self.classes.names

    def of(self, title: str) -> list[str]:
        """All sentences about one class.

        Example:
            >>> Prompts(ClassSpace(("cat", "dog")), ("a photo of a {}.",)).of("cat")
            ['a photo of a cat.']
        """
        return [template.replace("{}", title) for template in self.templates]


def from_openclip(asked: Asked) -> Subject:
    """The subject ``openclip:NAME?weights=TAG&classes=imagenet&templates=openai``.

    Each class is the mean of what the text tower says of its sentences; that is computed once and
    kept. ``templates`` is one (a photo of a …), openai (80), simple (7), or a text file with one
    sentence a line, ``{}`` where the class goes.

    Raises:
        MissingExtraError: open_clip is not installed.
        UnknownNameError: No such model, tag or option.
        ConfigError: An option cannot be read. ModelError: Weights cannot.
    """
    asked.only("weights", "seed", "config", "templates", *DRESSING)
    clip = needs_torchvision("open_clip", extra="clip", purpose="openclip: models")
    name, config = _config(asked, clip)
    weights = asked.text_of("weights")
    tags = clip.list_pretrained_tags_by_model(name)
    file = None if weights in ("", "none") or weights in tags else asked.base / Path(weights)
    if file is not None and not file.suffix:
        raise UnknownNameError(f"weights of {name}", weights, ["none", *tags])
    if not weights:
        raise ConfigError(
            f"{asked.text[:80]} names no weights; write weights=TAG ({', '.join(tags[:6])}), "
            "weights=FILE.safetensors or weights=none"
        )
    prompts = Prompts(
        class_names(asked.text_of("classes", "imagenet"), asked.base), _templates(asked, clip)
    )
    usual = _dressing(clip, name, config, weights if weights in tags else "")
    dressing = replace(dressed(asked, usual), classes=prompts.classes.names)
    seed = asked.whole("seed", 0, least=0)
    origin = file_mark(file) if file else (weights, seed if weights == "none" else 0)
    tower = fingerprint(
        "open_clip",
        name,
        config,
        origin,
        versions("torch", "open_clip_torch") if weights == "none" else "",
    )
    told = fingerprint(tower, list(prompts.titles), list(prompts.templates))
    card = ModelCard(
        name=asked.text,
        family="zero-shot",
        source=f"open_clip/{name}",
        licence="as you obtained it",
        training=(
            f"weights {weights}; a class is the mean of {len(prompts.templates)} sentences such as "
            f"{prompts.of(prompts.titles[0])[0]!r}; {dressing.words}"
        ),
        classes=prompts.classes.names,
        frame=dressing.framing.frame if dressing.framing else (),
    )
    tools = _Tools(clip, name, prompts, asked.cache / f"sentences-{told}.safetensors", told)
    build = partial(_build, tools, asked, file, seed)
    mark = fingerprint(told, dressing.decisive)
    return Subject(card.name, mark, NetLoader(card, dressing, build), framing=dressing.framing)


@dataclass(frozen=True)
class _Tools:
    """What is needed to build the net once it is asked for."""

    clip: Any
    name: str
    prompts: Prompts
    kept: Path
    mark: str


def _config(asked: Asked, clip: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401  a module
    """The architecture's name and settings, a file's of one's own among them."""
    name, own = asked.place, asked.text_of("config")
    if own:
        path = asked.base / Path(own).expanduser()
        if not path.is_file() or path.suffix != ".json":
            raise ModelError(
                f"cannot read config={own[:80]}: it is no .json file of open_clip's kind"
            )
        clip.add_model_config(path)
        name = path.stem
    if name not in clip.list_models():
        raise UnknownNameError("open_clip model", name, clip.list_models())
    return name, dict(clip.get_model_config(name))


def _dressing(clip: Any, name: str, config: dict[str, Any], tag: str) -> Dressing:  # noqa: ANN401
    told = clip.get_pretrained_cfg(name, tag) if tag else {}
    size = config["vision_cfg"].get("image_size", 224)
    height, width = size if isinstance(size, list | tuple) else (size, size)
    mode = str(told.get("resize_mode") or "shortest")
    if mode == "longest":
        raise ModelError(f"{name} wants pictures on a border; say fit=shorter or fit=squash")
    how: Interpolation = "bilinear" if told.get("interpolation") == "bilinear" else "bicubic"
    mean = told.get("mean") or clip.OPENAI_DATASET_MEAN
    std = told.get("std") or clip.OPENAI_DATASET_STD
    fit: Fit = "squash" if mode == "squash" else "shorter"
    return Dressing(Framing(height, width, 3, fit, 0, how), tuple(mean), tuple(std))


def _templates(asked: Asked, clip: Any) -> tuple[str, ...]:  # noqa: ANN401  a module
    told = asked.text_of("templates", "openai")
    if told == "one":
        return _ONE
    if told in ("openai", "simple"):
        known = {"openai": "OPENAI_IMAGENET_TEMPLATES", "simple": "SIMPLE_IMAGENET_TEMPLATES"}
        return tuple(template("{}") for template in getattr(clip, known[told]))
    path = asked.base / Path(told).expanduser()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read templates={told[:80]}; write one, simple, openai, or a text file with "
            "one sentence a line and {} where the class goes"
        ) from error
    found = tuple(line.strip() for line in lines if line.strip())
    if not found or any("{}" not in one for one in found):
        raise ConfigError(f"{path}: every line is a sentence with {{}} where the class goes")
    return found


def _build(tools: _Tools, asked: Asked, file: Path | None, seed: int) -> "torch.nn.Module":
    import torch

    from fieldmark.models.loaders.zero_shot_net import ZeroShot, sentence_means

    tag = asked.text_of("weights")
    if file is None and tag != "none":
        with reaching(f"open_clip's {tag}", asked.text, "timm/NAME"):
            net = tools.clip.create_model(tools.name, pretrained=tag, load_weights_only=True)
    else:
        net = seeded(partial(tools.clip.create_model, tools.name, pretrained=None), seed)
    if file is not None:
        fill(net, read_weights(file), path=file, arch=f"openclip/{tools.name}")
    net = net.eval().requires_grad_(False)
    tokens = tools.clip.get_tokenizer(tools.name)

    def encode() -> dict[str, Any]:
        sentences: Sequence[list[str]] = [tools.prompts.of(one) for one in tools.prompts.titles]
        return {"head": sentence_means(net, tokens, sentences).numpy()}

    head = kept_weights(tools.kept, tools.mark, encode)["head"]
    return ZeroShot(net, torch.tensor(head))
