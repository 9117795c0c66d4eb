"""The pictures that kept predictions were made from: these fingerprints may never change.

A change here means that every kept cell of that shift was made from other pictures. Give the shift
a new setting, so that stores notice, before you change a fingerprint.
"""

import pytest

from fieldmark.records import fingerprint
from fieldmark.shifts import SHIFTS, shift

GOLDEN: dict[str, tuple[str, ...]] = {
    "brightness": (
        "fb9f96651fdf1196",
        "ad9d31b1ebb6f85f",
        "03e2e01960ad2ce1",
        "0a72df9978268a47",
        "657dde1e5121bf1c",
    ),
    "contrast": (
        "fbda5ce32a7a0b6d",
        "d5f4c98c91ccfdcb",
        "1bc26a5490973a2f",
        "538fc2ddd05336b7",
        "1b30d60fb6776e4c",
    ),
    "gaussian-blur": (
        "a22b5097beafa3da",
        "4149163753375e78",
        "4e3076e17b7d954f",
        "95f7664036eab82c",
        "5571e27d55d1e9d4",
    ),
    "gaussian-noise": (
        "8d0ad2e598078cd8",
        "c904d3494568926f",
        "8cd8f40ef2bc8122",
        "464c30a5c868dfb8",
        "f7db674b7dbcb45f",
    ),
    "impulse-noise": (
        "6e0aab046bf24874",
        "daad32c0af28a14a",
        "74547deb376148a1",
        "0b301d6005039fb6",
        "f3a4998dd1b542a2",
    ),
    "pixelate": (
        "8d9e174cf73b46a7",
        "87894bbcd2809af4",
        "ac96e7ffa9863c27",
        "3a62d8353562ff27",
        "210d5887b6e2aec1",
    ),
    "rotation": (
        "962259e2f0461b00",
        "7e8a1d9eca1a11e4",
        "e217c9686d013e06",
        "c0dc3887380afdb2",
        "180600a76a735a83",
    ),
    "translation": (
        "08f4d8f1466782ea",
        "dc0f4c7827508745",
        "b2b3bf73c63290b7",
        "7247536de6ee2b38",
        "d7852330d36153bb",
    ),
}

ORIGIN = ("43844c9bfa43467f", "0b97d245ce0f351f")


@pytest.mark.parametrize("name", SHIFTS)
def test_pictures_are_what_they_have_always_been(name, pictures, seeds):
    images = pictures(3, 28, 28, 1)
    made = (fingerprint(shift(name, level).apply(images, seeds(3))) for level in range(1, 6))
    assert tuple(made) == GOLDEN[name]


def test_the_pictures_they_are_made_from_are_what_they_have_always_been(pictures, seeds):
    assert (fingerprint(pictures(3, 28, 28, 1)), fingerprint(seeds(3))) == ORIGIN
