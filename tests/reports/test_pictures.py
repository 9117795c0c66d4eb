"""Contact sheets."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFont

from fieldmark.records import DataError, Gallery
from fieldmark.reports import contact_sheet, figure_png
from fieldmark.reports.pictures import _broken


def pixels(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


def test_pixels_are_repeated_and_not_smoothed():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1) * 16
    sheet = pixels(contact_sheet(image, [""], scale=10, columns=1))
    enlarged = np.kron(image[0, ..., 0], np.ones((10, 10), np.uint8))
    found = [
        np.array_equal(sheet[top : top + 40, left : left + 40, 0], enlarged)
        for top in range(sheet.shape[0] - 39)
        for left in range(sheet.shape[1] - 39)
    ]
    assert sum(found) == 1


def test_colours_stay():
    red = np.zeros((1, 3, 3, 3), np.uint8)
    red[..., 0] = 250
    assert (pixels(contact_sheet(red, ["red"])) == (250, 0, 0)).all(axis=2).sum() >= 100**2


@pytest.mark.parametrize(("columns", "rows"), [(1, 6), (2, 3), (6, 1)])
def test_columns_decide_the_shape(columns, rows):
    images = np.zeros((6, 8, 8, 1), np.uint8)
    sheet = pixels(contact_sheet(images, ["x"] * 6, columns=columns))
    black = (sheet == 0).all(axis=2)
    assert black.sum() == 6 * 168**2
    assert len(np.flatnonzero(np.diff(black.any(axis=0).astype(int)) == 1)) == columns
    assert len(np.flatnonzero(np.diff(black.any(axis=1).astype(int)) == 1)) == rows


def test_long_captions_make_room():
    images = np.zeros((1, 8, 8, 1), np.uint8)
    low, high = (
        pixels(contact_sheet(images, [caption])).shape[0] for caption in ("a", "a\nb\nc\nd")
    )
    assert high == low + 3 * 20


@pytest.mark.parametrize("text", ["mnist-test+gaussian-noise@3", "w" * 60, "a few short words", ""])
def test_lines_are_broken_to_the_width_and_lose_nothing(text):
    font = ImageFont.load_default(size=15)
    lines = _broken(text, font, 100)
    assert all(font.getlength(line) <= 100 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_names_are_broken_where_they_are_joined():
    font = ImageFont.load_default(size=15)
    assert _broken("mnist-test+fog@3", font, 90) == ["mnist-test", "+fog@3"]


def test_nothing_to_show_is_refused():
    with pytest.raises(DataError, match="needs at least one image"):
        contact_sheet(np.zeros((0, 8, 8, 1), np.uint8), [])
    with pytest.raises(DataError, match="2 images but 1 captions"):
        contact_sheet(np.zeros((2, 8, 8, 1), np.uint8), ["one"])
    with pytest.raises(DataError, match="the gallery 'None' has no pictures"):
        figure_png(Gallery("None", "rule", ()))
