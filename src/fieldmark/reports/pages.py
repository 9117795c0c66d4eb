"""Findings as one HTML file that needs nothing else: no network, no server, no other file."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from fieldmark.records import Finding
from fieldmark.reports.outline import outline
from fieldmark.reports.palette import theme

_NOTHING: Mapping[str, str] = MappingProxyType({})


def page(
    findings: Sequence[Finding],
    *,
    title: str,
    subtitle: str = "",
    meta: Mapping[str, str] = _NOTHING,
    commands: Sequence[str] = (),
    caveats: Sequence[str] = (),
) -> str:
    """One HTML file with everything that was found, to be read offline.

    Findings of the same study become one section in which the reader chooses among them. Charts
    can be hovered, the page follows a dark reader, fits a telephone and prints. A content security
    policy forbids it to fetch anything and to run any script but its own.

    Args:
        findings: What was found, in the order of reading; the one called "headline" comes large.
        title: What stands on top.
        subtitle: One sentence under it.
        meta: Names and values for the table of provenance: versions, seed, dates, numbers.
        commands: What to type to make the figures again.
        caveats: What the figures do not show, besides what each finding says itself.

    Example:
        >>> text = page([], title="Digits <in> the field")
        >>> "Digits &lt;in&gt; the field" in text, "https://" in text
        (True, False)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    sections, specs = outline(findings)
    script = _template("page.js")
    bundle = _vega() if specs else ""
    # Only what is our own goes in unescaped: style, scripts, and JSON that has been made safe.
    environment = Environment(
        loader=PackageLoader("fieldmark.reports"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.j2").render(
        title=title,
        subtitle=subtitle,
        sections=sections,
        caveats=list(dict.fromkeys([*(c for one in findings for c in one.caveats), *caveats])),
        meta=meta,
        commands=commands,
        charts=Markup(_embeddable({"specs": specs, "theme": theme("currentColor")})),
        bundle=Markup(bundle),
        script=Markup(script),
        css=Markup(_template("page.css")),
        script_hashes=Markup(" ".join(_digest(one) for one in (bundle, script) if one)),
    )


def _embeddable(value: object) -> str:
    """JSON that cannot end the script element in which it stands."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(script: str) -> str:
    return f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"


def _template(name: str) -> str:
    return files("fieldmark.reports").joinpath("templates", name).read_text("utf-8")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script."""
    from vl_convert import javascript_bundle

    bundle: str = javascript_bundle("window.vegaEmbed = vegaEmbed;")
    assert "</script" not in bundle.lower()
    return bundle
