import pytest

from fieldmark.shifts.published import SIZES, STRENGTHS, nearest_size


@pytest.mark.parametrize(
    ("height", "width", "size"),
    [(16, 16, 32), (28, 28, 32), (45, 99, 32), (46, 46, 64), (119, 200, 64), (120, 120, 224)],
)
def test_an_image_gets_the_constants_of_the_nearest_published_size(height, width, size):
    assert nearest_size(height, width) == size


@pytest.mark.parametrize("name", STRENGTHS)
def test_every_corruption_has_five_strengths_that_grow_at_every_size(name):
    assert tuple(STRENGTHS[name]) == SIZES
    weaker_is_larger = name in ("contrast", "pixelate")  # these are shares that are kept
    for strengths in STRENGTHS[name].values():
        assert len(set(strengths)) == 5
        assert list(strengths) == sorted(strengths, reverse=weaker_is_larger)
