"""The store: every prediction is kept once and never changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from fieldmark.records import (
    Answers,
    Cell,
    Examples,
    Header,
    NotKeptError,
    Predictions,
    StoreError,
)
from fieldmark.store import parts as lots
from fieldmark.store.cellfiles import to_cell
from fieldmark.store.comparing import refuse_mismatch, refuse_other_content
from fieldmark.store.conditions import Conditions
from fieldmark.store.correctness import Correctness, Top1, best_classes, right_bits
from fieldmark.store.counting import Counts, counted
from fieldmark.store.damage import damage
from fieldmark.store.examples import ExamplesTable
from fieldmark.store.files import Folder
from fieldmark.store.headers import Headers, read_cell, read_header
from fieldmark.store.holding import held
from fieldmark.store.keeping import begun_cells, keep_whole, whole
from fieldmark.store.naming import (
    cell_file,
    condition_folder,
    lot_folder,
    part_file,
    parts_folder,
    specimens_file,
)
from fieldmark.store.opening import opened
from fieldmark.store.queries import answer
from fieldmark.store.specimens import from_specimens, to_specimens


@dataclass(frozen=True)
class Store:
    """Everything that is kept of a grid of subjects and conditions; see ``open_store``.

    Reading needs no model, no torch and no pictures, and works while a run writes.
    """

    _folder: Folder
    _headers: Headers
    _conditions: Conditions

    @property
    def url(self) -> str:
        """The folder or URL that was opened."""
        return self._folder.url

    # Reading

    def headers(self) -> tuple[Header, ...]:
        """Of every finished cell (done, failed or not applicable), by condition, then subject.

        Raises:
            StoreError: The file of a cell is damaged.
        """
        return tuple(kept.header for kept in self._headers.kept())

    def cells(self) -> tuple[Cell, ...]:
        """Every finished cell, by condition, then subject."""
        return tuple(header.cell for header in self.headers())

    def header(self, cell: Cell) -> Header | None:
        """The header of a finished cell; None when there is none.

        Raises:
            StoreError: Its file is damaged.
        """
        return read_header(self._folder, cell_file(cell))

    def read(self, cell: Cell) -> Predictions:
        """A finished cell: its header, and its answers where it is done.

        Raises:
            NotKeptError: The store does not hold it.
            StoreError: Its file is damaged.
        """
        kept = read_cell(self._folder, cell_file(cell))
        if kept is None:
            raise NotKeptError(f"no answers of {cell.subject} to {cell.condition} in {self.url}")
        return kept

    def examples(self, condition: str) -> ExamplesTable:
        """Ids, labels and classes of the examples of a kept condition.

        Raises:
            NotKeptError: The store has no cell of that condition, or lacks its examples.
            MismatchError: Its cells are about different examples.
        """
        return self._conditions.examples(self._conditions.kept(condition))

    def correct(self, condition: str) -> Correctness:
        """Who was right where, of every subject whose cell of that condition is done.

        Raises:
            NotKeptError: The store has no cell of that condition, or lacks its examples.
            MismatchError: Its cells are about different examples.
            StoreError: The file of a cell is damaged.
        """
        kept = self._conditions.kept(condition)
        examples, done = self._conditions.examples(kept), self._conditions.comparable(kept)
        bits = right_bits(self._folder, condition, done, examples.labels)
        subjects = tuple(one.header.subject.name for one in done)
        return Correctness(condition, subjects, examples.ids, examples.labelled, bits)

    def top1(self, condition: str) -> Top1:
        """What every subject whose cell of that condition is done took each example for.

        Raises:
            NotKeptError: The store has no cell of that condition.
            MismatchError: Its cells are about different examples.
            StoreError: The file of a cell is damaged.
        """
        kept = self._conditions.kept(condition)
        done = self._conditions.comparable(kept)
        best = best_classes(self._folder, condition, done, kept[0].header.condition.examples.n)
        return Top1(condition, tuple(one.header.subject.name for one in done), best)

    def counts(self, conditions: Iterable[str] | None = None) -> Counts:
        """How many examples each cell that is done has right.

        The fastest way to all accuracies: no ids are read and, where the index is fresh, no cell.

        Args:
            conditions: Their printed names; all when None. One that nobody finished has no cells.

        Raises:
            NotKeptError: The store lacks the examples of a condition.
            MismatchError: The cells of a condition are about different examples.
            StoreError: The file of a cell is damaged.
        """
        kept = self._headers.kept()
        if conditions is not None:
            wanted = set(conditions)
            kept = tuple(one for one in kept if one.header.condition.name in wanted)
        return counted(self._folder, self._conditions, kept)

    def specimens(self, condition: str, subject: str | None = None) -> Mapping[str, bytes]:
        """Pictures of a condition that people can look at, from example id to PNG.

        Args:
            condition: Its printed name.
            subject: Under an attack every subject is shown other pictures: whose? None gives those
                that do not depend on the subject.

        Raises:
            NotKeptError: The subject's cell is asked for and not kept.
        """
        if subject is not None:
            cell = self.read(Cell(subject, condition))
            if cell.header.condition.kind == "attack":
                pictures = {} if cell.answers is None else cell.answers.pictures
                ids = self.examples(condition).ids
                return {ids[row]: png for row, png in pictures.items()}
        name = specimens_file(condition)
        data = self._folder.read(name)
        return {} if data is None else from_specimens(data, self._folder.where(name))

    def damage(self) -> tuple[str, ...]:
        """What cannot be read or is missing, a line each that says which file and what to do.

        Every file of cells, examples and specimens is read whole.
        """
        return tuple(damage(self._folder))

    def sql(self, query: str) -> pa.Table:
        """The answer to one SELECT in DuckDB's SQL over ``cells``, ``predictions``, ``examples``.

        The query sees these three and nothing else: no other file, no network, no writing.

        Raises:
            ConfigError: The query cannot be run; says why.
        """
        return answer(
            query, self._folder, self._headers.kept(), self.counts, self._conditions.keyed
        )

    # Writing

    @contextmanager
    def hold(self) -> Iterator[None]:
        """This run alone writes to the store while inside; what a killed one left is swept first.

        Raises:
            StoreBusyError: Another run holds the store; says which.
            StoreError: The store cannot be written to.
        """
        with held(self._folder):
            self._sweep()
            try:
                yield
            finally:
                self._folder.sweep()

    def keep_examples(self, examples: Examples) -> None:
        """Write down ids, labels and classes; those that are kept only learn what more is known."""
        self._conditions.keep(examples)

    def keep_specimens(self, condition: str, pictures: Mapping[str, bytes]) -> None:
        """Keep a few pictures, from example id to PNG.

        Nothing happens when some are kept and somebody answered. Where nobody did, they may be of
        pictures that have changed since, and give way.
        """
        answered = self._headers.kept(condition_folder(condition))
        try:
            kept = self.specimens(condition)
        except StoreError:  # damaged
            kept = {}
        settled = kept and any(one.header.status == "done" for one in answered)
        if not settled and kept != pictures:
            self._folder.write(specimens_file(condition), to_specimens(pictures))

    def check(self, header: Header) -> bool:
        """Is this cell kept already, made from the same subject, examples, settings and seed?

        False when it is not kept; then another subject's answers to the same condition must have
        been made from the same examples, settings and seed.

        Raises:
            MismatchError: It was made from something else; says what differs and what to do.
        """
        kept = self.header(header.cell)
        if kept is not None:
            refuse_mismatch(kept, header, file=self._folder.where(cell_file(header.cell)))
            return True
        other = self._headers.one_done(condition_folder(header.condition.name))
        if other is not None:
            refuse_mismatch(other.header, header, file=self._folder.where(other.name))
        return False

    def parts(
        self, cell: Cell, condition_fingerprint: str, subject_fingerprint: str
    ) -> tuple[tuple[int, int], ...]:
        """(start, stop) of each part committed so far, made from exactly these two.

        Parts overlap where an earlier run cut the cell differently; each is whole in itself.
        """
        lot = lot_folder(cell, condition_fingerprint, subject_fingerprint)
        return lots.ranges(lots.committed(self._folder, lot))

    def commit(self, header: Header, start: int, answers: Answers) -> None:
        """Keep the answers to some rows of a cell, from ``start`` on.

        ``header.times`` are of this part alone.

        Raises:
            StoreError: The rows are not rows of the condition, or the disk is full or closed.
        """
        stop, n = start + len(answers), header.condition.examples.n
        if not 0 <= start < stop <= n:
            raise StoreError(f"{header.cell} has rows 0 to {n}, not {start} to {stop}")
        part = to_cell(header.model_copy(update={"status": "done"}), answers)
        self._folder.write(part_file(lots.lot_of(header), start, stop), part)

    def finish(self, header: Header) -> None:
        """Make the committed parts of a cell one file that never changes again.

        ``header.times`` are replaced by those of the parts. When the cell is finished already and
        says the same, nothing happens.

        Raises:
            StoreError: Rows are missing.
            MismatchError: The cell is kept already, made from or saying something else.
        """
        cell, n = header.cell, header.condition.examples.n
        parts = lots.apart(lots.committed(self._folder, lots.lot_of(header)))
        if lots.covers(parts, n):
            done = header.model_copy(update={"status": "done", "times": lots.work_times(parts)})
            self._keep(Predictions(done, lots.joined(cell, parts)))
        elif not self._is_done(header):
            have = ", ".join(f"{start} to {stop}" for start, stop in lots.ranges(parts)) or "none"
            raise StoreError(f"{cell} is not whole: of its rows 0 to {n} there are {have}")
        self._folder.remove(parts_folder(cell))

    def keep(self, header: Header, answers: Answers) -> None:
        """Keep a whole cell that was answered at one go: one file, as if by its only part.

        Raises:
            StoreError: There are not as many answers as examples.
            MismatchError: The cell is kept already, made from or saying something else.
        """
        self._keep(whole(header, answers))
        self._folder.remove(parts_folder(header.cell))  # of a run that cut it, or was cut short

    def keep_all(self, cells: Iterable[tuple[Examples, Header, Answers]]) -> None:
        """As ``keep_examples`` and ``keep`` for each of many cells, and faster; see ``hold``.

        Raises:
            StoreError, MismatchError: See ``keep``; the cells before that one are kept.
        """
        keep_whole(
            self._folder, self._headers, cells, keep_examples=self.keep_examples, keep=self.keep
        )

    def record(self, header: Header) -> None:
        """Keep that a cell failed or is not applicable, with its reason.

        Raises:
            StoreError: The status is "done": answers come through ``commit`` and ``finish``.
            MismatchError: The cell is kept already and says something else.
        """
        if header.status == "done":
            raise StoreError(f"{header.cell}: a finished cell needs answers; commit them instead")
        self._keep(Predictions(header, None))

    def forget(self, cell: Cell) -> None:
        """Remove the record of a failed or not applicable cell, so that it is tried again.

        Raises:
            NotKeptError: There is no such record.
            StoreError: The cell is done; answers go by ``discard`` alone.
        """
        header = self.header(cell)
        if header is None:
            raise NotKeptError(f"no record of {cell} in {self.url}, so there is nothing to forget")
        if header.status == "done":
            raise StoreError(
                f"{cell} is done, and what is done is not forgotten; to measure it anew use "
                "another store, or discard its answers for good: Store.discard"
            )
        self._folder.remove(cell_file(cell))

    def discard(self, cell: Cell) -> None:
        """Remove a cell for good, its answers and whatever is begun of it, to measure it anew.

        Nothing else ever removes answers. A cell whose file is damaged can be discarded too.

        Raises:
            NotKeptError: There is no such cell.
        """
        if not self._folder.exists(cell_file(cell)):
            raise NotKeptError(
                f"no answers of {cell} in {self.url}, so there is nothing to discard"
            )
        self._folder.remove(parts_folder(cell))  # first, or what is left of it would be finished
        self._folder.remove(cell_file(cell))

    # Inside

    def _keep(self, wanted: Predictions) -> None:
        cell = wanted.header.cell
        name = cell_file(cell)
        kept = read_cell(self._folder, name)
        if kept is not None:
            refuse_other_content(kept, wanted, file=self._folder.where(name))
        elif not self.check(wanted.header):
            self._folder.write(name, to_cell(wanted.header, wanted.answers))

    def _is_done(self, header: Header) -> bool:
        kept = self.header(header.cell)
        return self.check(header) and kept is not None and kept.status == "done"

    def _sweep(self) -> None:
        begun = begun_cells(self._folder)
        if begun:
            kept = self._headers.kept()
            done = {parts_folder(one.header.cell) for one in kept if one.header.status == "done"}
            for folder in sorted(begun & done):
                self._folder.remove(folder)
        self._folder.sweep()


def open_store(
    url: str | Path, *, create: bool = False, trace: Callable[[str], None] | None = None
) -> Store:
    """The store in a folder, or at any URL that fsspec knows (``s3://bucket/name``).

    Args:
        url: Where it is.
        create: Make an empty folder into a store; without it only an existing one is opened.
        trace: Is told of every access to a file, such as "read cells/a/b.parquet".

    Raises:
        StoreError: There is no store, or something else lies there, or its format is unknown.
        MissingExtraError: The library for that kind of URL is not installed.

    Example:
        >>> store = open_store("memory://example", create=True)
        >>> store.cells()
        ()
    """
    folder = opened(str(url), create=create, trace=trace)
    headers = Headers(folder)
    return Store(folder, headers, Conditions(folder, headers))
