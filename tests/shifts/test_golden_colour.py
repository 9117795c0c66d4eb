"""Pictures in colour, of the weather and the light: these fingerprints may never change either."""

import pytest

from fieldmark.records import fingerprint
from tests.shifts.made import made

GOLDEN: dict[str, tuple[str, ...]] = {
    "brightness": (
        "3042d4890cdf2599",
        "7acc8f485e34098f",
        "ce0d716bce15908f",
        "90279b3bdee5fa3b",
        "90279b3bdee5fa3b",
    ),
    "contrast": (
        "ae7863042c9dc3bb",
        "26170e3993fbca2d",
        "632fc99eac4f0563",
        "2cce8cc11912bc68",
        "f6a675262cf2a7fb",
    ),
    "fog": (
        "12d97b0f502fbade",
        "0c5c7e58ee144010",
        "4a69ae9a1802f586",
        "13b671d5e204cb75",
        "f828bea0e94bdad4",
    ),
    "frost": (
        "08c46c0058a1ba5b",
        "f6d68d87d3ca0a4f",
        "9426065898634329",
        "9dfd15c2a663c30b",
        "8a7ff706caaf2029",
    ),
    "saturate": (
        "fb55ed5ef663cdb3",
        "c399edc9d0b522fe",
        "e248df73c1b4790f",
        "e248df73c1b4790f",
        "e248df73c1b4790f",
    ),
    "snow": (
        "5d855c937c6cfaf5",
        "b909099bf084bd43",
        "03d4cb03c79d1522",
        "539eab979c7d3b40",
        "a7d80d0402ea0e5e",
    ),
    "spatter": (
        "62c3c99c7208aff9",
        "51491deca2b82641",
        "de0a891b73d836a9",
        "6854eea00826a7d2",
        "0761faf5c4395d7a",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_pictures_in_colour_are_what_they_have_always_been(name, pictures, seeds):
    images = pictures(3, 70, 50, 3)
    found = (fingerprint(made(name, level).apply(images, seeds(3))) for level in range(1, 6))
    assert tuple(found) == GOLDEN[name]
