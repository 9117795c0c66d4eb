"""Distortions of psychophysics on grey and colour, and their published levels."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from fieldmark.shifts import LEVELS, PEOPLES_CONDITIONS, shift
from fieldmark.shifts.laboratory_noise import salted, with_noise
from fieldmark.shifts.opponent import levels_of, light, opposed
from fieldmark.shifts.psychophysics import DISTORTIONS

NO_SEEDS = np.zeros(1, np.uint64)
GREY = np.full((8, 64, 64, 3), 128, np.uint8)
PEOPLE = Path(os.environ.get("FIELDMARK_DATA") or Path(__file__).parents[3] / "shared" / "data")
MONOTONE = sorted(
    set(DISTORTIONS) - {"quarter-turn"} - {one for one in DISTORTIONS if len(LEVELS[one]) < 2}
)


@pytest.mark.parametrize("name", sorted(set(DISTORTIONS) - {"opponent-colour"}))
def test_what_comes_out_of_a_colour_picture_has_three_channels_that_are_alike(
    name, pictures, seeds
):
    for level in LEVELS[name]:
        shown = shift(name, level).apply(pictures(2, 20, 26, 3), seeds(2))
        assert (shown == shown[..., :1]).all()


@pytest.mark.parametrize("name", MONOTONE)
def test_stronger_levels_take_more_of_the_picture_away(name, seeds):
    # Smooth pictures: what is kept of them is their correlation with what comes out.
    rows, columns = np.mgrid[:64, :64] / 64
    waves = [np.sin(5 * rows + k) * np.cos(9 * columns * rows + 2 * k) for k in range(4)]
    images = np.uint8(128 + 100 * np.stack(waves))[..., None]
    distances = []
    for level in LEVELS[name]:
        shown = shift(name, level).apply(images, seeds(4)).astype(float)
        distances.append(np.abs(shown - images).mean())
    assert distances == sorted(distances) or np.diff(distances).min() > -0.02 * max(distances)
    assert distances[-1] > 5 + distances[0]


def test_greyscale_is_luminance(pictures):
    colours = pictures(1, 20, 20, 3)
    expected = np.rint(colours[0] @ np.array([0.2125, 0.7154, 0.0721]))
    shown = shift("greyscale", 1).apply(colours, NO_SEEDS)[0]
    assert np.abs(shown - expected[..., None]).max() <= 1
    assert (shown[..., 0] == expected).mean() > 0.999
    grey = pictures(1, 20, 20, 1)
    np.testing.assert_array_equal(shift("greyscale", 1).apply(grey, NO_SEEDS), grey)


@pytest.mark.parametrize("percent", [100, 30, 1])
def test_contrast_is_the_share_that_is_left_about_middle_grey(percent):
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    shown = shift("nominal-contrast", percent).apply(ramp, NO_SEEDS).astype(float)
    expected = 127.5 + (ramp - 127.5) * percent / 100
    assert np.abs(shown - expected).max() <= 0.5 + 1e-5
    assert np.ptp(shown) == pytest.approx(2.55 * percent, abs=1)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_quarter_turns_are_exact_and_go_the_published_way(degrees, pictures):
    square, level = pictures(2, 20, 20, 1), shift("quarter-turn", degrees)
    turned = level.apply(square, np.zeros(2, np.uint64))
    np.testing.assert_array_equal(turned, np.rot90(square, degrees // 90, axes=(1, 2)))
    wide = pictures(1, 16, 22, 1)
    turned, whole = level.apply(wide, NO_SEEDS)[0], np.rot90(wide[0], degrees // 90)
    if degrees % 180:
        np.testing.assert_array_equal(turned[:, 3:19], whole[3:19])
        assert not turned[:, :3].any()
        assert not turned[:, 19:].any()
    else:
        np.testing.assert_array_equal(turned, whole)


@pytest.mark.parametrize("width", [0.03, 0.2, 0.35])
def test_uniform_noise_is_as_wide_as_it_says_on_a_picture_of_low_contrast(width, seeds):
    noise = shift("uniform-noise", width).apply(GREY, seeds(8))[..., 0] / 255 - 0.5
    assert noise.std() == pytest.approx(width / np.sqrt(3), rel=0.03)
    assert np.abs(noise).max() == pytest.approx(width, abs=1 / 255)
    none = shift("uniform-noise", 0).apply(GREY * 0, seeds(8))
    assert (none == round(0.35 * 255)).all()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_salt_and_pepper_hit_the_share_they_say_half_and_half(share, seeds):
    noisy = shift("salt-and-pepper", share).apply(GREY, seeds(8))[..., 0]
    hit = noisy != 128
    assert hit.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / hit.size))
    assert set(np.unique(noisy[hit])) == {0, 255}
    assert (noisy[hit] == 255).mean() == pytest.approx(0.5, abs=2 / np.sqrt(hit.sum()))


def test_noise_is_the_published_formula_given_its_numbers():
    rng = np.random.default_rng(0)
    grey, numbers = rng.random((1, 20, 20)) * 0.3 + 0.35, rng.random((1, 20, 20))
    low, high = -0.2, 0.2
    np.testing.assert_allclose(
        with_noise(grey, numbers, width=0.2), grey + low + numbers * (high - low), atol=1e-12
    )
    salt, pepper = (numbers >= 0.8) * 1.0, (numbers < 0.2) * -1.0
    np.testing.assert_allclose(
        salted(grey, numbers, share=0.4), np.clip(grey + salt + pepper, 0, 1), atol=1e-12
    )


def test_opponent_colours_keep_greys_and_lightness_and_are_their_own_inverse():
    rng = np.random.default_rng(0)
    lights = rng.random((50, 3))
    np.testing.assert_allclose(opposed(opposed(lights)), lights, atol=1e-9)
    greys = np.repeat(rng.random((50, 1)), 3, axis=1)
    np.testing.assert_allclose(opposed(greys), greys, atol=2e-4)
    lightness = np.array([9.27590805, 9.27590805, 0]) @ np.array(
        [
            [0.1619982647, 0.208049264, 0.0389347448],
            [0.0330275785, 0.2496504557, 0.0618343518],
            [0.0015524055, 0.0198861001, 0.1890224274],
        ]
    )
    np.testing.assert_allclose(opposed(lights) @ lightness, lights @ lightness, atol=1e-9)


def test_a_light_gets_the_level_whose_light_is_nearest():
    lights = np.random.default_rng(1).uniform(-0.5, 1.5, 2000)
    nearest = np.abs(light()[None] - np.clip(lights, 0, 1)[:, None]).argmin(axis=1)
    np.testing.assert_array_equal(levels_of(lights), nearest)
    np.testing.assert_array_equal(levels_of(light()), np.arange(256))


def test_hues_are_opposed_on_screen_and_grey_pictures_stay(pictures):
    colours = np.array([[200, 120, 120], [120, 160, 120], [128, 128, 128]], np.uint8)
    images = np.broadcast_to(colours[:, None, None], (3, 16, 16, 3))
    shown = shift("opponent-colour", 1).apply(images, np.zeros(3, np.uint64))[:, 0, 0].astype(int)
    assert shown[0, 0] < shown[0, 1]  # what was reddish is greenish
    assert shown[1, 0] > shown[1, 1]
    assert np.abs(shown[2] - 128).max() <= 1
    grey = pictures(1, 16, 16, 1)
    np.testing.assert_array_equal(shift("opponent-colour", 1).apply(grey, NO_SEEDS), grey)


def test_every_condition_that_people_answered_has_its_change():
    made = [change for kinds in PEOPLES_CONDITIONS.values() for change in kinds.values()]
    for change in made:
        name, _, level = change.partition("@")
        assert shift(name, level).level == level
    assert len(made) == 1 + 8 + 3 * 8 + 1 + 8 + 8 + 7 + 2 + 4 + 8


@pytest.mark.parametrize("name", PEOPLES_CONDITIONS)
def test_the_conditions_are_those_of_the_published_raw_data(name):
    folder = PEOPLE / "model-vs-human" / "raw-data" / name
    if not folder.is_dir():
        pytest.skip("no raw data of model-vs-human: name a folder of them in FIELDMARK_DATA")
    with next(folder.glob("*.csv")).open() as lines:
        asked = {row["condition"] for row in csv.DictReader(lines)}
    unchanged = {"colour": {"cr"}, "false-colour": {"true"}}.get(name, set())
    assert asked == set(PEOPLES_CONDITIONS[name]) | unchanged


def test_the_page_lists_every_level():
    page = (Path(__file__).parents[2] / "docs" / "shifts.md").read_text(encoding="utf-8")
    rows = {
        line.split("`")[1]: line.split(" | ") for line in page.splitlines() if line[:3] == "| `"
    }
    for name, levels in LEVELS.items():
        if name in DISTORTIONS:
            assert rows[name][2] == ", ".join(f"`{level}`" for level in levels)
