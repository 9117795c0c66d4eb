import numpy as np
import pytest

from fieldmark.records import ClassSpace, DatasetCard, Examples, fingerprint, generator


@pytest.fixture(scope="session")
def bars():
    """240 pictures of a bright bar on noise: lying, upright or slanting; the last 6 unlabelled."""
    chance = generator(7)
    pictures = chance.integers(0, 90, (240, 16, 16, 1), dtype=np.uint8)
    labels = np.arange(240) % 3
    for picture, label in zip(pictures, labels, strict=True):
        at = int(chance.integers(4, 12))
        if label == 0:
            picture[at - 1 : at + 1, 3:13] = 230
        elif label == 1:
            picture[3:13, at - 1 : at + 1] = 230
        else:
            np.einsum("ii->i", picture[:, :, 0])[3:13] = 230
    labels[-6:] = -1
    words = ("bars", "bars", "drawn here", "MIT", "drawn by a generator", "anything")
    return Examples(
        card=DatasetCard(*words),
        classes=ClassSpace(("lying", "upright", "slanting")),
        ids=tuple(f"bar-{number}" for number in range(240)),
        labels=labels[:, None],
        frame=(16, 16, 1),
        decode=lambda rows: pictures[rows],
        content=fingerprint(pictures, labels),
    )
