"""The front door: the whole of Fieldmark in five lines of Python.

Every function takes names, as the command line does, or the objects themselves. Only those that ask
a model anything import torch; whoever has a store needs none.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fieldmark import reports, studies
from fieldmark.api.auditing import audit as audit
from fieldmark.api.certifying import certify as certify
from fieldmark.api.curating import duplicates as duplicates
from fieldmark.api.curating import filter_wrong as filter_wrong
from fieldmark.api.curating import leaks as leaks
from fieldmark.api.curating import review_sheet as review_sheet
from fieldmark.api.curating import without_duplicates as without_duplicates
from fieldmark.api.opening import Opening as Opening
from fieldmark.api.opening import missing_lines
from fieldmark.api.pictures import show as show
from fieldmark.api.pictures import show_shifts as show_shifts
from fieldmark.api.pictures import write_shifted as write_shifted
from fieldmark.api.training import train as train
from fieldmark.catalog import (
    Claims,
    Conditions,
    Grid,
    TrainingWatch,
    cache_folder,
    data_folder,
    read_claims,
)
from fieldmark.catalog import subject as subject_by_name
from fieldmark.records import (
    Axis,
    Condition,
    ConfigError,
    DataError,
    Finding,
    Published,
    Scores,
    Subject,
    UnknownNameError,
    claim_of,
)
from fieldmark.store import Store, open_store

if TYPE_CHECKING:
    from fieldmark.archives import Import, Imported
    from fieldmark.testbed import Options, Tally, Watch

StoreLike = str | Path | Store


def subject(
    model: object,
    *,
    name: str,
    family: str = "",
    classes: Sequence[str] = (),
    frame: Sequence[int] = (),
    version: str = "",
) -> Subject:
    """Your own model as a subject.

    Args:
        model: A ``torch.nn.Module`` from float (n, c, h, w) in [0, 1] to logits (n, k); a fitted
            scikit-learn classifier of flattened pixels in [0, 1]; or any callable from float32
            images (n, h, w, c) in [0, 1] to scores (n, k).
        name: The printed name.
        family: The kind of model; figures are coloured by it.
        classes: Class names in the order of its scores; () for those of the examples.
        frame: (height, width, channels) that it expects; () for any.
        version: Say another one when something changes that its weights and code do not show.

    Raises:
        ModelError: It is none of these.

    Example:
        >>> subject(lambda images: images.mean(axis=(1, 2)), name="brightness").name
        'brightness'
    """
    from fieldmark.models import subject_of

    return subject_of(
        model, name=name, family=family, classes=classes, frame=frame, version=version
    )


def run(
    subjects: Sequence[str | Subject],
    conditions: Sequence[str | Condition],
    store: StoreLike,
    *,
    seed: int = 0,
    options: "Options | None" = None,
    watch: "Watch | None" = None,
) -> Store:
    """The store, holding every subject's answers to every condition; only missing ones are asked.

    Args:
        subjects: Names such as "cnn-small" or "python:package.module:factory", or ``Subject``s.
        conditions: Names such as "mnist-test+gaussian-noise@3" or "folder:photos", or
            ``Condition``s; ``@*`` stands for all levels.
        store: Where answers are kept: a folder, an fsspec URL, or an open store.
        seed: The run's seed.
        options: How to go about it.
        watch: Who looks on.

    Raises:
        FieldmarkError: A name, a file or a store that cannot be used.

    Warns:
        UserWarning: Some cells failed; the store keeps the reasons.
    """
    from fieldmark import testbed

    opened = open_anywhere(store, create=True)
    names = Conditions(seed)
    tally = testbed.run(
        [subject_by_name(one) if isinstance(one, str) else one for one in subjects],
        [
            made
            for one in conditions
            for made in (names.make(one) if isinstance(one, str) else (one,))
        ],
        opened,
        options=options,
        watch=watch,
    )
    for header in tally.failed:
        warnings.warn(f"{header.cell} failed: {header.reason}", stacklevel=2)
    return opened


def run_grid(
    grid: Grid,
    *,
    retry_failed: bool = False,
    trust_labels: bool = False,
    watch: "Watch | None" = None,
    training_watch: TrainingWatch | None = None,
) -> "tuple[Store, Tally]":
    """The store of a grid, filled, and what the run came to.

    Raises:
        FieldmarkError: A name, a file or a store that cannot be used.
    """
    from fieldmark import testbed

    options = testbed.Options(
        jobs=grid.jobs,
        batch=grid.batch,
        retry_failed=retry_failed,
        trust_labels=trust_labels,
        decoders=grid.decoders,
        memory=grid.memory,
        engine=grid.engine,
        address=grid.address,
        placement=grid.placement,
    )
    subjects = grid.make_subjects(training_watch)
    watch = watch or testbed.Unwatched()
    conditions = grid.make_conditions(Opening(watch))
    for line in missing_lines(conditions):
        watch.say(line)
    store = open_store(grid.store, create=True)
    return store, testbed.run(subjects, conditions, store, options=options, watch=watch)


def rehearse(store: StoreLike, *, seed: int = 0, n: int = 1000) -> Store:
    """The store, holding the answers of simulated subjects whose truth is known.

    Nothing is trained and nothing is shown: it is for trying studies on, and for teaching them.

    Args:
        store: Where answers are kept: a folder, an fsspec URL, or an open store.
        seed: Where all chance comes from.
        n: Examples of the reference test set, at least 20.

    Raises:
        ConfigError: ``n`` is too small.
        StoreError: The store cannot be written, or holds something else.

    Example:
        >>> store = rehearse("memory://rehearsal-of-the-docs", n=40)
        >>> len(store.headers())
        507
    """
    from fieldmark.archives import rehearsal

    if n < 20:
        raise ConfigError(f"a rehearsal needs at least 20 examples, got {n}")
    opened = open_anywhere(store, create=True)
    with opened.hold():
        opened.keep_all(rehearsal(seed=seed, n=n))
    return opened


def import_predictions(wanted: "Import", store: StoreLike) -> "tuple[Imported, ...]":
    """The cells that published predictions, or people's trials, became; all are kept, or none.

    Args:
        wanted: Which files, and how they are to be read.
        store: Where answers are kept.

    Raises:
        DataError: A file cannot be read, or its answers are not in order and may not be repaired.
        StoreError: The store cannot be written, or holds something else under that name.
    """
    from fieldmark.archives import imported

    opened = open_anywhere(store, create=True)
    cells = tuple(imported(wanted))
    with opened.hold():
        opened.keep_all((one.examples, one.header, one.answers) for one in cells)
    return cells


def replicate(
    names: Sequence[str] = (),
    *,
    data: str | Path | None = None,
    offline: bool = False,
    page: str | Path | None = None,
    watch: Callable[[str, float], None] | None = None,
) -> Finding:
    """Published results made again from their raw data, each number held against the printed one.

    Args:
        names: Which replications; () for all.
        data: A folder that has the raw data; None takes ``FIELDMARK_DATA``. What is not there is
            downloaded from where it was published, with a checksum.
        offline: Never ask the network.
        page: Where to write a page with a section for each, in HTML that works offline.
        watch: Told the name and the seconds of each one that is done.

    Raises:
        UnknownNameError: No such replication.
        DataError: The data folder is not there.
    """
    from fieldmark import replications

    for name in names:
        if name not in replications.REPLICATIONS:
            raise UnknownNameError("replication", name, replications.REPLICATIONS)
    folder = data_folder() if data is None else Path(data)
    if folder is not None and not folder.is_dir():
        raise DataError(f"there is no data folder {folder}")
    done = replications.replicate(
        [replications.REPLICATIONS[name] for name in names or replications.REPLICATIONS],
        replications.Data(folder, cache_folder() / "data", offline=offline),
        watch=watch,
    )
    if page is not None:
        reports.write_page(
            done.each, Path(page), title=done.whole.title, subtitle=done.whole.statement
        )
    return done.whole


def accuracy_grid(store: StoreLike) -> Finding:
    """The accuracy of every subject on every condition, each with its interval."""
    return studies.accuracy_grid(open_anywhere(store))


def effective_robustness(
    store: StoreLike, on: str, *, reference: str | None = None, axis: Axis = "logit"
) -> Finding:
    """How far each subject is above the accuracy on ``on`` that its reference accuracy predicts.

    Args:
        store: Where answers are kept.
        on: A condition, or "corruptions" for the mean over all shifts.
        reference: The in-distribution condition; None takes the one that ``on`` is a shift of.
        axis: The scale on which the line is straight: "logit", "probit" or "linear".

    Raises:
        FieldmarkError: The store cannot be read, or does not hold such conditions.
    """
    return studies.effective_robustness(open_anywhere(store), on=on, reference=reference, axis=axis)


def robustness_curves(store: StoreLike) -> Finding:
    """Accuracy along severity and budget, for every subject and change."""
    return studies.robustness_curves(open_anywhere(store))


def compare(store: StoreLike, first: str, second: str, *, condition: str = "") -> Finding:
    """Two subjects on the same examples, paired (McNemar); on all conditions when none is named."""
    return studies.compare(open_anywhere(store), first, second, condition=condition)


def leaderboard(store: StoreLike, on: str | None = None) -> Finding:
    """Subjects in the order of their accuracy, with intervals of their ranks and who ties.

    Args:
        store: Where answers are kept.
        on: A condition; None takes the first test set that nothing refers away from.

    Raises:
        FieldmarkError: The store cannot be read, or holds no such condition.
    """
    kept = open_anywhere(store)
    return studies.leaderboard(kept, on=studies.first_reference(kept) if on is None else on)


def check_claims(claims: Path | Sequence[str], store: StoreLike | Scores | None = None) -> Finding:
    """What the answers say to claims: supported, not supported, or cannot be told.

    Args:
        claims: A TOML file, or sentences such as "web-l beats web-m on lab-test".
        store: A store or a published table; None takes the one that the file names.

    Raises:
        ConfigError: A claim cannot be read, or nothing says where the answers are.
        FieldmarkError: The answers cannot be read, or lack a subject or a condition.
    """
    if not isinstance(claims, Path):
        read = Claims(tuple(claim_of(one) for one in claims))
    else:
        read = read_claims(claims)
    if store is None and read.table is not None:
        from fieldmark.archives import read_scores

        store = read_scores(read.table, percent=read.percent, n=read.n)
    if store is None and not read.store:
        raise ConfigError("nothing says where the answers are: name a store")
    known = store if isinstance(store, Scores) else open_anywhere(store or read.store)
    return studies.check_claims(known, read.claims)


def cross_check(
    table: str | Path | Sequence[Published], *, percent: bool = False, n: int = 0
) -> Finding:
    """What published robust accuracies say when they are held to re-attacks and to each other.

    Args:
        table: A CSV file (model, attack, norm, eps, reported, reattacked, ...), or its rows.
        percent: Are a file's accuracies in percent?
        n: How many examples each counts, where the file does not say.

    Raises:
        DataError: The file cannot be read, or a row is no figure that could be published.
    """
    if isinstance(table, str | Path):
        from fieldmark.archives import read_attack_table

        return studies.cross_check(read_attack_table(Path(table), percent=percent, n=n))
    return studies.cross_check(table)


def report(
    store: StoreLike, path: str | Path, *, format: str = "html", commands: Sequence[str] = ()
) -> Path:
    """The path of the report that was written: one file that works offline.

    Args:
        store: Where answers are kept.
        path: The file to write.
        format: "html", "md", "csv" or "json".
        commands: What to type to make the figures again; printed with them.

    Raises:
        FieldmarkError: The store cannot be read, or the file cannot be written.
    """
    kept = open_anywhere(store)
    return reports.write_report(kept, Path(path), format=format, commands=commands)


def open_anywhere(store: StoreLike, *, create: bool = False) -> Store:
    """An open store, from its address or itself.

    Raises:
        StoreError: There is none at that address, and ``create`` is False.
    """
    return store if isinstance(store, Store) else open_store(store, create=create)
