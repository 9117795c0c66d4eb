"""Slicing: a part of some examples is a set of its own, whose pictures are those of the whole."""

import pickle
import re

import numpy as np
import pytest

from fieldmark.datasets import npz
from fieldmark.records import (
    DataError,
    Examples,
    UnknownNameError,
    every_slice,
    generator,
    grouped,
    parse_slices,
    sliced,
)


@pytest.fixture
def photos(tmp_path) -> Examples:
    pixels = generator(0).integers(0, 256, (6, 4, 4), dtype=np.uint8)
    np.savez(
        tmp_path / "photos.npz",
        images=pixels,
        labels=np.array([0, 1, 2, 0, 1, -1]),
        class_names=np.array(["cat", "dog", "fox"]),
        camera=np.array(["a", "b", "a", "", "c", "a"]),
        year=np.array([2019, 2020, 2021, 2020, 2022, 2019]),
        score=np.array([0.5, 1.0, np.nan, 2.0, 3.0, 4.0]),
    )
    return npz(tmp_path / "photos.npz")


def cut(examples, text):
    for one in parse_slices(f"x{text}")[1]:
        examples = sliced(examples, one)
    return examples


def test_a_slice_has_the_pictures_labels_and_ids_of_its_rows(photos):
    part = cut(photos, "[camera=a]")
    rows = np.array([0, 2, 5])
    assert part.ids == tuple(photos.ids[row] for row in rows)
    assert np.array_equal(part.images(), photos.images(rows))
    assert np.array_equal(part.images(np.array([2, 0])), photos.images(np.array([5, 0])))
    assert part.labels.tolist() == [[0], [2], [-1]]
    assert part.metadata["year"] == ("2019", "2021", "2019")
    assert part.classes == photos.classes
    assert np.array_equal(pickle.loads(pickle.dumps(part)).images(), part.images())


def test_its_card_says_what_was_kept_and_what_it_is_a_shift_of(photos):
    part = cut(photos, "[camera!=b][year>=2020]")
    assert part.card.name == "photos[camera!=b][year>=2020]"
    assert part.card.reference == "photos"
    assert part.card.title == "2 of the 4 examples of photos[camera!=b]"
    assert "[camera!=b] keeps 4, 1 left out for being unknown" in part.card.collected
    assert "[year>=2020] keeps 2" in part.card.collected


def test_its_fingerprint_follows_the_examples_and_not_the_words(photos):
    assert cut(photos, "[year=2019]").content != photos.content
    assert cut(photos, "[year=2019]").content == cut(photos, "[year<2020]").content
    assert cut(photos, "[year=2019]").content != cut(photos, "[year=2020]").content


def test_classes_can_be_sliced_by_their_names(photos):
    assert cut(photos, "[classes=cat|fox]").first_labels.tolist() == [0, 2, 0]
    assert cut(photos, "[classes!=cat]").first_labels.tolist() == [1, 2, 1]
    assert [str(one) for one in every_slice(photos, parse_slices("x[classes=*]")[1][0])] == [
        "[classes=cat]",
        "[classes=dog]",
        "[classes=fox]",
    ]


def test_every_value_in_turn_in_the_order_of_numbers(photos):
    found = every_slice(photos, parse_slices("x[score=*]")[1][0])
    assert [one.values[0] for one in found] == ["0.5", "1", "2", "3", "4"]


def test_groups_come_from_metadata_and_what_is_unknown_stands_alone(photos):
    assert grouped(photos, "camera").groups == ("a", "b", "a", "unknown: 000003", "c", "a")
    assert cut(grouped(photos, "camera"), "[year=2020]").groups == ("b", "unknown: 000003")


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("[kamera=a]", UnknownNameError, "no metadata of photos called 'kamera'. Did you mean cam"),
        (
            "[camera=z]",
            DataError,
            'no example with [camera=z]; there are: a (3), b (1), c (1), "" for unknown (1)',
        ),
        ("[camera=a|z]", DataError, "no example with [camera=z]"),
        ("[camera!=z]", DataError, "no example with [camera=z]"),
        ("[year>2022]", DataError, "no example with [year>2022]; there are: 2019 (2), 2020 (2)"),
        ("[camera>3]", DataError, "no example with [camera>3]"),
        ("[classes=cow]", UnknownNameError, "no class of photos called 'cow'"),
        ("[year=2019][camera=b]", DataError, "photos[year=2019] has no example with [camera=b]"),
    ],
)
def test_what_is_not_there_is_told_with_what_there_is(photos, text, error, told):
    with pytest.raises(error, match=re.escape(told)):
        cut(photos, text)


def test_without_metadata_the_message_says_where_to_write_some(photos):
    bare = cut(photos, "[year>0]")
    with pytest.raises(DataError, match=r"nothing is known .* write a metadata.csv beside"):
        cut(Examples(**{**vars(bare), "metadata": {}}), "[camera=a]")


def test_a_column_has_one_value_per_example(photos):
    with pytest.raises(DataError, match="photos: 6 ids but 2 values of camera"):
        Examples(**{**vars(photos), "metadata": {"camera": ("a", "b")}})
