"""People in the laboratory: trials are joined on pictures, and the published numbers agree."""

from hashlib import sha256

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.replications import REPLICATIONS, Data, Origin
from fieldmark.replications.human_accuracy import OBJECTS, _parts
from fieldmark.replications.manifests import origins_of
from fieldmark.replications.trials import Trials, read_trials

TITLES = "subj,Session,trial,rt,object_response,category,condition,imagename\n"


def made(**fields):
    """A few trials; everything that is not told is the same for all."""
    n = len(next(iter(fields.values())))
    same = {"subject": "a", "condition": "0", "image": "x", "answer": "cat", "category": "cat"}
    return Trials(**{name: np.array(fields.get(name, [word] * n)) for name, word in same.items()})


def test_trials_are_joined_on_the_picture_and_not_on_their_order():
    trials = made(
        subject=list("aaabbb"),
        image=["x", "y", "z", "z", "x", "y"],
        answer=["cat", "dog", "dog", "dog", "cat", "dog"],
    )
    matrix = trials.joined(trials.right)
    np.testing.assert_array_equal(matrix[0], matrix[1])  # sorted apart they would disagree


@pytest.mark.parametrize("images", [["x", "y", "x"], ["x", "x", "x"]])
def test_a_picture_that_somebody_did_not_see_once_is_refused(images):
    trials = made(subject=list("aab"), image=images)
    with pytest.raises(DataError, match=r"saw . [02] times"):
        trials.joined(trials.right)


def test_the_texture_is_the_last_word_of_the_name():
    trials = made(image=["0_bear_00_bear10-clock1.png", "0_cat_00_cat3-dog12.png"])
    assert trials.texture.tolist() == ["clock", "dog"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("subj,trial\na,1\n", "lacks the column condition"),
        ("", "lacks the column subj"),
        (TITLES, "no trials"),
        (TITLES + "a,1,1,0.5,cat,cat\n", "line 2: 6 fields, 8 titles"),
    ],
)
def test_a_file_without_trials_is_refused(tmp_path, text, words):
    (tmp_path / "some.csv").write_text(text)
    origin = Origin("some.csv", sha256(text.encode()).hexdigest())
    with pytest.raises(DataError, match=words):
        read_trials(Data(tmp_path, tmp_path, offline=True), [origin])


@pytest.mark.parametrize("folder", ["model-vs-human", "texture-vs-shape"])
def test_a_manifest_names_each_file_with_its_address(folder):
    origins = origins_of(folder)
    assert len({one.path for one in origins}) == len(origins) > 80
    assert all(len(one.sha256) == 64 and len(one.commit) == 40 for one in origins)
    assert all(one.path == f"{folder}/{one.original}" and one.url for one in origins)


EXPECTED = {
    "model-vs-human": {"agrees": 29, "not in the data": 2},
    "texture-vs-shape": {"agrees": 9, "differs": 2, "not in the data": 2},
    "human-accuracy": {"agrees": 14, "differs": 1, "not in the data": 2},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_published_numbers_agree(data, name):
    checks = REPLICATIONS[name].check(data)
    verdicts = [check.verdict for check in checks]
    assert {word: verdicts.count(word) for word in set(verdicts)} == EXPECTED[name]
    assert all(check.note for check in checks if check.verdict != "agrees")


@pytest.mark.parametrize("name", EXPECTED)
def test_every_estimate_that_is_drawn_has_an_interval(data, name):
    figures = REPLICATIONS[name].figures(data)
    assert len(figures) == 2
    bars = [bar for figure in figures if hasattr(figure, "bars") for bar in figure.bars]
    assert bars
    assert all(bar.estimate.low <= bar.estimate.value <= bar.estimate.high for bar in bars)


def test_the_counts_behind_the_notebook_s_shares_are_recovered(data):
    objects = _parts(data)[OBJECTS]
    assert dict(objects.sizes) == {"val": 582, "v2": 580}
    assert objects.right["human_c", "v2"] == 579
