"""Flip rates and pm-k of a small store of videos, by hand."""

import numpy as np
import pytest

from fieldmark.records import Answers, DataError, DatasetCard, Examples, NotKeptError
from fieldmark.studies import flip_rate, pm_k
from tests.studies.conftest import DIGITS

FRAMES = 5


def video(filler, name="film", videos=4, labels=None, groups=None, offsets=None):
    """Examples that are frames: 5 of each video, its label the video's number."""
    n = videos * FRAMES
    truth = np.repeat(np.arange(videos), FRAMES)[:, None] if labels is None else labels
    filler.examples[name] = Examples(
        card=DatasetCard(name, name, "a test", "MIT", "made", "nothing"),
        classes=DIGITS,
        ids=tuple(f"{name}-{at:03d}" for at in range(n)),
        labels=truth.astype(np.int64),
        frame=(2, 2, 1),
        decode=lambda rows: np.zeros((len(rows), 2, 2, 1), np.uint8),
        content=name,
        groups=tuple(f"v{at // FRAMES}" for at in range(n)) if groups is None else groups,
        metadata={} if offsets is None else {"offset": tuple(map(str, offsets))},
    )
    filler.store.keep_examples(filler.examples[name])


def say(filler, subject, condition, best):
    """Answers with these best classes; the four after them follow in order."""
    classes = (np.array(best)[:, None] + np.arange(5)) % 10
    header = filler.header(subject, condition)
    scores = np.full(classes.shape, 0.2, np.float32)
    filler.store.commit(header, 0, Answers(classes.astype(np.uint16), scores))
    filler.store.finish(header)


def column(finding, key):
    place = [one.key for one in finding.table.columns].index(key)
    return {row[0]: row[place] for row in finding.table.rows}


STEADY = np.repeat(np.arange(4), FRAMES)
SHAKY = np.where(np.arange(20) % FRAMES == 1, 9, STEADY)  # the second frame of each is wrong
LOST = np.where(np.arange(20) < FRAMES, 9, STEADY)  # the first video is wrong throughout


@pytest.fixture
def film(filler):
    video(filler)
    for name, best in (("steady", STEADY), ("shaky", SHAKY), ("lost", LOST)):
        say(filler, name, "film", best)
    return filler


def test_flips_by_hand(film):
    found = flip_rate(film.store, on="film", baseline="shaky")
    rates = column(found, "flips")
    assert {name: one.value for name, one in rates.items()} == {
        "steady": 0.0,
        "shaky": 0.5,
        "lost": 0.0,
    }
    assert rates["shaky"].n == 16
    assert column(found, "rate")["shaky"].value == 1.0
    assert column(found, "over")["shaky"].value == 1.0
    assert column(found, "distance")["steady"].value == 0.0
    assert found.figures[0].mark == 1.0
    assert "shaky in 50.0 %" in found.statement


def test_frames_of_noise_are_held_against_the_first(film):
    say(film, "shaky", "film+gaussian-noise@1", SHAKY)
    found = flip_rate(film.store, on="film+gaussian-noise@1")
    assert column(found, "flips")["shaky"].value == 0.25
    assert any("are held against the first" in line for line in found.caveats)
    assert "Left out for lack of answers: lost and steady." in found.caveats


def test_the_mean_over_conditions(film):
    for name, best in (("steady", STEADY), ("shaky", SHAKY)):
        say(film, name, "film+gaussian-noise@1", np.where(np.arange(20) == 4, 8, best))
    found = flip_rate(film.store, on="sequences", baseline="shaky")
    # film: 0 of 8; noise: 1 of (4 + 1)
    assert column(found, "rate")["steady"].value == pytest.approx((0 / 8 + 1 / 5) / 2)


def test_pm_k_by_hand(film):
    found = pm_k(film.store, on="film", k=1)
    assert {name: one.value for name, one in column(found, "pm_0").items()} == {
        "steady": 1.0,
        "shaky": 1.0,
        "lost": 0.75,
    }
    held = column(found, "pm_k")
    assert (held["steady"].value, held["shaky"].value, held["lost"].value) == (1.0, 0.0, 0.75)
    assert column(found, "drop")["shaky"].value == -1.0
    assert column(found, "drop")["lost"].value == 0.0
    assert held["steady"].n == 4
    assert "It makes no difference whether" in found.statement


def test_no_neighbours_cost_nothing(film):
    found = pm_k(film.store, on="film", k=0)
    assert column(found, "pm_k") == column(found, "pm_0")


def test_offsets_say_which_frame_is_the_anchor_and_how_far_the_others_are(filler):
    video(filler, offsets=[-2, 0, 1, 2, 9] * 4)  # SHAKY is wrong on every anchor, LOST on a video
    for name, best in (("shaky", SHAKY), ("lost", LOST)):
        say(filler, name, "film", best)
    late = np.where(np.arange(20) % FRAMES == 4, 9, STEADY)  # wrong nine frames away
    say(filler, "late", "film", late)
    found = pm_k(filler.store, on="film", k=2)
    assert column(found, "pm_0")["shaky"].value == 0.0
    assert column(found, "pm_0")["lost"].value == 0.75
    assert column(found, "pm_k")["late"].value == 1.0
    assert column(pm_k(filler.store, on="film", k=9), "pm_k")["late"].value == 0.0


@pytest.mark.parametrize(
    ("offsets", "told"),
    [
        ([-2, -1, 1, 2, 3] * 4, "video 1 of 4 has 0 frames of offset 0"),
        ([0, 0, 1, 2, 3] * 4, "video 1 of 4 has 2 frames of offset 0"),
        (["0", "1", "2", "3", "near"] * 4, "an offset of frames of film is no whole number"),
    ],
)
def test_offsets_that_name_no_anchor_are_refused(filler, offsets, told):
    video(filler, offsets=offsets)
    say(filler, "a", "film", STEADY)
    with pytest.raises(DataError, match=told):
        pm_k(filler.store, on="film")


def test_the_two_rules_differ_where_labels_do(filler):
    labels = np.stack([STEADY, np.where(np.arange(20) % FRAMES == 1, 9, -1)], axis=1)
    video(filler, labels=labels)
    say(filler, "shaky", "film", SHAKY)
    found = pm_k(filler.store, on="film", k=2)
    assert column(found, "pm_k")["shaky"].value == 1.0
    assert column(found, "pm_k_anchor")["shaky"].value == 0.0
    assert "Judged by the anchor's labels, pm-2 changes for shaky." in found.statement


def test_unlabelled_frames_are_passed_over_and_anchors_are_missing(filler):
    labels = STEADY.copy()[:, None]
    labels[[1, 6, 2]] = -1  # neighbours of the first two, and the first anchor
    video(filler, labels=labels)
    say(filler, "shaky", "film", SHAKY)
    found = pm_k(filler.store, on="film", k=1)
    pm = column(found, "pm_k")["shaky"]
    assert (pm.n, pm.missing) == (3, 1)
    assert pm.value == pytest.approx(1 / 3)
    assert any("three" in line or "3 frames" in line for line in found.caveats)


def test_examples_that_are_no_frames_are_refused(filler):
    filler.data("digits", 20)
    filler.answer("a", "digits", 0.5)
    for ask in (pm_k, flip_rate):
        with pytest.raises(NotKeptError, match="the examples of digits are no frames"):
            ask(filler.store, on="digits")
    with pytest.raises(NotKeptError, match="no condition of this store has examples that come in"):
        flip_rate(filler.store, on="sequences")
    video(filler)
    say(filler, "a", "film", STEADY)
    with pytest.raises(NotKeptError, match="ask about film"):
        pm_k(filler.store, on="digits")


def test_a_baseline_without_answers_is_refused(film):
    film.data("digits", 20)
    film.answer("late", "digits", 0.5)
    with pytest.raises(NotKeptError, match="late cannot be the baseline"):
        flip_rate(film.store, on="film", baseline="late")


def test_one_class_each_has_no_top_5_distance(filler):
    video(filler)
    filler.answer("person", "film", 0.9)
    found = flip_rate(filler.store, on="film")
    assert not column(found, "distance")["person"].defined
    assert "No top-5 distance, for want of five kept classes: person." in found.caveats
