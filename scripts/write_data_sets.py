"""Write docs/data-sets.md: the card of every published test set, as it is.

python scripts/write_data_sets.py            writes it
python scripts/write_data_sets.py --check    status 1 where it is stale
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from fieldmark.catalog import READERS
from fieldmark.datasets import PUBLISHED, Download, PublishedSet
from fieldmark.datasets.published import conditions

PAGE = Path(__file__).parent.parent / "docs" / "data-sets.md"

HEAD = """\
# Data sets

*The cards are written by `python scripts/write_data_sets.py`; a test keeps them current.*

A published test set is a condition by its name, once its files are where Fieldmark looks for
them:

```
fieldmark list datasets                  # every set, and which are on this machine
fieldmark card imagenet-v2               # all that is known of one
fieldmark fetch imagenet-v2/matched-frequency
fieldmark run --subjects ... --conditions imagenet-v2/matched-frequency
```

`fetch` downloads what may be downloaded, goes on where it was cut off, holds the published
checksum against what came, unpacks nothing that leads out of its folder, and says where to ask
for the rest. Files are looked for in the folders that `FIELDMARK_DATA_SETS` names (several, as in
`PATH`), then in the cache, below the folder's name given here. A set that lies elsewhere is named
with its folder: `imagenet-a:/somewhere/imagenet-a`.

Every reader takes pictures of the real layout, in the order that their authors gave them; the
model says how they are framed. Where fewer pictures are there than were published, the title of
the examples says so. A checksum is printed with who published it, and where nobody did, the card
says that.

## Your own

| written as | what it is |
|---|---|
{readers}

Options follow a question mark: `?size=224`, `?channels=3`, `?name=photos`, `?classes=imagenet`
(what the labels refer to), `?broken=missing`, `?group=writer`, and
`?images=...&labels=...&ids=...` where a table, an archive or a shard calls them otherwise. A
folder, a zip archive, WebDataset shards and a Parquet table of the same files have one
fingerprint, and so identical cells: `fieldmark convert folder:photos photos.parquet` makes such a
copy (`.zip`, or `.shards` for WebDataset). Archives are read where they lie: members with
absolute names, links, bombs and keys that come twice are refused.

## Published test sets

| set | examples | on top of |
|---|---|---|
{table}
"""


def page() -> str:
    """The whole page."""
    patterns = (line.split(": ", 1) for line in READERS.values())
    readers = "\n".join(f"| `{name}` | {about} |" for name, about in patterns)
    table = "\n".join(
        f"| [{one.name}](#{one.name.replace('.', '')}) | {conditions(one)} | "
        f"{', '.join(one.builds_on)} |"
        for one in PUBLISHED.values()
    )
    cards = [line for one in PUBLISHED.values() for line in card(one)]
    return HEAD.format(readers=readers, table=table) + "\n" + "\n".join(cards).rstrip() + "\n"


def card(one: PublishedSet) -> Iterator[str]:
    """The section of one set."""
    yield from (f"### {one.name}", "", f"{one.title}.", "")
    yield from (
        f"- **Source.** {one.source}",
        f"- **Licence.** {one.licence}",
        f"- **Collected.** {one.collected}.",
        f"- **Not for** {one.not_for}.",
        f"- **Classes.** {one.classes}.",
    )
    references = sorted({one.reference(part) for part in one.parts} - {""})
    if references:
        yield f"- **Reference.** {', '.join(f'`{name}`' for name in references)}"
    yield f"- **Folder.** `{one.folders[0]}`, with {one.layout}."
    for download in one.downloads:
        yield f"- **Download.** {_download(download)}"
    if one.ask:
        yield f"- **{'For the rest' if one.downloads else 'To get it'}:** {one.ask}."
    yield from (f"- **Trap.** {trap}" for trap in one.traps)
    yield ""


def _download(one: Download) -> str:
    size = f", {one.size:,} bytes" if one.size else ""
    listed = f", from {one.listed}" if one.listed else ""
    checksum = f"`{one.checksum}`{listed}" if one.checksum else "no checksum published"
    return f"<{one.url}>{size}; {checksum}"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1)
    PAGE.write_text(page(), encoding="utf-8")
