"""Selections by name: the file that a slice such as ``[selection=hard]`` stands for."""

from pathlib import Path

from fieldmark.records import DataError, Selection, selection_of


def read_selection(path: Path) -> Selection:
    """The selection in a file; ".json" need not be written.

    Raises:
        DataError: There is no such file, or it holds something else.
    """
    file = path if path.suffix == ".json" else path.with_name(f"{path.name}.json")
    try:
        return selection_of(file.read_text(encoding="utf-8"), where=str(file))
    except OSError as error:
        raise DataError(
            f"cannot read the selection {file}: {error.strerror}; `fieldmark filter` writes one"
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is no selection: it is not UTF-8 text") from error
