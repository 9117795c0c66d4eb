"""A report: everything a store tells, in one file."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from fieldmark.records import ConfigError
from fieldmark.reports.gathering import gather
from fieldmark.reports.pages import page
from fieldmark.reports.rendering import as_json, render
from fieldmark.reports.tables import in_markdown
from fieldmark.reports.writing import write_aside
from fieldmark.studies import Kept, accuracy_grid

_TITLE = "Do these classifiers hold up in the field?"


def write_report(
    store: Kept,
    path: str | Path,
    *,
    format: str = "html",
    title: str = _TITLE,
    commands: Sequence[str] = (),
) -> Path:
    """The path of the report that was written.

    Args:
        store: Where answers are kept.
        path: The file to write; it appears whole or not at all.
        format: "html" (one page that works offline), "md", "json", or "csv" (the accuracy of
            every subject under every condition, one row each).
        title: What stands on top.
        commands: What to type to make the figures again.

    Raises:
        ConfigError: There is no such format, or the file cannot be written.
        NotKeptError: The store is empty.
    """
    if format not in _FORMATS:
        raise ConfigError(f"no format {format!r} for reports; there are {', '.join(_FORMATS)}")
    written = _FORMATS[format](store, title, commands)
    write_aside(Path(path), written.encode())
    return Path(path)


def _html(store: Kept, title: str, commands: Sequence[str]) -> str:
    gathered = gather(store)
    return page(
        gathered.findings,
        title=title,
        subtitle=gathered.subtitle,
        meta=gathered.provenance,
        commands=commands,
        caveats=gathered.gaps,
    )


def _markdown(store: Kept, title: str, commands: Sequence[str]) -> str:
    gathered = gather(store)
    parts = [f"# {in_markdown(title)}", gathered.subtitle]
    parts += [render(finding, "md").rstrip() for finding in gathered.findings]
    if gathered.gaps:
        parts += ["## What could not be told", _items(gathered.gaps)]
    parts += ["## Where these figures come from"]
    parts += [_items(f"{name}: {value}" for name, value in gathered.provenance.items())]
    if commands:
        parts += ["To make them again:", "\n".join(f"    {command}" for command in commands)]
    return "\n\n".join(parts) + "\n"


def _json(store: Kept, title: str, commands: Sequence[str]) -> str:
    gathered = gather(store)
    content = {
        "title": title,
        "provenance": dict(gathered.provenance),
        "commands": list(commands),
        "findings": [as_json(finding) for finding in gathered.findings],
        "gaps": list(gathered.gaps),
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _csv(store: Kept, title: str, commands: Sequence[str]) -> str:
    return render(accuracy_grid(store), "csv")


def _items(texts: Iterable[str]) -> str:
    return "\n".join(f"- {in_markdown(text)}" for text in texts)


_FORMATS: Mapping[str, Callable[[Kept, str, Sequence[str]], str]] = MappingProxyType(
    {"html": _html, "md": _markdown, "csv": _csv, "json": _json}
)
