"""Keeping many whole cells: what is there already is looked up once, and not cell by cell."""

from collections.abc import Callable, Iterable

from fieldmark.records import Answers, Examples, Header, Predictions, StoreError
from fieldmark.store.cellfiles import to_cell
from fieldmark.store.comparing import refuse_mismatch
from fieldmark.store.files import Folder
from fieldmark.store.headers import Headers
from fieldmark.store.naming import PARTS, cell_file, parts_folder


def whole(header: Header, answers: Answers) -> Predictions:
    """A cell that was answered at one go.

    Raises:
        StoreError: There are not as many answers as examples.
    """
    n = header.condition.examples.n
    if len(answers) != n:
        raise StoreError(f"{header.cell} has {n} examples, not {len(answers)}; commit parts")
    return Predictions(header.model_copy(update={"status": "done"}), answers)


def keep_whole(
    folder: Folder,
    headers: Headers,
    cells: Iterable[tuple[Examples, Header, Answers]],
    *,
    keep_examples: Callable[[Examples], None],
    keep: Callable[[Header, Answers], None],
) -> None:
    """Write the cells that are new; whoever calls holds the store.

    Args:
        folder: The store's folder.
        headers: Of what it keeps; they learn what was written.
        cells: What to keep.
        keep_examples: Keeps a set of examples, or finds that it is kept.
        keep: Keeps a cell whose file may be there already.

    Raises:
        StoreError: There are not as many answers as examples, or a file cannot be written.
        MismatchError: A cell was made from other things than what is kept.
    """
    kept = headers.kept()
    # Some file systems take A for a: a file that may be this one is looked at before it is written.
    there = {one.name.casefold() for one in kept}
    alike = {one.header.condition.name: (one.name, one.header) for one in kept if _done(one.header)}
    begun, shown, written = begun_cells(folder), set[str](), dict[str, Header]()
    for examples, header, answers in cells:
        if examples.content not in shown:
            keep_examples(examples)
            shown.add(examples.content)
        name = cell_file(header.cell)
        if name.casefold() in there:
            keep(header, answers)
            continue
        wanted = whole(header, answers)
        other, its = alike.setdefault(header.condition.name, (name, wanted.header))
        refuse_mismatch(its, wanted.header, file=folder.where(other))
        folder.write(name, to_cell(wanted.header, answers))
        there.add(name.casefold())
        written[name] = wanted.header
        if parts_folder(header.cell) in begun:  # by a run that cut it, or was cut short
            folder.remove(parts_folder(header.cell))
    headers.learn(written)


def begun_cells(folder: Folder) -> set[str]:
    """The folders of the cells of which parts are kept."""
    return {"/".join(name.split("/")[:3]) for name in folder.entries(PARTS)}


def _done(header: Header) -> bool:
    return header.status == "done"
