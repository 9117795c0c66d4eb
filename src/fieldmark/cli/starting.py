"""Commands to start with: the demo, a grid file of one's own, what there is, and is all well."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldmark.cli.output import JSON, emit, rows, usual_store

if TYPE_CHECKING:
    from fieldmark.catalog import Table


def demo(
    store: Annotated[str, typer.Option(help="Where answers are kept.")] = "fieldmark-demo",
    jobs: Annotated[int, typer.Option(help="Models asked at once; 0 takes every core.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Train 18 digit classifiers, ask them 48 questions, and write a report: a few minutes."""
    from fieldmark import api
    from fieldmark.catalog import demo_grid
    from fieldmark.cli.asking import watched_run
    from fieldmark.studies import headline

    kept, tally = watched_run(demo_grid(store, jobs=jobs))
    path = api.report(kept, _report_path(store), commands=["fieldmark demo"])
    finding = headline(kept)
    if as_json:
        emit({"store": store, "report": str(path), "headline": finding.statement, **tally})
        return
    print(finding.statement)
    print(f"\nThe report: {path.resolve()}")


def _report_path(store: str) -> Path:
    """Beside a local store; in this folder where the store is elsewhere."""
    return Path("fieldmark-report.html") if "://" in store else Path(store, "report.html")


def init(
    path: Annotated[Path, typer.Argument(help="The grid file to write.")] = Path("grid.toml"),
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write a commented grid file to start from."""
    from fieldmark.catalog import GRID_TEMPLATE
    from fieldmark.records import ConfigError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(GRID_TEMPLATE)
    except FileExistsError:
        raise ConfigError(f"{path} is there already, and is left as it is") from None
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    if as_json:
        emit({"path": str(path)})
    else:
        print(f"{path} written; edit it, then: fieldmark run {path}")


def list_names(
    kind: Annotated[
        str,
        typer.Argument(
            help="subjects, models, datasets, classes, policies, shifts, sequences, attacks, "
            "architectures, methods, conditions, studies or replications; or runs, of a store."
        ),
    ] = "",
    store: Annotated[str, typer.Argument(help="Whose runs. Default as elsewhere.")] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List the names there are, of one kind or of all."""
    from fieldmark import catalog
    from fieldmark.records import CLASS_MAPS, POLICIES, ConfigError, UnknownNameError
    from fieldmark.replications import REPLICATIONS

    if kind == "runs":
        rows(_runs(usual_store(store)), as_json=as_json)
        return
    if store:
        raise ConfigError(f"only runs are of a store; to list {kind}, name no store")
    tables = {
        "subjects": {**_about(catalog.SUBJECTS), **catalog.loader_lines()},
        "datasets": {
            **_about(catalog.DATASETS),
            **_published(),
            **_patterns(catalog.READERS),
        },
        "classes": {name: one.about for name, one in CLASS_MAPS.items()},
        "policies": {str(name): about for name, about in POLICIES.items()},
        "shifts": {**_about(catalog.SHIFTS), **_patterns(catalog.OWN_SHIFTS)},
        "sequences": _about(catalog.SEQUENCES),
        "attacks": {
            **_about(catalog.ATTACKS),
            **_patterns(catalog.FROM_SURROGATES),
            **_patterns(catalog.CERTIFICATES),
        },
        "models": _models(),
        "architectures": {name: one.about for name, one in catalog.ARCHITECTURES.items()},
        "methods": dict(catalog.METHODS),
        "conditions": dict.fromkeys(catalog.demo_grid("").conditions, "of the demo"),
        "studies": _about(catalog.STUDIES),
        "replications": {one.name: one.title for one in REPLICATIONS.values()},
    }
    if kind and kind not in tables:
        raise UnknownNameError("kind of name", kind, [*tables, "runs"])
    listed = [
        {"kind": one, "name": name, "about": about}
        for one, table in tables.items()
        if kind in ("", one)
        for name, about in table.items()
    ]
    if kind == "datasets":
        listed = [{**one, "here": _here(one["name"])} for one in listed]
    rows(listed, as_json=as_json)


def _models() -> dict[str, str]:
    """The loaders, and how many architectures each library brings; imports none of them."""
    from fieldmark import catalog, models

    counted = models.counted_architectures()
    lines = {}
    for form, line in catalog.loader_lines().items():
        count = counted.get(form.partition(":")[0])
        lines[form] = f"{line}; {count}" if count else line
    return lines


def _runs(store: str) -> list[dict[str, object]]:
    """A line for each run that a store knows of."""
    from fieldmark.store import manifests, open_store

    titles = ("state", "missing", "done", "not applicable", "failed", "seconds")
    return [
        {
            "run": name,
            **{title: one.get(title) for title in titles},
            "not shown": ", ".join(unshown)
            if isinstance(unshown := one.get("unshown"), dict)
            else "",
        }
        for name, one in manifests(open_store(store)).items()
    ]


def _published() -> dict[str, str]:
    from fieldmark.datasets import PUBLISHED

    return {
        f"{one.name}/..." if len(one.parts) > 1 else one.name: one.title
        for one in PUBLISHED.values()
    }


def _here(name: str) -> str:
    """Which parts of a data set are on this machine."""
    from fieldmark import catalog
    from fieldmark.datasets import PUBLISHED

    head = name.removesuffix("/...")
    if head not in PUBLISHED:
        return "yes" if name in catalog.DATASETS else ""
    parts = catalog.shelf().present(head)
    whole = len(PUBLISHED[head].parts)
    if len(parts) in (0, whole):
        return "yes" if parts else "no"
    return ", ".join(parts) if len(parts) <= 3 else f"{len(parts)} of {whole} parts"


def _about(table: "Table[Any]") -> dict[str, str]:
    return {name: table.about(name) for name in table}


def _patterns(lines: Mapping[str, str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines.values())


def doctor(
    place: Annotated[
        str, typer.Argument(help="A store or a data set to examine, such as folder:photos.")
    ] = "",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say what is installed and usable; or examine every image of a data set or cell of a store."""
    from fieldmark.cli.examining import examine, installation

    findings = examine(place) if place else installation()
    rows([{"what": what, "state": state} for what, state, _ in findings], as_json=as_json)
    if not all(fine for _, _, fine in findings):
        raise typer.Exit(2)
