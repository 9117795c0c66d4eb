"""How many architectures there are, counted in files: asking the libraries would import torch."""

import re
from importlib.util import find_spec
from pathlib import Path

_REGISTERED = re.compile(r"^@register_model\b.*\n(?:@.*\n)*def (\w+)", re.MULTILINE)


def counted_architectures() -> dict[str, str]:
    """A line for each library that is installed, such as "1371 architectures".

    Example:
        >>> set(counted_architectures()) <= {"timm", "torchvision", "openclip"}
        True
    """
    found = {}
    for library in ("timm", "torchvision"):
        folder = _folder(library)
        if folder is not None:
            names = {
                name
                for file in (folder / "models").glob("*.py")
                for name in _REGISTERED.findall(file.read_text(encoding="utf-8"))
            }
            found[library] = f"{len(names)} architectures"
    clip = _folder("open_clip")
    if clip is not None:
        found["openclip"] = f"{len(list((clip / 'model_configs').glob('*.json')))} architectures"
    return found


def _folder(library: str) -> Path | None:
    spec = find_spec(library)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None
