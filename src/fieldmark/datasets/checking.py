"""Which examples cannot be shown: found before a run of hours, not in the middle of it."""

import numpy as np

from fieldmark.records import DataError, Examples

_BATCH = 256


def broken(examples: Examples) -> tuple[str, ...]:
    """One message for every example whose image cannot be decoded, in their order.

    Every image is decoded once; examples held in memory are never broken.

    Example:
        >>> from fieldmark.datasets.mnist import mnist_test
        >>> broken(mnist_test())
        ()
    """
    messages: list[str] = []
    for start in range(0, len(examples), _BATCH):
        rows = np.arange(start, min(start + _BATCH, len(examples)))
        try:
            examples.images(rows)
        except DataError:
            messages += [message for row in rows for message in _complaint(examples, int(row))]
    return tuple(messages)


def _complaint(examples: Examples, row: int) -> tuple[str, ...]:
    try:
        examples.images(np.array([row]))
    except DataError as error:
        return (str(error),)
    return ()
