import pytest

from fieldmark.shifts.published import SIZES, STRENGTHS, nearest_size

WEAKER_IS_LARGER = ("contrast", "pixelate", "shot-noise", "jpeg-compression")
"""What is kept, or counted, or a quality."""


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(16, 16, 32), (28, 28, 32), (45, 99, 32), (46, 46, 64), (119, 200, 64), (120, 120, 224)],
)
def test_an_image_gets_the_constants_of_the_nearest_published_size(height, width, size):
    assert nearest_size(height, width) == size


@pytest.mark.parametrize("name", STRENGTHS)
def test_every_corruption_has_five_strengths_at_every_size_and_single_numbers_grow(name):
    assert tuple(STRENGTHS[name]) == SIZES
    weaker_is_larger = name in WEAKER_IS_LARGER
    for strengths in STRENGTHS[name].values():
        assert len(set(strengths)) == 5
        if not isinstance(strengths[0], tuple):
            assert list(strengths) == sorted(strengths, reverse=weaker_is_larger)
        assert len({len(one) for one in strengths if isinstance(one, tuple)}) <= 1
