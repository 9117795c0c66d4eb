"""The pictures that kept predictions were made from: these fingerprints may never change.

A change here means that every kept cell of that shift was made from other pictures. Give the shift
a new setting, so that stores notice, before you change a fingerprint. On another processor, or with
another release of OpenCV, Pillow, SciPy or a codec, some may differ by a grey level: docs/shifts.md
says which and why.
"""

import pytest

from fieldmark.records import fingerprint
from fieldmark.shifts import LEVELS
from fieldmark.shifts.psychophysics import DISTORTIONS
from tests.shifts.made import made

GOLDEN: dict[str, tuple[str, ...]] = {
    "bit-depth": (
        "15d0a025ba3ae7dc",
        "5bd7dd5522455468",
        "4a5307b8dff3ee5f",
        "e6712c2100398a6d",
        "6e69cd22f9dfa2a8",
    ),
    "brightness": (
        "fb9f96651fdf1196",
        "ad9d31b1ebb6f85f",
        "03e2e01960ad2ce1",
        "0a72df9978268a47",
        "657dde1e5121bf1c",
    ),
    "centre-crop": (
        "810949f27ffb1c15",
        "adc000bb8ece0544",
        "0e145121ad75e5ea",
        "c613f13c710bad92",
        "e56b68a317ad28dd",
    ),
    "chroma-subsampling": (
        "43844c9bfa43467f",
        "43844c9bfa43467f",
        "43844c9bfa43467f",
        "43844c9bfa43467f",
    ),
    "contrast": (
        "fbda5ce32a7a0b6d",
        "d5f4c98c91ccfdcb",
        "1bc26a5490973a2f",
        "538fc2ddd05336b7",
        "1b30d60fb6776e4c",
    ),
    "defocus-blur": (
        "ba1e99d41dea0a0c",
        "599b1c7c9612f896",
        "99bebdc3b3034a21",
        "d34b4ee482c3a6e7",
        "4b8919217d7677b3",
    ),
    "elastic-in-place": (
        "a86dfa85387f6eb3",
        "b212300bd0418884",
        "83c848650f57a9f3",
        "6a3ef2c24de8ac97",
        "e02b1ae2b9ba0e30",
    ),
    "elastic-transform": (
        "c584757136155b4e",
        "f954ec11b5f4f77c",
        "746b62216eca0fc8",
        "2f4a3531f40dcaf7",
        "418efcc5859dba27",
    ),
    "flip": (
        "154c2b34c326f6b1",
        "04d7cbdffa063186",
        "f60a8b2883579b9e",
    ),
    "fog": (
        "ab1b1f90e4ff8c7d",
        "d83fae884ae460f5",
        "7054eb136c958362",
        "8bfc4abc5aa30367",
        "8c4a8cde100ac122",
    ),
    "frost": (
        "eca92ca977c4dd3b",
        "672e12d09c7f64bd",
        "c5bdd7c8cc5a1b59",
        "27044e7832101a52",
        "52675582c9de4931",
    ),
    "gamma-dark": (
        "70732ca4dfb2ebad",
        "ab4bb39fd858507d",
        "1f9fb68bf8e353bd",
        "bcdfcff07579abbb",
        "1106508562b0d4d2",
    ),
    "gamma-light": (
        "da7512ca0fc8d730",
        "d9ec1f9108b20201",
        "4b3d6096fedbfc42",
        "2c497c83d7b44b00",
        "ba0d1b3ddd3b52b9",
    ),
    "gaussian-blur": (
        "a22b5097beafa3da",
        "4149163753375e78",
        "4e3076e17b7d954f",
        "95f7664036eab82c",
        "5571e27d55d1e9d4",
    ),
    "gaussian-noise": (
        "5241b7039f8fd2c1",
        "e874d6352ab922b9",
        "bf1e037cee4ec595",
        "d765104759819bfd",
        "64f8684f494e49e3",
    ),
    "glass-blur": (
        "a7396716acfca86f",
        "3edbb7b347e72486",
        "c38786b2156a71dd",
        "8a921fe7f15e18d2",
        "6725dd53cd53aa43",
    ),
    "hsv-round-trip": (
        "43844c9bfa43467f",
        "22e2f057bc8b74da",
        "3e4cdffbe953039e",
        "ff2c1e2de8e2603c",
        "43f893ae31184ef1",
    ),
    "impulse-noise": (
        "231c7a8b25a5c95d",
        "8b075fb32b5ed71a",
        "caef5d304fce9dd9",
        "563f1b622651a450",
        "993495d0ce1addff",
    ),
    "jpeg-compression": (
        "2c9b46bb20237601",
        "e401e85c05fb34b7",
        "642a550894c3012d",
        "afdcc130f079fe4a",
        "659e9f396d6cfbb3",
    ),
    "jpeg-recoding": (
        "1a6dc7fd2486cfe6",
        "05e62c4cc6b9c060",
        "40e50aab93321751",
        "e4056b709951ba7c",
        "659e9f396d6cfbb3",
    ),
    "lab-round-trip": (
        "904406ce3efa2003",
        "62e1a3aa3a0c582d",
        "55ce08572bede2c7",
        "0db70b3c79481031",
        "7e8781b3cc42a9ce",
    ),
    "motion-blur": (
        "567baf02235a0e0a",
        "0171d214d752f22f",
        "3d9744b5fb6bd6ef",
        "3d9744b5fb6bd6ef",
        "928e0813943b4385",
    ),
    "pixelate": (
        "8d9e174cf73b46a7",
        "87894bbcd2809af4",
        "ac96e7ffa9863c27",
        "3a62d8353562ff27",
        "210d5887b6e2aec1",
    ),
    "resize-bicubic": (
        "b3a92813db07d31c",
        "229cf451b6bbfbe0",
        "260826a17501ce9f",
        "d7f5ca3fc7557c01",
        "806438ca971aa1c8",
    ),
    "resize-bicubic-aliased": (
        "291ec70af61f7d23",
        "b3cdfdd6a44af305",
        "201a0b9d642f439b",
        "b2e976f013badba2",
        "7c3da8e915a61b67",
    ),
    "resize-bilinear": (
        "ecb37733f31b2cc8",
        "e4a770d0e7fc21f8",
        "7c98b2e768c2e0e0",
        "b9b6987c5f96a1e4",
        "13c94735a08d1581",
    ),
    "resize-bilinear-aliased": (
        "ccc179d7173ba6ff",
        "ffee62f4c0bed904",
        "0de50301b8b8edd1",
        "6cdbbe56bb93d0bd",
        "678e722301bb1ec8",
    ),
    "resize-lanczos": (
        "b6fbaa86313806e0",
        "e1621b37dfd99e47",
        "86459c808ddc97bf",
        "5b98329116e87f1b",
        "afbbcca9f654a394",
    ),
    "resize-nearest": (
        "8bb565ead0ba30ad",
        "1774d17243599fda",
        "40c86d2209eb09e9",
        "4d8d3f10bc6031ce",
        "d8d5cd81d1625b71",
    ),
    "resize-opencv-area": (
        "9d1484e6b62d1c65",
        "e5ddc7e93341836b",
        "b1da6b6bc1d9f09a",
        "37a43e8cdd66b9f9",
        "f3bfd161ef11c927",
    ),
    "resize-opencv-cubic": (
        "553451f7e4cf7466",
        "88ab5828d9dfd028",
        "593c6dc1f73982f4",
        "eb4c00ea113fdedc",
        "8c3bcceda8a0600a",
    ),
    "resize-opencv-lanczos": (
        "448e6f2d2e3dcfbe",
        "77e3ec32d4b2d86d",
        "3b4dd6dd588809fc",
        "342c7d220c493be4",
        "1e032a2e2d465e42",
    ),
    "resize-opencv-linear": (
        "0ebd4f6e8fce0619",
        "ae95844a67d5d64b",
        "8e0ed9f658d790a7",
        "0017f40f0fa1b837",
        "92352e833b2ec726",
    ),
    "resize-opencv-nearest": (
        "99f98b7a084a2681",
        "b676728ba26acc91",
        "7c2e5672d3bb68bb",
        "dca19cd8fad7ada9",
        "326d54b148d195b4",
    ),
    "rotation": (
        "962259e2f0461b00",
        "7e8a1d9eca1a11e4",
        "e217c9686d013e06",
        "c0dc3887380afdb2",
        "180600a76a735a83",
    ),
    "saturate": (
        "43844c9bfa43467f",
        "43844c9bfa43467f",
        "43844c9bfa43467f",
        "43844c9bfa43467f",
        "43844c9bfa43467f",
    ),
    "scale": (
        "6bfd0d54bdd73663",
        "2732cebb8dd0b178",
        "ef561bb2c49183ea",
        "b91787124e1b2a56",
        "0455b7f2c9d11e24",
    ),
    "shear": (
        "e3255fea6fe90f86",
        "afd750c5f1a7e6d0",
        "0d85202118f50c49",
        "f2bf18b7054eee77",
        "90208ac2c40fb253",
    ),
    "shot-noise": (
        "cb63d20421ca4b3c",
        "9677d39da7c73f93",
        "69ada33209f6148c",
        "e260066b086b754b",
        "e7bb465cdad6b55e",
    ),
    "snow": (
        "74379299201b4bab",
        "90122c8ed433b8aa",
        "1af8734148ffa957",
        "5f715972ee68c111",
        "58716f5dcd08ff3e",
    ),
    "spatter": (
        "b9d280a872269207",
        "19abc1649bf93c80",
        "77ee6bb529e74c91",
        "1a64671ee3523c79",
        "e1595c16194f542f",
    ),
    "speckle-noise": (
        "043116ddc04d82a6",
        "bd04d973beada269",
        "46c6bb3203ecf281",
        "b010185a91de413c",
        "f5580582ab15739f",
    ),
    "translation": (
        "08f4d8f1466782ea",
        "dc0f4c7827508745",
        "b2b3bf73c63290b7",
        "7247536de6ee2b38",
        "d7852330d36153bb",
    ),
    "video-range": (
        "b6f4fe0d30a23875",
        "8458a4bb0d1b3b3a",
        "94b63fe898f74bf7",
        "94b63fe898f74bf7",
        "94b63fe898f74bf7",
    ),
    "webp-recoding": (
        "f2fc7eb939c853f3",
        "29ff1f8b2c658214",
        "352c1c50d1f33537",
        "02475b73d26f32f4",
        "7672982b2828316b",
    ),
    "ycbcr-round-trip": (
        "43844c9bfa43467f",
        "22e2f057bc8b74da",
        "3e4cdffbe953039e",
        "ff2c1e2de8e2603c",
        "43f893ae31184ef1",
    ),
    "zoom-blur": (
        "042b4b4b7594a6cf",
        "15f6923ee716a7e1",
        "398da5da6cbd6aa4",
        "7e50b852f8de8753",
        "6b24b63d3805583e",
    ),
}

ORIGIN = ("43844c9bfa43467f", "0b97d245ce0f351f")


# The distortions of psychophysics have a file of their own.
@pytest.mark.parametrize("name", [name for name in LEVELS if name not in DISTORTIONS])
def test_pictures_are_what_they_have_always_been(name, pictures, seeds):
    images = pictures(3, 28, 28, 1)
    prints = (fingerprint(made(name, level).apply(images, seeds(3))) for level in LEVELS[name])
    assert tuple(prints) == GOLDEN[name]


def test_the_pictures_they_are_made_from_are_what_they_have_always_been(pictures, seeds):
    assert (fingerprint(pictures(3, 28, 28, 1)), fingerprint(seeds(3))) == ORIGIN
