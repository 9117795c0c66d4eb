"""A replication: a published result, made again from the raw data that were published with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from fieldmark.records import Column, DataError, Figure, Finding, Table, Value
from fieldmark.replications.checks import Check
from fieldmark.replications.data import Data, Origin

COLUMNS = (
    Column("replication", "Replication", "Which result was made again."),
    Column("what", "What", "What it is a number of."),
    Column("published", "Published", "As it was printed, or computed independently."),
    Column("computed", "Computed", "What the raw data give here."),
    Column("difference", "Difference", "Computed minus published."),
    Column("tolerance", "Tolerance", "How far apart they may be."),
    Column("unit", "Unit", "% and points are in percent."),
    Column("verdict", "Verdict", "agrees, differs, or not in the data."),
    Column("kind", "Kind", "published: somebody printed it; golden: other code computed it."),
    Column("source", "Source", "Where the published number stands."),
    Column("note", "Note", "Why they differ, or why the data cannot give it."),
)


@dataclass(frozen=True)
class Replication:
    """One published result.

    Args:
        name: What to call it on the command line.
        title: What is made again, in a line.
        paper: Whose result it is.
        origins: The raw files.
        check: From the data to the checks, in reading order.
        figures: From the data to figures that show the result.
    """

    name: str
    title: str
    paper: str
    origins: tuple[Origin, ...]
    check: Callable[[Data], Sequence[Check]]
    figures: Callable[[Data], tuple[Figure, ...]] | None = None


@dataclass(frozen=True)
class Replicated:
    """What came of several replications.

    Args:
        whole: Every check as one finding; what could not be run stands in its caveats.
        each: A finding per replication that could be run, with its figures.
    """

    whole: Finding
    each: tuple[Finding, ...]


def replicate(
    replications: Sequence[Replication],
    data: Data,
    *,
    watch: Callable[[str, float], None] | None = None,
) -> Replicated:
    """Every check of these replications; one whose data cannot be had does not stop the others.

    Args:
        replications: Which ones.
        data: Where the raw data come from.
        watch: Told the name and the seconds of each one that is done.
    """
    done: dict[str, Sequence[Check]] = {}
    each: list[Finding] = []
    lacking: list[str] = []
    for one in replications:
        started = perf_counter()
        try:
            checks = one.check(data)
            each.append(_finding(one, checks, data))
            done[one.name] = checks
        except DataError as error:
            lacking.append(f"{one.name} could not be run: {error}.")
        if watch:
            watch(one.name, perf_counter() - started)
    whole = Finding(
        study="replications",
        title="Published results, made again",
        statement=_statement(done, lacking),
        table=Table(COLUMNS, tuple(_row(name, one) for name, some in done.items() for one in some)),
        figures=tuple(figure for finding in each for figure in finding.figures),
        caveats=(
            *lacking,
            *_unlike(done),
            *(
                f"{one.name}: {one.title} ({one.paper})."
                for one in replications
                if one.name in done
            ),
        ),
    )
    return Replicated(whole, tuple(each))


def _finding(one: Replication, checks: Sequence[Check], data: Data) -> Finding:
    named = {one.name: checks}
    return Finding(
        study=one.name,
        title=one.title,
        statement=f"{_statement(named, ())} {one.paper}.",
        table=Table(COLUMNS, tuple(_row(one.name, check) for check in checks)),
        figures=one.figures(data) if one.figures else (),
        caveats=_unlike(named),
    )


def _row(name: str, check: Check) -> tuple[Value, ...]:
    return (
        name,
        check.what,
        check.published,
        check.computed,
        check.difference,
        check.tolerance,
        check.unit,
        check.verdict,
        "golden" if check.golden else "published",
        check.source,
        check.note,
    )


def _statement(done: Mapping[str, Sequence[Check]], lacking: Sequence[str]) -> str:
    checks = [check for some in done.values() for check in some]
    verdicts = [check.verdict for check in checks]
    agreeing, differing = verdicts.count("agrees"), verdicts.count("differs")
    absent = verdicts.count("not in the data")
    parts = [
        f"Of {len(checks)} numbers{_in_several(len(done))}, "
        f"{agreeing} agree with what was published",
        f"{differing} differ" if differing else "",
        f"{absent} cannot be had from the data" if absent else "",
    ]
    text = "; ".join(part for part in parts if part) + "."
    return f"{text} {len(lacking)} could not be run for want of data." if lacking else text


def _in_several(replications: int) -> str:
    return "" if replications == 1 else f" in {replications} replications"


def _unlike(done: Mapping[str, Sequence[Check]]) -> tuple[str, ...]:
    """What does not agree and why; checks that share a reason share a line."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for name, some in done.items():
        for check in some:
            if check.verdict != "agrees":
                alike.setdefault((name, check.verdict, check.note), []).append(check.what)
    return tuple(
        f"{name}: {verdict}: {_named(numbers)}. {note[:1].upper()}{note[1:].rstrip('.')}."
        for (name, verdict, note), numbers in alike.items()
    )


def _named(numbers: Sequence[str], most: int = 3) -> str:
    more = len(numbers) - most
    return "; ".join(numbers[:most]) + (f"; and {more} more" if more > 0 else "")
