"""Pairs of pictures for people to look at: one HTML file, offline, that saves what they say."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from types import MappingProxyType

from jaxtyping import UInt8
from numpy import ndarray

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ShownPair:
    """Two pictures side by side.

    Args:
        key: Its name in the file that is saved.
        left: uint8 (h, w, c).
        right: uint8 (h, w, c).
        names: What stands under each.
        heading: What stands beside them, large.
        lines: And below it.
    """

    key: str
    left: UInt8[ndarray, "h w c"]
    right: UInt8[ndarray, "g v d"]
    names: tuple[str, str]
    heading: str
    lines: tuple[str, ...] = ()


def pairs_page(
    pairs: Sequence[ShownPair],
    *,
    title: str,
    subtitle: str,
    choices: Sequence[str],
    chosen: Mapping[str, str] = _NOTHING,
) -> str:
    """One HTML file with pairs of pictures, a choice beside each, and a button that saves them.

    A content security policy forbids it to fetch anything and to run any script but its own. What
    is saved is JSON: ``{"kind": "fieldmark pairs 1", "verdicts": {key: choice}}``.

    Args:
        pairs: In the order of looking.
        title: What stands on top.
        subtitle: One sentence under it.
        choices: What can be said of a pair.
        chosen: What was said before.

    Example:
        >>> text = pairs_page([], title="A <b>", subtitle="", choices=("same", "different"))
        >>> "A &lt;b&gt;" in text, "http" in text.replace("http-equiv", "")
        (True, False)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    script = files("fieldmark.reports").joinpath("templates", "pairs.js").read_text("utf-8")
    small = all(max(*one.left.shape[:2], *one.right.shape[:2]) <= 64 for one in pairs)
    environment = Environment(
        loader=PackageLoader("fieldmark.reports"), autoescape=True, undefined=StrictUndefined
    )
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return environment.get_template("pairs.html.j2").render(
        title=title,
        subtitle=subtitle,
        choices=list(choices),
        pairs=[
            {
                "number": number,
                "key": one.key,
                "left": _png(one.left),
                "right": _png(one.right),
                "left_name": one.names[0],
                "right_name": one.names[1],
                "heading": one.heading,
                "lines": list(one.lines),
                "chosen": chosen.get(one.key, ""),
            }
            for number, one in enumerate(pairs)
        ],
        rendering="pixelated" if small else "auto",
        script=Markup(script),
        script_hash=Markup(f"'sha256-{digest}'"),
    )


def _png(image: UInt8[ndarray, "h w c"]) -> str:
    from PIL import Image

    data = BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(data, format="PNG")
    return b64encode(data.getvalue()).decode()
