"""JPEG files are decoded faster than Pillow does it, to the same grey levels, and no others."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from fieldmark.datasets.pictures import decoded, decoding
from fieldmark.records import DataError, Framing
from tests.datasets.pictures.test_decoding import encoded, noise


def blurred(*shape, seed=0):
    """Levels like those of a photo: neighbours are alike."""
    return Image.fromarray(noise(*shape, seed=seed)).filter(ImageFilter.GaussianBlur(2))


def whole(data, channels=3):
    """All that Pillow makes of it, or None where it refuses it."""
    try:
        image = Image.open(BytesIO(data), formats=("JPEG",))
        return np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except Exception:
        return None


def ours(data, height, width, channels=3):
    """The same by us, None where we refuse it."""
    try:
        found = decoded(data, file="x", framing=Framing(height, width, channels))
    except DataError:
        return None
    return found[..., 0] if channels == 1 else found


@pytest.fixture
def quick(monkeypatch):
    """How many files the quick decoder took."""
    taken = []

    def watched(data, image):
        found = decode(data, image)
        taken.append(found is not None)
        return found

    decode = decoding._jpeg
    monkeypatch.setattr(decoding, "_jpeg", watched)
    return taken


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.integers(1, 100),
    st.sampled_from(["4:4:4", "4:2:2", "4:2:0", "4:1:1"]),
    st.booleans(),
    st.sampled_from([0, 1, 3]),
    st.sampled_from([1, 3]),
)
def test_every_kind_of_jpeg_gives_the_levels_that_pillow_gives(
    size, quality, subsampling, progressive, restart, channels
):
    options = {"progressive": progressive, "restart_marker_rows": restart}
    for image in (blurred(*size, 3), blurred(*size)):
        kind = options if image.mode == "L" else {**options, "subsampling": subsampling}
        data = encoded(image, "JPEG", quality=quality, **kind)
        assert (ours(data, *size, channels) == whole(data, channels)).all()


def test_ordinary_files_take_the_quick_way(quick):
    for image in (blurred(40, 50, 3), blurred(40, 50)):
        ours(encoded(image, "JPEG"), 40, 50)
    assert quick == [True, True]


@pytest.mark.parametrize("inverted", [False, True])
def test_four_inks_are_for_pillow(quick, inverted):
    data = encoded(Image.fromarray(noise(20, 30, 4), "CMYK"), "JPEG")
    if inverted:  # as Photoshop writes it: an Adobe marker that says YCCK
        at = data.index(b"Adobe")
        data = data[: at + 11] + b"\x02" + data[at + 12 :]
    assert (ours(data, 20, 30) == whole(data)).all()
    assert quick == [False]


def test_red_green_and_blue_that_say_so_are_not_converted(quick):
    data = encoded(blurred(20, 30, 3), "JPEG", keep_rgb=True)
    assert (ours(data, 20, 30) == whole(data)).all()
    assert quick == [True]


def test_colour_profiles_are_left_alone(quick):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain, marked = (
        encoded(blurred(20, 30, 3), "JPEG", **kind) for kind in ({}, {"icc_profile": profile})
    )
    assert (ours(plain, 20, 30) == ours(marked, 20, 30)).all()
    assert quick == [True, True]


def test_of_several_pictures_the_first_is_shown(quick):
    stream = BytesIO()
    first, second = blurred(20, 30, 3), blurred(20, 30, 3, seed=1)
    first.save(stream, "MPO", save_all=True, append_images=[second])
    assert (ours(stream.getvalue(), 20, 30) == whole(encoded(first, "JPEG"))).all()
    assert quick == [True]


def test_what_only_makes_decoders_complain_is_shown_as_pillow_shows_it(quick):
    data = encoded(blurred(40, 30, 3), "JPEG", restart_marker_rows=1)
    assert (ours(data + b"after the end", 40, 30) == whole(data)).all()
    odd = data.replace(b"\xff\xd0", b"\xff\xd3", 1)
    assert odd != data
    assert (ours(odd, 40, 30) == whole(odd)).all()
    assert quick == [True, False]


@given(st.booleans(), st.data())
def test_a_damaged_file_is_refused_where_pillow_refuses_it(progressive, data):
    good = bytearray(encoded(blurred(24, 24, 3), "JPEG", progressive=progressive))
    for place in data.draw(st.lists(st.integers(2, len(good) - 1), max_size=3)):
        good[place] = data.draw(st.integers(0, 255))
    bad = bytes(good[: data.draw(st.integers(len(good) // 2, len(good)))])
    expected = whole(bad)
    if expected is None:
        assert ours(bad, 24, 24) is None
    else:
        assert (ours(bad, *expected.shape[:2]) == expected).all()


def test_a_file_cut_short_is_an_error_at_every_length():
    data = encoded(blurred(40, 40, 3), "JPEG", quality=90)
    for length in range(0, len(data) - 2, 37):
        assert ours(data[:length], 40, 40) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photos_take_the_quick_way_too(quick, orientation):
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(blurred(20, 33, 3), "JPEG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))))
    assert (ours(data, *upright.shape[:2]) == upright).all()
    assert quick == [True]
