"""Sharing: does another process, perhaps on another machine, see the same store?"""

import os

from fieldmark.records import Header, StoreError
from fieldmark.store.files import folder_at
from fieldmark.store.naming import HOLDER, LOCK, part_file
from fieldmark.store.parts import lot_of
from fieldmark.store.store import Store


def address_of(url: str) -> str:
    """The URL of a store for processes that work in another folder.

    Example:
        >>> address_of("s3://bucket/store"), address_of("/srv/store")
        ('s3://bucket/store', '/srv/store')
    """
    return url if "://" in url else os.path.abspath(url)  # noqa: PTH100  links stay as they are


def holder_at(url: str) -> str:
    """What the run that holds the store at ``url`` says of itself.

    Two processes that read the same see the same store; what a run says of itself is its own.

    Returns:
        A text that is compared, not read; "" where no run holds it, nobody sees it, or it is in
        the memory of one process.
    """
    try:
        folder = folder_at(url)
        data = folder.read(HOLDER if folder.local else LOCK)
    except StoreError:
        return ""
    return (data or b"").decode(errors="replace")


def is_committed(store: Store, header: Header, start: int, stop: int) -> bool:
    """Are these rows of a cell committed? Its files are not read: see ``Store.parts`` for that.

    Raises:
        StoreError: Nobody can say.
    """
    return store._folder.exists(part_file(lot_of(header), start, stop))
