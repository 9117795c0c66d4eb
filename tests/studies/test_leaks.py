"""Leaks: counted picture by picture, and people's word goes before the search's own."""

import numpy as np
import pytest

from fieldmark.datasets import duplicates, npz
from fieldmark.studies import leaks, pair_key
from tests.datasets.duplicates.test_searching import pictures


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Ten test pictures: two copied, one mirrored, seven of their own; one copy labelled anew."""
    folder = tmp_path_factory.mktemp("leaks")
    names = np.array(["cat", "dog"])
    ours, theirs = pictures(0, 20), pictures(1, 10)
    theirs[0], theirs[1], theirs[2] = ours[5], ours[5], ours[6][:, ::-1]
    np.savez(folder / "train.npz", images=ours, labels=np.zeros(20, int), class_names=names)
    labels = np.array([0, 1, *[0] * 8])
    np.savez(folder / "test.npz", images=theirs, labels=labels, class_names=names)
    return duplicates(npz(folder / "train.npz"), npz(folder / "test.npz"))


def test_the_rate_counts_pictures_and_not_pairs(found):
    finding = leaks(found)
    assert (
        "Of 10 pictures of test, 2 are in train to the grey level, 1 more is nearly so, and 0 have"
    ) in finding.statement
    assert "That is 30.0 % [6.7, 65.2] in both." in finding.statement
    assert "1 of these 3 pairs is labelled differently" in finding.statement
    assert [row[2] for row in finding.table.rows] == ["exact", "exact", "near"]
    assert [row[7] for row in finding.table.rows] == ["", "dog / cat", ""]


def test_people_go_before_the_search(found):
    said = {pair_key(found, found.pairs[0]): "different"}
    said[pair_key(found, found.pairs[2])] = "same picture"
    finding = leaks(found, said)
    assert "That is 20.0 %" in finding.statement
    assert "People looked at 2 pairs (1 same picture and 1 different)." in finding.statement


def test_within_one_set(tmp_path):
    images = pictures(3, 8)
    images[7] = images[0]
    np.savez(tmp_path / "one.npz", images=images, labels=np.arange(8) % 2)
    finding = leaks(duplicates(npz(tmp_path / "one.npz")))
    assert finding.title == "Copies within one"
    assert "1 is elsewhere in it" in finding.statement
