"""Which examples cannot be shown: found before a run of hours, not in the middle of it."""

import numpy as np

from fieldmark.records import DataError, Examples

_BATCH = 256


def broken(examples: Examples) -> tuple[str, ...]:
    """One message for every example whose image cannot be decoded, in their order.

    Every image is decoded once, but for those that are known to be broken and count as missing;
    examples held in memory are never broken.

    Example:
        >>> from fieldmark.datasets.mnist import mnist_test
        >>> broken(mnist_test())
        ()
    """
    known = dict(examples.broken)
    messages: list[str] = []
    for start in range(0, len(examples), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(examples)))
        ids = [examples.ids[row] for row in rows]
        try:
            examples.images(rows)
        except DataError:
            found = [
                known.get(one) or _complaint(examples, row)
                for one, row in zip(ids, rows, strict=True)
            ]
        else:
            found = [known.get(one, "") for one in ids]
        messages += filter(None, found)
    return tuple(messages)


def _complaint(examples: Examples, row: np.int64) -> str:
    try:
        examples.images(np.array([row]))
    except DataError as error:
        return str(error)
    return ""
