"""Blurred and stored pictures in colour, at ImageNet's constants: these may never change either."""

import pytest

from fieldmark.records import fingerprint
from fieldmark.shifts import shift

GOLDEN: dict[str, tuple[str, ...]] = {
    "defocus-blur": (
        "875dbc688a209aed",
        "98d428680ed0be16",
        "7931279c58f18249",
        "83eb4dfddd30a5d3",
        "03f69f0a2c934773",
    ),
    "elastic-in-place": (
        "38dbc3cba6ec2a90",
        "c64da765c04c5ef8",
        "e159b94134029977",
        "10f61d4041ac1581",
        "15fd3998d01b0aa0",
    ),
    "elastic-transform": (
        "0f942ba088beb21d",
        "8d7278633df243cf",
        "9a06f66c5087ab6a",
        "78ff8f23c1cbd070",
        "151a522d5a6b5572",
    ),
    "gaussian-blur": (
        "a054a34bc7ec6afb",
        "650ad9c6434dcc4d",
        "1d4e7fa0e277f187",
        "c409286fb333f2fa",
        "4461b259c73ce11c",
    ),
    "glass-blur": (
        "0a2c571eff7c331d",
        "923f3504e391ce9e",
        "944ad62a012c91cd",
        "c2315bca879ac769",
        "344a6e166327a213",
    ),
    "jpeg-compression": (
        "03d48d30159200f8",
        "a37be690478cb087",
        "ed6f6cbccaf4a964",
        "dae96a91e3427fdd",
        "4cd8538b669e3afd",
    ),
    "motion-blur": (
        "c7d9a38de19d3408",
        "e0e6b777c63423dc",
        "68f03d496b3ee836",
        "378b0393bbd21f39",
        "5e0cc176182a3fd5",
    ),
    "pixelate": (
        "c9530fca161b1a0d",
        "84dba73551aef9fa",
        "89f722373271bdc1",
        "c86e5797d24eb30f",
        "3176555e93e9681a",
    ),
    "zoom-blur": (
        "b999ce3ebcb7097b",
        "9f86131d49e746c4",
        "32e0aed12e99097b",
        "3f9bb4e2c510e214",
        "69d7013de382701d",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_pictures_are_what_they_have_always_been(name, pictures, seeds):
    images = pictures(1, 131, 150, 3)
    prints = (fingerprint(shift(name, level).apply(images, seeds(1))) for level in range(1, 6))
    assert tuple(prints) == GOLDEN[name]
