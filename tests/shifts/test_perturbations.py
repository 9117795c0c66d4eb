import numpy as np
import pytest
from scipy.ndimage import affine_transform

from fieldmark.datasets import mnist_test
from fieldmark.records import (
    Condition,
    ConfigError,
    Perturbation,
    UnknownNameError,
    fingerprint,
    frames_of,
)
from fieldmark.shifts import DIFFICULTIES, sequence
from fieldmark.shifts.frames import affine, streaked

LENGTHS = {"motion-blur-sequence": (21, 31, 31), "translate-sequence": (16, 31, 41)}

GOLDEN = {
    "gaussian-noise-sequence": "abfb3e9f2ba356ca",
    "shot-noise-sequence": "df02c4e65635d5a8",
    "motion-blur-sequence": "7b8b0253b93156f9",
    "zoom-blur-sequence": "328fccaa4bd5d5bb",
    "snow-sequence": "82fb35aca6daf6df",
    "brightness-sequence": "695e7e4c3a73fa98",
    "translate-sequence": "686560672fbc16e7",
    "rotate-sequence": "b7e3c08dcffe02c9",
    "tilt-sequence": "701a350f2092abfa",
    "scale-sequence": "f8992efa0f5f5df7",
}


@pytest.fixture
def picture() -> np.ndarray:
    """Smooth colours with an edge, 32 pixels square."""
    row, column = np.mgrid[:32, :32]
    image = np.stack((row * 7, column * 7, 255 - 3 * (row + column)), axis=2).astype(np.uint8)
    image[8:20, 10:24] = (220, 40, 30)
    return image


def played(name: str, picture: np.ndarray, *, severity: int = 1, seed: int = 5) -> np.ndarray:
    one = sequence(name, severity)
    length = one.length(picture.shape)
    images = np.repeat(picture[np.newaxis], length, axis=0)
    return one.play(images, np.arange(length), np.full(length, seed, np.uint64))


@pytest.mark.parametrize("name", DIFFICULTIES)
@pytest.mark.parametrize("size", [32, 64, 224])
def test_a_sequence_has_as_many_frames_as_were_published(name, size):
    one = sequence(name)
    assert isinstance(one, Perturbation)
    expected = LENGTHS.get(name, (31, 31, 31))[(32, 64, 224).index(size)]
    assert one.length((size, size, 3)) == expected
    assert len(fingerprint(dict(one.settings))) == 16


@pytest.mark.parametrize("name", DIFFICULTIES)
@pytest.mark.parametrize("shape", [(16, 16, 1), (33, 47, 3), (64, 64, 3)])
def test_a_frame_depends_on_its_picture_place_and_seed_alone(name, shape):
    stream = np.random.default_rng(3)
    images = np.repeat(stream.integers(0, 256, (2, *shape), dtype=np.uint8), 3, axis=0)
    images.setflags(write=False)
    before, seeds = images.copy(), np.repeat(np.array([7, 8], np.uint64), 3)
    places = np.array([0, 9, 15, 15, 3, 15])
    one = sequence(name)
    together = one.play(images, places, seeds)
    assert (together.shape, together.dtype) == (images.shape, np.uint8)
    np.testing.assert_array_equal(images, before)
    backwards = one.play(images[::-1], places[::-1], seeds[::-1])[::-1]
    np.testing.assert_array_equal(backwards, together)
    for row in range(len(images)):
        alone = one.play(images[row : row + 1], places[row : row + 1], seeds[row : row + 1])
        np.testing.assert_array_equal(alone[0], together[row])
    assert one.play(images[:0], places[:0], seeds[:0]).shape == (0, *shape)


@pytest.mark.parametrize("name", ["gaussian-noise-sequence", "shot-noise-sequence"])
def test_noise_begins_with_the_picture_and_every_frame_is_another(name, picture):
    spread = []
    for severity in (1, 2, 3):
        frames = played(name, picture, severity=severity)
        np.testing.assert_array_equal(frames[0], picture)
        assert len(np.unique(frames.reshape(31, -1), axis=0)) == 31
        spread.append((frames[1:].astype(float) - picture).std())
    assert spread == sorted(spread)
    if name.startswith("gaussian"):  # grey levels are cut at black and white, which takes a little
        np.testing.assert_allclose(spread, [0.02 * 255, 0.04 * 255, 0.06 * 255], rtol=0.08)
    other = played(name, picture, seed=6)
    assert (other[1] != played(name, picture)[1]).any()


def test_brightness_passes_the_picture_half_way(picture):
    frames = played("brightness-sequence", picture)
    np.testing.assert_array_equal(frames[15], picture)
    values = frames.max(axis=3).astype(float).mean(axis=(1, 2))
    assert (np.diff(values) > 0).all()
    middle = (picture.max(axis=2) > 70) & (picture.max(axis=2) < 190)
    step = frames[20].max(axis=2).astype(int) - picture.max(axis=2)
    assert np.abs(step[middle] - 5 * 0.015 * 255).max() <= 1


def test_translate_moves_pixel_by_pixel_to_the_right(picture):
    frames = played("translate-sequence", picture)
    np.testing.assert_array_equal(frames[7], picture)
    np.testing.assert_array_equal(frames[9][:, 2:], picture[:, :-2])
    np.testing.assert_array_equal(frames[0][:, :-7], picture[:, 7:])
    assert not frames[9][:, :2].any()
    assert not frames[0][:, -7:].any()


@pytest.mark.parametrize("name", ["rotate-sequence", "scale-sequence"])
def test_the_middle_frame_is_the_picture(name, picture):
    np.testing.assert_array_equal(played(name, picture)[15], picture)


def test_rotate_turns_clockwise_by_degrees(picture):
    frames = played("rotate-sequence", picture)
    mark = np.zeros_like(picture)
    mark[2:5, 15:18] = 255  # above the middle
    turned = played("rotate-sequence", mark)[30]
    row, column = np.argwhere(turned[..., 0] > 100).mean(axis=0)
    assert column == pytest.approx(16 + 13 * np.sin(np.radians(15)), abs=0.6)
    assert row == pytest.approx(16 - 13 * np.cos(np.radians(15)), abs=0.6)
    assert (frames[0] != frames[30]).any()


def test_scale_makes_larger_by_two_per_cent_a_frame(picture):
    white = np.full_like(picture, 255)
    areas = (played("scale-sequence", white)[:16, :, :, 0] > 127).sum(axis=(1, 2))
    np.testing.assert_allclose(np.sqrt(areas), 32 * (0.7 + 0.02 * np.arange(16)), atol=1.2)


@pytest.mark.parametrize(("degrees", "factor"), [(12.0, 1.0), (-7.0, 1.0), (0.0, 1.3), (0.0, 0.7)])
def test_affine_agrees_with_scipy_about_the_published_centre(picture, degrees, factor):
    angle = np.radians(degrees)
    back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / factor
    centre = np.array([16.0, 16.0])  # half a pixel below and right of the middle
    expected = np.stack(
        [
            affine_transform(
                picture[..., channel].astype(float), back, centre - back @ centre, order=1
            )
            for channel in range(3)
        ],
        axis=2,
    )
    inside = slice(8, 24)
    difference = affine(picture, degrees=degrees, factor=factor) - expected
    assert np.abs(difference[inside, inside]).max() <= 1 + 1e-9  # Pillow cuts off


def test_zoom_blur_is_the_mean_of_what_came_before(picture):
    frames = played("zoom-blur-sequence", picture)
    np.testing.assert_array_equal(frames[0], picture)
    layers = [affine(picture, factor=1 + 0.004 * step).astype(int) for step in range(31)]
    np.testing.assert_array_equal(frames[30], sum(layers) // 31)


def test_tilt_is_nearly_straight_half_way_and_mirrors_itself(picture):
    frames = played("tilt-sequence", picture).astype(int)
    inside = slice(4, 28)
    assert np.abs(frames[15] - picture)[inside, inside].mean() < 4
    white = played("tilt-sequence", np.full_like(picture, 255))[..., 0] > 127
    assert white[15].mean() > 0.9
    assert white[0].mean() < white[15].mean()
    assert (white[0] ^ white[30]).any()


@pytest.mark.parametrize("degrees", [-180.0, -135.0, -90.0, 0.0, 45.0])
def test_a_streak_is_half_a_gaussian_in_one_direction(degrees):
    dot = np.zeros((33, 33, 1), np.uint8)
    dot[16, 16] = 255
    blurred = streaked(dot, radius=6, deviation=1.8, degrees=degrees)[..., 0]
    weights = np.exp(-0.5 * (np.arange(13) / 1.8) ** 2)
    weights = np.floor(255 * weights / weights.sum() + 0.5)
    unit = (round(np.sin(np.radians(degrees))), round(np.cos(np.radians(degrees))))
    line = [int(blurred[16 - step * unit[0], 16 - step * unit[1]]) for step in range(3)]
    if degrees % 90 == 0:
        assert line == weights[:3].tolist()
    assert blurred.sum() == pytest.approx(255, abs=5)
    plain = np.full((20, 20, 3), 77, np.uint8)
    np.testing.assert_array_equal(streaked(plain, radius=14, deviation=3.0, degrees=degrees), plain)


def test_snow_is_one_snowfall_from_a_turning_direction(picture):
    dark = np.zeros((64, 64, 1), np.uint8)
    frames = played("snow-sequence", dark).astype(float)
    ground = np.floor(0.15 * 0.5 * 255)
    assert (frames >= ground - 1).all()
    flakes = frames - ground > 15
    assert 0.005 < flakes.mean() < 0.6
    light = frames.mean(axis=(1, 2, 3))
    assert light.std() < 0.05 * light.mean()  # the same flakes throughout
    assert (frames[0] != frames[1]).any()
    # The fall and the fall turned by half a turn lie on each other.
    assert np.abs(frames - frames[:, ::-1, ::-1]).max() <= 1
    assert (played("snow-sequence", dark, seed=6) != frames).any()


def test_names_and_difficulties_that_are_not_there_are_refused():
    with pytest.raises(UnknownNameError, match="Did you mean snow-sequence"):
        sequence("snow-sequense")
    with pytest.raises(ConfigError, match="snow-sequence comes in difficulty 1, got"):
        sequence("snow-sequence", 2)
    with pytest.raises(ConfigError, match=r"comes in difficulty 1 or 2 or 3, got '2\.5'"):
        sequence("shot-noise-sequence", "2.5")


def test_a_condition_asks_for_every_frame_in_groups():
    digits = mnist_test()
    condition = Condition(digits, sequence("translate-sequence"), seed=3)
    assert (condition.name, condition.kind) == ("mnist-test+translate-sequence@1", "sequence")
    assert condition.shift is None
    frames = condition.examples
    assert len(frames) == 16 * len(digits)
    assert frames.ids[17] == f"{digits.ids[1]}/frame-01"
    assert frames.groups[17] == digits.ids[1]
    np.testing.assert_array_equal(frames.labels[16:32], np.repeat(digits.labels[1:2], 16, axis=0))
    np.testing.assert_array_equal(condition.images(np.array([7])), digits.images(np.array([0])))
    assert frames_of(frames, condition.perturbation) is frames
    again = Condition(frames, condition.perturbation, seed=3)
    assert again.fingerprint == condition.fingerprint
    assert Condition(digits, condition.perturbation, seed=4).fingerprint != condition.fingerprint
    with pytest.raises(ConfigError, match="in sequences of 16 frames already"):
        Condition(frames, sequence("snow-sequence"))


def test_frames_of_one_picture_share_their_seed_and_rows_may_come_in_any_order():
    condition = Condition(mnist_test(), sequence("snow-sequence"))
    rows = np.array([3, 40, 2, 61, 40])
    images = condition.images(rows)
    for row, image in zip(rows, images, strict=True):
        np.testing.assert_array_equal(condition.images(np.array([row]))[0], image)
    seeds = condition.seeds(np.arange(62))
    assert len(set(seeds.tolist())) == 2


@pytest.mark.parametrize("name", DIFFICULTIES)
def test_frames_are_what_they_have_always_been(name, pictures):
    made = fingerprint(played(name, pictures(1, 28, 28, 3)[0]))
    assert made == GOLDEN[name]
