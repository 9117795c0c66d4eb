"""Picture files become the grey levels that Pillow, carefully used, would give."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from fieldmark.datasets.pictures import decoded, outline
from fieldmark.records import DataError, Framing, generator


def encoded(image, form="PNG", **options):
    stream = BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def noise(*shape, seed=0):
    return generator(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_lossless_formats_give_back_what_was_written(form, shape):
    levels = noise(*shape)
    data = encoded(Image.fromarray(levels), form)
    channels = 1 if len(shape) == 2 else 3
    assert outline(data, file="x") == outline(encoded(Image.fromarray(levels)), file="x")
    assert outline(data, file="x").size == (5, 7)
    assert (decoded(data, file="x", framing=Framing(5, 7, channels)).squeeze() == levels).all()


def test_webp_and_jpeg_are_read():
    flat = Image.new("RGB", (16, 16), (200, 100, 50))
    for form in ("WEBP", "JPEG"):
        middle = decoded(encoded(flat, form, quality=95), file="x", framing=Framing(16, 16))[8, 8]
        assert np.abs(middle.astype(int) - (200, 100, 50)).max() < 8


def test_gif_shows_its_first_frame():
    frames = [Image.new("L", (4, 4), level) for level in (10, 250)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert outline(data, file="x").grey
    assert (decoded(data, file="x", framing=Framing(4, 4, 1)) == 10).all()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(form, orientation):
    image = Image.fromarray(np.kron(noise(2, 3), np.ones((8, 8), np.uint8))).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(image, form, exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB"))
    assert outline(data, file="x").size == expected.shape[:2]
    assert (decoded(data, file="x", framing=Framing(*expected.shape)) == expected).all()


@pytest.mark.filterwarnings("ignore")
@given(st.data())
def test_what_is_garbled_beside_a_picture_does_not_break_it(data):
    exif = Image.Exif()
    exif[0x0112] = 3
    raw = bytearray(exif.tobytes())
    for place in data.draw(st.lists(st.integers(6, len(raw) - 1), min_size=1, max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    raw = bytes(raw[: data.draw(st.integers(6, len(raw)))])
    levels = noise(8, 8)
    levels[:] = levels[0, 0]  # flat, so that any turn shows the same
    plain = decoded(encoded(Image.fromarray(levels), "JPEG"), file="x", framing=Framing(8, 8))
    shown = decoded(
        encoded(Image.fromarray(levels), "JPEG", exif=raw), file="x", framing=Framing(8, 8)
    )
    assert (shown == plain).all()


def test_what_is_transparent_is_white():
    levels = np.zeros((2, 2, 4), np.uint8)
    levels[0, 0] = (10, 20, 30, 255)
    levels[0, 1] = (0, 0, 0, 128)
    shown = decoded(encoded(Image.fromarray(levels, "RGBA")), file="x", framing=Framing(2, 2, 3))
    assert shown[0, 0].tolist() == [10, 20, 30]
    assert shown[0, 1].tolist() == [127, 127, 127]
    assert shown[1].min() == 255


def test_transparent_grey_and_palette_are_white_too():
    grey = Image.fromarray(np.array([[[7, 255], [7, 0]]], np.uint8), "LA")
    assert decoded(encoded(grey), file="x", framing=Framing(1, 2, 1)).ravel().tolist() == [7, 255]
    palette = Image.new("P", (2, 1))
    palette.putpalette([9, 9, 9, 0, 0, 0])
    palette.putpixel((1, 0), 1)
    data = encoded(palette, transparency=1)
    assert outline(data, file="x").grey
    assert decoded(data, file="x", framing=Framing(1, 2, 1)).ravel().tolist() == [9, 255]


def test_grey_is_told_from_colour():
    assert outline(encoded(Image.new("1", (2, 2))), file="x").grey
    assert not outline(encoded(Image.new("RGB", (2, 2))), file="x").grey
    colours = Image.new("P", (2, 2))
    colours.putpalette([1, 2, 3])
    assert not outline(encoded(colours), file="x").grey


def test_bmp_of_16_bits_per_pixel_is_no_deep_picture():
    pixels = np.array([[0xF800, 0x07E0]], "<u2").tobytes()  # red and green, 5-6-5
    masks = np.array([0xF800, 0x07E0, 0x001F], "<u4").tobytes()
    head = np.array([40, 2, 1, 1 | 16 << 16, 3, 4, 0, 0, 0, 0], "<u4").tobytes()
    whole = b"BM" + np.array([70, 0, 66], "<u4").tobytes() + head + masks + pixels
    assert decoded(whole, file="x", framing=Framing(1, 2, 3)).tolist() == [
        [[255, 0, 0], [0, 255, 0]]
    ]


def deep_colour_png():
    """A PNG of 16 bits per channel, which Pillow reads but does not write."""
    from struct import pack
    from zlib import compress, crc32

    def chunk(kind, body):
        return pack(">I", len(body)) + kind + body + pack(">I", crc32(kind + body))

    header = chunk(b"IHDR", pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(bytes(7))) + chunk(b"IEND", b"")


DEEP = {
    "grey png": encoded(Image.fromarray(np.full((2, 2), 4000, np.uint16))),
    "grey tiff": encoded(Image.fromarray(np.full((2, 2), 4000, np.uint16)), "TIFF"),
    "float tiff": encoded(Image.fromarray(np.full((2, 2), 0.5, np.float32)), "TIFF"),
    "colour png": deep_colour_png(),
}


@pytest.mark.parametrize("kind", DEEP)
def test_more_than_8_bits_are_refused(kind):
    with pytest.raises(DataError, match=r"cat/1 has more than 8 bits per channel; convert it firs"):
        outline(DEEP[kind], file="cat/1")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cat/1 is empty; replace it or remove it"),
        (b"not a picture at all", "cat/1 is named like a picture but is none"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "cat/1 is named like a picture but is none"),
        (b"\x89PNG\r\n\x1a\n\0\0", "cat/1 is named like a picture but is none|cut short"),
        (
            b"P5 20000 20000 255\n",
            "cat/1 has more than 89,478,485 pixels; scale it down or remove it",
        ),
        (b"P5 10000 10000 255\n", "cat/1 has more than 89,478,485 pixels"),
    ],
)
def test_no_picture_is_told_at_once(data, message):
    with pytest.raises(DataError, match=message):
        outline(data, file="cat/1")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
def test_a_picture_cut_short_is_refused(form):
    data = encoded(Image.fromarray(noise(40, 40, 3)), form)
    with pytest.raises(DataError, match=r"cat/1 is (damaged or cut short|named like)"):
        decoded(data[: len(data) // 2], file="cat/1", framing=Framing(40, 40, 3))


@pytest.mark.filterwarnings("ignore")  # decoders also warn about damaged bytes
@given(st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM"]), st.data())
def test_damaged_bytes_give_a_picture_or_one_clear_error(form, data):
    whole = bytearray(encoded(Image.fromarray(noise(9, 9, 3)), form))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    try:
        sight = outline(bytes(whole), file="cat/1")
        shown = decoded(bytes(whole), file="cat/1", framing=Framing(9, 9, 3))
    except DataError as error:
        assert str(error).startswith("cat/1 ")
        assert "\n" not in str(error)
    else:
        assert min(sight.size) >= 1
        assert shown.shape == (9, 9, 3)
