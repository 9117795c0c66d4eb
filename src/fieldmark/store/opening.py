"""Is this a store, and of a format that this version reads?"""

import json
from collections.abc import Callable

from fieldmark.records import StoreError
from fieldmark.store.files import Folder, folder_at
from fieldmark.store.naming import FORMAT

VERSION = 1


def opened(url: str, *, create: bool, trace: Callable[[str], None] | None) -> Folder:
    """The folder of a store; made into one when it is empty and ``create`` is true.

    Raises:
        StoreError: There is no store and none may be created, or something else lies there, or the
            store is of a format that this version does not read.
    """
    folder = folder_at(url, trace)
    data = folder.read(FORMAT)
    if data is not None:
        _refuse_unknown_format(folder, data)
        return folder
    if not create:
        raise StoreError(f"there is no store at {url}. Give the folder of a finished or begun run")
    _refuse_other_things(folder)
    about = {"what": "a Fieldmark store", "format": VERSION}
    folder.write(FORMAT, (json.dumps(about) + "\n").encode())
    return folder


def _refuse_unknown_format(folder: Folder, data: bytes) -> None:
    where = folder.where(FORMAT)
    try:
        version = json.loads(data)["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{where} does not say the format of the store. If the cells are there, write "
            f'{{"format": {VERSION}}} into it; otherwise use another folder'
        ) from error
    if version != VERSION:
        raise StoreError(
            f"the store at {folder.url} is of format {version}, this version of Fieldmark reads "
            f"format {VERSION}. Upgrade Fieldmark, or use another store"
        )


def _refuse_other_things(folder: Folder) -> None:
    others = [name for name in folder.inside() if not name.startswith(".")]
    if others:
        raise StoreError(
            f"{folder.url} holds other things ({', '.join(others[:3])}) and is no store. "
            "Choose an empty folder, or one that does not exist yet"
        )
