"""Stimuli whose shape and texture contradict each other."""

from collections import Counter

import numpy as np
import pytest

from fieldmark.records import DataError, Framing
from tests.datasets.published.conftest import save


@pytest.mark.parametrize("where", ["cue-conflict", "stimuli/style-transfer-preprocessed-512"])
def test_the_label_is_the_shape(shelf, place, where):
    root = place / "texture-vs-shape" / where
    for name in ("cat/cat1-dog2.png", "cat/cat7-cat3.png", "knife/knife1-boat12.png"):
        save(root / name)
    examples = shelf.read("texture-vs-shape/cue-conflict")
    assert examples.ids == ("cat/cat1-dog2.png", "cat/cat7-cat3.png", "knife/knife1-boat12.png")
    assert [examples.classes.names[one] for one in examples.first_labels] == ["cat", "cat", "knife"]
    assert examples.metadata["texture"] == ("dog", "cat", "boat")
    assert examples.metadata["conflict"] == ("yes", "no", "yes")
    for name, message in (
        ("cat/dog1-cat2.png", "is not called SHAPE1-TEXTURE2, after its folder"),
        ("cat/cat1-zebra2.png", "is not called SHAPE1-TEXTURE2"),
        ("zebra/zebra1-cat2.png", "zebra is none of the 16 classes"),
    ):
        save(root / name)
        with pytest.raises(DataError, match=message):
            shelf.read("texture-vs-shape/cue-conflict")
        (root / name).unlink()


def test_the_published_stimuli(shelf, place, real):
    place.mkdir()
    (place / "texture-vs-shape").symlink_to(real / "texture-vs-shape")
    assert shelf.present("texture-vs-shape") == ("cue-conflict", "edges", "filled-silhouettes")
    for part in ("edges", "filled-silhouettes"):
        drawn = shelf.read(f"texture-vs-shape/{part}")
        assert len(drawn) == 160
        assert set(Counter(drawn.first_labels.tolist()).values()) == {10}
        assert "published)" not in drawn.card.title
    conflicts = shelf.read("texture-vs-shape/cue-conflict")
    assert "320 examples here, 1,280 published" in conflicts.card.title
    assert set(Counter(conflicts.first_labels.tolist()).values()) == {20}
    assert conflicts.framed(Framing(16, 16)).images(np.arange(3)).shape == (3, 16, 16, 3)
