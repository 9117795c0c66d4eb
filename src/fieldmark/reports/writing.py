"""Files on disk: written aside and renamed, so that nobody ever reads half of one."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from fieldmark.records import ConfigError, Finding
from fieldmark.reports.drawing import figure_png, figure_svg
from fieldmark.reports.pages import page


def write_figure(finding: Finding, path: str | Path) -> tuple[Path, ...]:
    """The files that the figures of ``finding`` were written to.

    Args:
        finding: What was found.
        path: Ends in .png or .svg; with several figures they are numbered: fog-1.png, fog-2.png.
            Or in .html: then the whole finding becomes one page that works offline.

    Raises:
        ConfigError: The finding has no figure, the ending is another, or the file cannot be
            written.
    """
    path = Path(path)
    if path.suffix.lower() == ".html":
        write_page([finding], path, title=finding.title)
        return (path,)
    if not finding.figures:
        raise ConfigError(f"{finding.study} has no figure to write to {path.name}")
    if path.suffix.lower() not in (".png", ".svg"):
        raise ConfigError(f"figures are written to .png, .svg or .html, not to {path.name!r}")
    several = len(finding.figures) > 1
    paths = []
    for place, figure in enumerate(finding.figures, start=1):
        target = path.with_stem(f"{path.stem}-{place}") if several else path
        png = path.suffix.lower() == ".png"
        write_aside(target, figure_png(figure) if png else figure_svg(figure).encode())
        paths.append(target)
    return tuple(paths)


def write_page(findings: Sequence[Finding], path: Path, *, title: str, subtitle: str = "") -> None:
    """Writes findings as one page that works offline, a section each.

    Raises:
        ConfigError: The file cannot be written.
    """
    write_aside(path, page(findings, title=title, subtitle=subtitle).encode())


def write_aside(path: Path, content: bytes) -> None:
    """Puts ``content`` at ``path``, all of it or nothing.

    Raises:
        ConfigError: The file cannot be written.
    """
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        try:
            aside.write_bytes(content)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
