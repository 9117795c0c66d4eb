"""Pages: what is known of a published set, as text for people and as plain values for programs."""

from collections.abc import Iterator, Sequence

from fieldmark.datasets.published.sets import Download, PublishedSet

_MANY = 8  # parts that are named one by one


def facts(found: PublishedSet, here: Sequence[str] | None = None) -> dict[str, object]:
    """Everything on a card, for programs.

    Args:
        found: The set.
        here: The parts of it that are on this machine; None where nobody looked.
    """
    known: dict[str, object] = {
        "name": found.name,
        "title": found.title,
        "source": found.source,
        "licence": found.licence,
        "collected": found.collected,
        "not_for": found.not_for,
        "classes": found.classes,
        "parts": {
            found.full_name(part): {
                "n": n,
                "counted": found.counted,
                "reference": found.reference(part),
                **({} if here is None else {"here": part in here}),
            }
            for part, n in found.parts.items()
        },
        "folder": found.folders[0],
        "layout": found.layout,
        "builds_on": list(found.builds_on),
        "downloads": [
            {
                "url": one.url,
                "bytes": one.size or None,
                "checksum": one.checksum or "not published",
                "checksum_from": one.listed,
                "parts": list(one.parts),
            }
            for one in found.downloads
        ],
        "ask": found.ask,
        "traps": list(found.traps),
    }
    return known


def lines(found: PublishedSet, here: Sequence[str] | None = None) -> Iterator[str]:
    """One page of text, line by line.

    Args:
        found: The set.
        here: The parts of it that are on this machine; None where nobody looked.
    """
    yield from (
        f"{found.name}: {found.title}",
        "",
        f"Source: {found.source}",
        f"Licence: {found.licence}",
        f"Collected: {found.collected}",
        f"Not for: {found.not_for}",
        f"Classes: {found.classes}",
        f"Conditions: {conditions(found)}",
    )
    references = sorted({found.reference(part) for part in found.parts} - {""})
    if references:
        yield f"Reference: {', '.join(references)}"
    if here is not None:
        yield f"On this machine: {_here(found, here)}"
    yield f"Folder: {found.folders[0]}, with {found.layout}"
    if found.builds_on:
        yield f"Builds on: {', '.join(found.builds_on)}"
    yield ""
    yield from (_download(one) for one in found.downloads)
    if found.ask:
        yield f"{'For the rest' if found.downloads else 'To get it'}: {found.ask}"
    yield ""
    yield from (f"Trap: {one}" for one in found.traps)


def conditions(found: PublishedSet) -> str:
    """The names of its parts with how many examples each has, in a line."""
    names = [f"{found.full_name(part)} ({n:,})" for part, n in found.parts.items()]
    counted = "" if found.counted == "examples" else f" {found.counted}"
    if len(names) <= _MANY:
        return f"{', '.join(names)}{counted}"
    kinds = list(dict.fromkeys(part.split("/")[0] for part in found.parts))
    n = next(iter(found.parts.values()))
    if len(kinds) == len(names):
        return f"{found.name}/NAME ({n:,}{counted} each), NAME one of {', '.join(kinds)}"
    return f"{found.name}/NAME/1 to 5 ({n:,} each), NAME one of {', '.join(kinds)}"


def _here(found: PublishedSet, here: Sequence[str]) -> str:
    if not here:
        return "no"
    if len(here) == len(found.parts):
        return "yes"
    named = ", ".join(found.full_name(part) for part in here[:_MANY])
    return f"{len(here)} of {len(found.parts)} parts: {named}" + (
        ", ..." if len(here) > _MANY else ""
    )


def _download(one: Download) -> str:
    size = f"{one.size / 1e6:,.1f} MB, " if one.size else ""
    listed = f" (from {one.listed})" if one.listed else ""
    checksum = f"{one.checksum}{listed}" if one.checksum else "no checksum published"
    parts = f" [{', '.join(one.parts)}]" if one.parts else ""
    return f"Download{parts}: {one.url} ({size}{checksum})"
