"""What blurs do to pictures whose outcome is known: plain ones, points, and those of no motion."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from fieldmark.shifts import elastic, lens, motion, shift
from fieldmark.shifts.glass import Glass, offsets, through_glass
from fieldmark.shifts.published import STRENGTHS

BLURS = [
    "defocus-blur",
    "elastic-in-place",
    "elastic-transform",
    "gaussian-blur",
    "glass-blur",
    "motion-blur",
    "zoom-blur",
]
NO_SEEDS = np.zeros(1, np.uint64)
LENSES = sorted({one for row in STRENGTHS["defocus-blur"].values() for one in row})


@pytest.mark.parametrize("severity", [1, 3, 5])
@pytest.mark.parametrize("size", [(28, 40), (64, 64), (130, 121)])
@pytest.mark.parametrize("name", BLURS)
def test_a_plain_picture_stays_plain(name, size, severity, seeds):
    if name == "defocus-blur" and max(size) > 100 and severity == 5:
        pytest.skip("the published kernel brightens")
    plain = np.empty((4, *size, 3), np.uint8)
    plain[:] = np.array([[0, 255, 1], [254, 127, 3], [77, 78, 79], [200, 100, 50]])[:, None, None]
    blurred = shift(name, severity).apply(plain, seeds(4))
    lost = 2 if name == "glass-blur" else 0  # cut off twice at the last bit, as it was published
    assert ((plain - blurred) <= lost).all()


@pytest.mark.parametrize("severity", [1, 5])
@pytest.mark.parametrize("name", BLURS)
def test_grey_is_colour_of_equal_channels(name, severity, pictures, seeds):
    grey = pictures(2, 40, 33, 1)
    one = shift(name, severity)
    colourless = one.apply(grey.repeat(3, axis=3), seeds(2))
    np.testing.assert_array_equal(colourless, one.apply(grey, seeds(2)).repeat(3, axis=3))


@pytest.mark.parametrize("name", [*BLURS, "pixelate", "jpeg-compression"])
def test_pictures_that_lie_in_memory_in_another_way_make_no_difference(name, pictures, seeds):
    images = pictures(2, 34, 40, 3)
    turned = np.asfortranarray(images)
    part = np.zeros((4, 34, 80, 3), np.uint8)[::2, :, ::2]
    part[:] = images
    for same in (turned, part):
        same.setflags(write=False)
        ours = shift(name, 5).apply(same, seeds(2))
        np.testing.assert_array_equal(ours, shift(name, 5).apply(images, seeds(2)))


@pytest.mark.parametrize(("radius", "softness"), LENSES)
def test_the_kernel_of_a_lens_is_a_disk_softened_in_a_small_array(radius, softness):
    away = np.arange(-max(8, int(radius)), max(8, int(radius)) + 1)
    disk = (away[:, None] ** 2 + away**2 <= radius**2).astype(np.float32)
    wide = (3, 3) if radius <= 8 else (5, 5)
    expected = cv2.GaussianBlur(disk / disk.sum(), wide, sigmaX=softness)
    found = lens.kernel(radius, softness)
    small, large = sorted((found, expected), key=len)
    small = np.pad(small, (len(large) - len(small)) // 2)
    np.testing.assert_allclose(small, large, atol=2e-8)


@pytest.mark.parametrize(("radius", "softness"), LENSES)
def test_out_of_focus_a_point_is_the_kernel(radius, softness):
    point = np.zeros((1, 61, 57, 1), np.uint8)
    point[0, 30, 28] = 255
    kernel = lens.kernel(radius, softness)
    expected, reach = np.zeros((61, 57)), len(kernel) // 2
    expected[30 - reach : 31 + reach, 28 - reach : 29 + reach] = kernel
    seen = lens.defocus_blur(point, NO_SEEDS, strength=(radius, softness))[0, :, :, 0]
    np.testing.assert_allclose(seen, np.floor(expected * 255 + 1e-4), atol=0)


def test_the_published_lens_brightens_at_severities_four_and_five():
    sums = [lens.kernel(*one).sum() for one in STRENGTHS["defocus-blur"][224]]
    np.testing.assert_allclose(sums, [1, 1, 1, 1.012976, 1.010786], atol=1e-6)


@given(degrees=st.floats(-180, 180), radius=st.integers(1, 20), spread=st.floats(0.5, 15))
def test_a_moving_camera_draws_a_point_into_a_fading_line(degrees, radius, spread):
    steps = motion.streak(radius, spread, degrees)
    assert steps.weights.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(steps.weights) <= 0).all()
    assert (steps.down[0], steps.right[0]) == (0, 0)
    angle = np.radians(degrees)
    away = np.arange(2 * radius + 1)
    assert np.abs(steps.right - away * np.cos(angle)).max() <= 0.5 + 1e-9
    assert np.abs(steps.down - away * np.sin(angle)).max() <= 0.5 + 1e-9
    point = np.zeros((90, 90, 1), np.uint8)
    point[45, 45] = 255
    moved = motion.moved(point, radius=radius, spread=spread, degrees=degrees)[:, :, 0]
    expected = np.zeros((90, 90))
    np.add.at(expected, (45 - steps.down, 45 - steps.right), steps.weights.astype(float))
    assert np.abs(moved - np.floor(expected * 255 + 2.0**-12)).max() <= 1


def test_a_step_beyond_the_edge_meets_the_pixel_at_the_edge(pictures):
    image = pictures(1, 16, 17, 3)[0]
    moved = motion.moved(image, radius=12, spread=6.0, degrees=30.0)
    steps = motion.streak(12, 6.0, 30.0)
    rows = np.clip(np.arange(16) + steps.down[:, None], 0, 15)
    columns = np.clip(np.arange(17) + steps.right[:, None], 0, 16)
    expected = sum(
        weight * image[row][:, column].astype(float)
        for row, column, weight in zip(rows, columns, steps.weights, strict=True)
    )
    assert np.abs(moved - np.floor(expected + 2.0**-12)).max() <= 1
    assert (moved == np.floor(expected)).mean() > 0.99


def test_an_enlargement_by_one_alone_is_the_picture_itself(pictures):
    images = pictures(2, 20, 31, 3)
    near = motion.zoom_blur(images, np.zeros(2, np.uint64), strength=(1.005, 0.01))
    np.testing.assert_array_equal(near, images)


def test_a_slope_seen_while_drawing_near_is_a_gentler_slope():
    slope = np.broadcast_to(np.arange(0, 240, 4, dtype=np.uint8)[:, None, None], (60, 60, 1))
    zooms = np.arange(1, 1.31, 0.03)
    near = motion.zoom_blur(slope[None], NO_SEEDS, strength=(1.31, 0.03))[0, :, 30, 0]
    total = np.arange(60) * 4.0
    for zoom in zooms:
        tall = int(np.ceil(60 / zoom))
        places = np.arange(60) * (tall - 1) / (round(tall * zoom) - 1)
        total += 4 * ((60 - tall) // 2 + places)
    assert np.abs(near - np.floor(total / (len(zooms) + 1) + 1e-4)).max() <= 1


@given(seed=st.integers(0, 2**64 - 1), reach=st.integers(1, 4), times=st.integers(1, 3))
def test_glass_without_blur_only_puts_pixels_elsewhere(seed, reach, times):
    image = np.arange(20 * 24, dtype=np.uint16).view(np.uint8).reshape(20, 24, 2)
    image = np.concatenate([image, image[:, :, :1]], axis=2)
    pane = Glass(0.05, reach, times)
    seen = through_glass(image, offsets(seed, 20, 24, pane), pane=pane)
    colours = {bytes(pixel) for pixel in image.reshape(-1, 3)}
    assert {bytes(pixel) for pixel in seen.reshape(-1, 3)} <= colours
    np.testing.assert_array_equal(seen[: reach + 1], image[: reach + 1])
    np.testing.assert_array_equal(seen[:, 24 - reach + 1 :], image[:, 24 - reach + 1 :])


def test_glass_copies_instead_of_swapping():
    image = np.zeros((16, 16, 1), np.uint8)
    image[4, 4] = 200
    pane = Glass(0.05, 1, 1)
    places = np.zeros((1, 14, 14, 2), np.int8)
    places[0, 15 - 5, 15 - 5] = (-1, -1)  # the pixel at (5, 5) takes the one at (4, 4)
    seen = through_glass(image, places, pane=pane)
    assert np.argwhere(seen[:, :, 0]).tolist() == [[4, 4], [5, 5]]


def test_offsets_are_even_and_independent():
    places = offsets(5, 224, 224, Glass(1.1, 3, 2)).reshape(-1, 2)
    counts = np.unique(places, return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts / places.size - 1 / 6).max() < 0.005  # standard error 0.0009
    assert abs(np.corrcoef(places.T.astype(float))[0, 1]) < 0.015
    assert abs(np.corrcoef(places[:-1, 0], places[1:, 0])[0, 1]) < 0.015


@pytest.mark.parametrize("sigma", [0.0, 0.3, 2.44, 19.5, 170.8])
def test_pulls_are_smoothed_as_scipy_does_it(sigma):
    field = np.random.default_rng(1).uniform(-1, 1, (40, 57))
    expected = gaussian_filter(field, (sigma, sigma / 2), mode="reflect", truncate=3)
    found = elastic.smoothed(field, (sigma, sigma / 2))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_sheet_that_nobody_pulls_keeps_its_picture(pictures):
    image, still = pictures(1, 30, 41, 3)[0], np.zeros((30, 41), np.float32)
    pulls = elastic.Pulls(np.zeros((3, 2)), still, still)
    for amplitude in (0.0, 5.0):
        kept = elastic.pulled(image, pulls, amplitude=amplitude, sigma=2.0)
        np.testing.assert_array_equal(kept, image)
    np.testing.assert_array_equal(elastic.pulled_in_place(image, still, still, strength=9.0), image)


def test_a_sheet_whose_corners_go_together_moves_as_a_whole(pictures):
    image, still = pictures(1, 30, 41, 1)[0], np.zeros((30, 41), np.float32)
    pulls = elastic.Pulls(np.array([[3.0, -2.0]] * 3), still, still)
    moved = elastic.pulled(image, pulls, amplitude=1.0, sigma=1.0)
    np.testing.assert_allclose(moved[:-2, 3:], image[2:, :-3], atol=1)
    np.testing.assert_allclose(moved[:-2, 0], image[2:, 3], atol=1)  # mirrored at the first pixel


def test_a_pull_to_the_side_is_a_look_aside(pictures):
    image, still = pictures(1, 30, 41, 1)[0], np.zeros((30, 41), np.float32)
    pulls = elastic.Pulls(np.zeros((3, 2)), still + np.float32(0.5), still - np.float32(0.25))
    pulled = elastic.pulled(image, pulls, amplitude=4.0, sigma=3.0)  # 2 right, 1 up
    np.testing.assert_allclose(pulled[1:, :-2], image[:-1, 2:], atol=1)
    np.testing.assert_allclose(pulled[0, :-2], image[0, 2:], atol=1)  # its own mirror image
    np.testing.assert_allclose(pulled[1:, -1], image[:-1, -2], atol=1)
