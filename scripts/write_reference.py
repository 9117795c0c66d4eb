"""Write docs/reference.md: every command's help and every name of the catalogue, as they are.

python scripts/write_reference.py            writes it
python scripts/write_reference.py --check    status 1 where it is stale
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.update(COLUMNS="100", TERM="dumb", NO_COLOR="1")

from typer.testing import CliRunner

from fieldmark import catalog
from fieldmark.cli import app

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"


def commands() -> Iterator[str]:
    """The help of the whole and of each command, in their order."""
    for name in ["", *[str(one.name or one.callback.__name__) for one in app.registered_commands]]:
        words = [name] if name else []
        printed = CliRunner().invoke(app, [*words, "--help"], prog_name="fieldmark").output
        lines = [line.rstrip() for line in printed.strip().splitlines()]
        yield f"### `{' '.join(['fieldmark', *words])}`"
        yield "```\n" + "\n".join(lines) + "\n```"


def names() -> Iterator[str]:
    """Every table of the catalogue, and the patterns for one's own."""
    tables = {
        "Subjects": (catalog.SUBJECTS, catalog.LOADERS),
        "Data sets": (catalog.DATASETS, catalog.READERS),
        "Shifts": (catalog.SHIFTS, catalog.OWN_SHIFTS),
        "Sequences": (catalog.SEQUENCES, {}),
        "Attacks": (catalog.ATTACKS, {**catalog.FROM_SURROGATES, **catalog.CERTIFICATES}),
        "Studies": (catalog.STUDIES, {}),
    }
    for title, (table, patterns) in tables.items():
        yield f"### {title}"
        rows = [(name, table.about(name)) for name in table.own]
        rows += [tuple(line.split(": ", 1)) for line in patterns.values()]  # type: ignore[misc]
        yield "| name | what it is |\n|---|---|\n" + "\n".join(
            f"| `{name}` | {about} |" for name, about in rows
        )


def page() -> str:
    """The whole page."""
    head = (
        "# Reference\n\n*Written by `python scripts/write_reference.py`; a test keeps it current.*"
    )
    parts = [head, "## Commands", *commands(), "## Names", *names()]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text() != page())
    PAGE.write_text(page())
