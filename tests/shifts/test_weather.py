from math import ceil

import cv2
import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.shifts import Overlays
from fieldmark.shifts.fog import cloud_side, diamond_square, fog, lay_fog
from fieldmark.shifts.frost import freeze, frosted
from fieldmark.shifts.overlays import CHECKSUMS, _decoded
from fieldmark.shifts.published import STRENGTHS
from fieldmark.shifts.snow import Snow, enlarged, let_it_snow, snow, streaked
from fieldmark.shifts.spatter import MUD, Spatter, spatter, splash
from tests.shifts.made import overlays
from tests.shifts.oracle import agreement, draws, reference

SIZES = [(32, 32, 3), (64, 64, 1), (224, 224, 3)]
SEVERITIES = [1, 2, 3, 4, 5]


@pytest.fixture(params=SIZES, ids=str)
def image(request) -> np.ndarray:
    """Something like a photograph: soft shapes of every level, and hard edges."""
    height, width, channels = request.param
    coarse = np.random.default_rng(1).random((9, 9, channels)).astype(np.float32)
    soft = cv2.resize(coarse, (width, height)).reshape(request.param)
    soft[: height // 3, : width // 3] *= 0.3
    return (soft * 255).astype(np.uint8)


def normals(stream: np.random.RandomState, image: np.ndarray, how: Snow | Spatter) -> np.ndarray:
    """What the reference draws, as standard normal numbers."""
    drawn = stream.normal(size=image.shape[:2], loc=how.mean, scale=how.deviation)
    return (drawn - how.mean) / how.deviation


@pytest.mark.parametrize("severity", SEVERITIES)
def test_fog_is_that_of_the_reference(image, severity):
    thickness, fading = STRENGTHS["fog"][224][severity - 1]
    side = cloud_side(*image.shape[:2])
    ours = image.copy()
    cloud = diamond_square(draws(2).random_sample(side * side - 1), side=side, fading=fading)
    lay_fog(ours, cloud, thickness=thickness)
    assert agreement(ours, reference("fog", image, severity, seed=2)) >= 0.9999


@pytest.mark.parametrize("severity", SEVERITIES)
def test_snow_is_that_of_the_reference(image, severity):
    if image.shape[2] == 1:
        image = image.repeat(3, axis=2)  # in grey the reference pales by half a unit, of 255
    how = Snow(*STRENGTHS["snow"][224][severity - 1])
    stream = draws(2)
    noise = normals(stream, image, how)
    rows, columns = (ceil(side / how.zoom) for side in noise.shape)
    top, left = (noise.shape[0] - rows) // 2, (noise.shape[1] - columns) // 2
    ours = image.copy()
    middle = noise[top : top + rows, left : left + columns]
    let_it_snow(ours, middle, degrees=stream.uniform(-135, -45), how=how)
    assert agreement(ours, reference("snow", image, severity, seed=2)) >= 0.999


@pytest.mark.parametrize("severity", SEVERITIES)
def test_spatter_is_that_of_the_reference(image, severity):
    if image.shape[2] == 1:
        image = image.repeat(3, axis=2)  # in grey the reference takes the luma of BGR
    how = Spatter(*STRENGTHS["spatter"][224][severity - 1])
    ours = image.copy()
    splash(ours, normals(draws(2), image, how), how=how)
    assert agreement(ours, reference("spatter", image, severity, seed=2)) >= 0.999


@pytest.mark.parametrize("severity", SEVERITIES)
def test_frost_is_that_of_the_reference_at_its_scale(image, severity):
    if image.shape[2] == 1:
        image = image.repeat(3, axis=2)
    *weights, _ = STRENGTHS["frost"][224][severity - 1]
    stream, (height, width, _) = draws(2), image.shape
    # imagecorruptions enlarges every overlay by a tenth, the published script none for 224 pixels.
    number = stream.randint(5)
    overlay = overlays().one(number, scale=1.1, height=height, width=width)
    top = stream.randint(0, overlay.shape[0] - height)
    left = stream.randint(0, overlay.shape[1] - width)
    ours = image.copy()
    freeze(ours, overlay[top : top + height, left : left + width], weights=tuple(weights))
    assert agreement(ours, reference("frost", image, severity, seed=2)) == 1.0


def test_a_cloud_of_four_points_is_what_one_works_out_by_hand():
    # The corner is 0; the middle is it plus 2n - 1; the sides are means of both plus 2n - 1 again.
    cloud = diamond_square(np.array([0.75, 0.5, 0.25]), side=2, fading=2.0)
    middle = 0.5
    above, beside = middle / 2 + 0.0, middle / 2 - 0.5
    expected = np.array([[0, above], [beside, middle]]) - beside
    np.testing.assert_allclose(cloud, expected / expected.max(), rtol=1e-6)


@pytest.mark.parametrize(("rough", "smooth"), [(1.5, 2.0), (2.0, 3.0)])
def test_the_detail_of_a_cloud_fades(rough, smooth):
    numbers = np.random.default_rng(0).random((20, 64 * 64 - 1))
    share = []
    for fading in (rough, smooth):
        clouds = np.stack([diamond_square(row, side=64, fading=fading) for row in numbers])
        power = np.abs(np.fft.fft2(clouds - clouds.mean(axis=(1, 2), keepdims=True))) ** 2
        frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(64) * 64] * 2))
        share.append(power[:, frequency > 8].sum() / power.sum())
    assert share[1] < share[0] / 2


def test_fog_keeps_black_pictures_black_and_never_outshines_the_brightest(pictures, seeds):
    images = pictures(2, 40, 30, 3) // 2
    images[1] = 0
    foggy = fog(images, seeds(2), strength=(1.5, 1.75))
    assert not foggy[1].any()
    assert foggy[0].max() <= images[0].max()
    assert foggy[0].std() < images[0].std()


def test_a_streak_is_half_a_gaussian_along_the_wind():
    point = np.zeros((40, 40), np.float32)
    point[20, 20] = 1
    fallen = streaked(point, radius=4, spread=3.0, degrees=-90.0)
    weights = np.exp(-(np.arange(9) ** 2) / 18)
    np.testing.assert_allclose(fallen[20:29, 20], weights / weights.sum(), rtol=1e-5)
    assert np.count_nonzero(fallen) == 9


@pytest.mark.parametrize("degrees", [-135.0, -100.0, -45.0])
def test_streaks_keep_the_sum_of_what_is_plain(degrees):
    plain = np.full((17, 23), 0.5, np.float32)  # a picture smaller than its streaks
    np.testing.assert_allclose(
        streaked(plain, radius=14, spread=12.0, degrees=degrees), plain, rtol=1e-6
    )


@pytest.mark.parametrize("zoom", [1.0, 1.25, 2.25, 4.5])
def test_an_enlarged_slope_is_a_slope_from_corner_to_corner(zoom):
    slope = np.add.outer(np.arange(13.0), 2 * np.arange(17.0)).astype(np.float32)
    large = enlarged(slope, zoom)
    rows, columns = (np.linspace(0, side - 1, round(side * zoom)) for side in slope.shape)
    np.testing.assert_allclose(large, np.add.outer(rows, 2 * columns), rtol=1e-5, atol=1e-5)


def test_without_flakes_snow_only_pales(pictures):
    image = pictures(1, 20, 20, 3)[0]
    how = Snow(0.0, 0.0, 1.0, 0.5, 3, 1.0, 0.8)
    paled = image.copy()
    let_it_snow(paled, np.zeros((20, 20)), degrees=-90.0, how=how)
    luma = image @ np.array([0.299, 0.587, 0.114])
    expected = 0.8 * image + 0.2 * np.maximum(image, luma[..., None] * 1.5 + 127.5)
    assert np.abs(paled - np.minimum(expected, 255)).max() <= 1.001


def test_snow_falls_twice_the_second_time_upside_down(seeds):
    black = np.zeros((3, 64, 64, 3), np.uint8)
    for picture in snow(black, seeds(3), strength=(0.1, 0.2, 1.0, 0.5, 10, 4.0, 1.0)):
        assert picture.any()
        np.testing.assert_array_equal(picture, picture[::-1, ::-1])


@pytest.mark.parametrize("change", [fog, snow])
def test_in_one_channel_weather_is_that_of_a_colourless_picture(change, pictures, seeds):
    grey = pictures(2, 32, 45, 1)
    strength = STRENGTHS[change.__name__][32][2]
    colourless = change(grey.repeat(3, axis=3), seeds(2), strength=strength)
    apart = np.abs(colourless.astype(int) - change(grey, seeds(2), strength=strength))
    assert apart.max() <= 1


def test_mud_hides_and_water_adds(pictures, seeds):
    images = pictures(20, 64, 64, 3)
    muddy = spatter(images, seeds(20), strength=STRENGTHS["spatter"][224][4])
    hidden = (muddy == MUD).all(axis=3) & (images != MUD).any(axis=3)
    assert 0.001 < hidden.mean() < 0.5
    wet = spatter(images, seeds(20), strength=STRENGTHS["spatter"][64][2])
    assert (wet >= images).all()
    assert (wet > images).any(axis=(1, 2, 3)).all()


def test_where_nothing_spatters_the_picture_stays(pictures):
    image = pictures(1, 20, 20, 3)[0]
    untouched = image.copy()
    splash(untouched, np.zeros((20, 20)), how=Spatter(0.1, 0.1, 1.0, 0.7, 0.5, 0))
    np.testing.assert_array_equal(untouched, image)


def test_frost_draws_all_five_overlays_and_every_corner(seeds):
    black = np.zeros((200, 32, 32, 3), np.uint8)
    icy = frosted(black, seeds(200), strength=(1.0, 1.0, 1.0), overlays=overlays())
    where = set()
    for number in range(5):
        overlay = overlays().one(number, scale=1.0, height=32, width=32)
        firsts = {bytes(pixel) for pixel in overlay.reshape(-1, 3)}
        where |= {number} if any(bytes(picture[0, 0]) in firsts for picture in icy) else set()
    assert where == set(range(5))
    assert len({picture.tobytes() for picture in icy}) == 200


@pytest.mark.parametrize(
    ("scale", "sides"), [(0.2, (120, 180)), (0.3, (180, 270)), (1.0, (600, 900))]
)
def test_overlays_shrink_as_in_the_published_sets(scale, sides):
    assert overlays().one(0, scale=scale, height=32, width=32).shape == (*sides, 3)


def test_an_overlay_that_would_not_cover_the_image_is_enlarged():
    rows, columns, _ = overlays().one(1, scale=1.0, height=700, width=300).shape
    assert rows in (770, 771)  # a tenth more than it needs
    assert columns / rows == pytest.approx(560 / 315, rel=0.01)


def test_frost_without_photographs_says_how_to_get_them(tmp_path, pictures, seeds):
    nowhere = Overlays(tmp_path, tmp_path, offline=True)
    with pytest.raises(DataError, match=r"put https://raw.*frost.*FIELDMARK_DATA"):
        frosted(pictures(1, 20, 20, 3), seeds(1), strength=(1.0, 0.2, 0.2), overlays=nowhere)


def test_other_photographs_are_refused(tmp_path):
    other = tmp_path / next(iter(CHECKSUMS))
    other.write_bytes(b"not frost")
    with pytest.raises(DataError, match="is not the published overlay"):
        _decoded(other)
