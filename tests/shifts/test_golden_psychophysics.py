"""Pictures of the psychophysics distortions: these fingerprints may never change.

A change here means that every kept cell of that shift was made from other pictures. Give the shift
a new setting, so that stores notice, before you change a fingerprint.
"""

import pytest

from fieldmark.records import fingerprint
from fieldmark.shifts import LEVELS, shift

GREY: dict[str, tuple[str, ...]] = {
    "eidolon-1": (
        "a189da4bd064bab6",
        "a189da4bd064bab6",
        "a189da4bd064bab6",
        "44d39c08bf3659a7",
        "426a77d29297fdf5",
        "3509bbb29c81148b",
        "4820901ce08420f4",
        "2dbd2a5e87b26d99",
    ),
    "eidolon-2": (
        "84056218a986083d",
        "84056218a986083d",
        "da807b9e7c3120d5",
        "577a34883e5a16a1",
        "8907eca04112b963",
        "85ae7a4ffb53a910",
        "207c79ba2c3c8286",
        "3326a715a6217d8c",
    ),
    "eidolon-3": (
        "fef44b2312889a9b",
        "fef44b2312889a9b",
        "3028f9236e6837b3",
        "40a573a80c8a7bb1",
        "f734f66bf1691024",
        "45fc6cf35890d957",
        "880eb7d4d183d10a",
        "dca7978b0399ee37",
    ),
    "greyscale": ("43844c9bfa43467f",),
    "high-pass": (
        "43844c9bfa43467f",
        "cc8a474c6707f25a",
        "9b13c5b86b910fc4",
        "be7fd143febd1fbc",
        "797b862dca25385f",
        "4eaa220c5d93d37c",
        "7ae771acf84adc72",
        "88b7d885eeb3b89f",
    ),
    "low-pass": (
        "43844c9bfa43467f",
        "79444f853c73e4ca",
        "38d5108d4743afa3",
        "fb752c9d2d220882",
        "9bce09ddb08944c3",
        "28af6bf6d8290a42",
        "d993282cd00cfd6c",
        "b40f0f3f87b4f7de",
    ),
    "nominal-contrast": (
        "43844c9bfa43467f",
        "1229df3ce20d20f6",
        "889f9fae9d9dd4d0",
        "9e708d2fadeadf56",
        "7036001c6bbb43cf",
        "fae81240f3491bb0",
        "f176a2de91bcd006",
        "d36b33ae7bd12039",
    ),
    "opponent-colour": ("43844c9bfa43467f",),
    "phase-noise": (
        "43844c9bfa43467f",
        "4ab1f090a1f83483",
        "2e878f162181e00b",
        "c5ef5c87ffb7245c",
        "4083cd527f0287dc",
        "27e56659aae9fcac",
        "1d94586e5c5b2112",
    ),
    "phase-scrambling": (
        "43844c9bfa43467f",
        "1f003a95cf6c39f2",
        "a4e88d2b77e8a72c",
        "8df5b3e1ccbc5f8c",
        "b98611782f6437c5",
        "36efabe66b99be37",
        "0921f029b266c6d4",
    ),
    "power-equalisation": ("aff77d62f35abdc2",),
    "quarter-turn": (
        "43844c9bfa43467f",
        "c542d0eae3de5cf0",
        "f60a8b2883579b9e",
        "35241ed146700f85",
    ),
    "salt-and-pepper": (
        "889f9fae9d9dd4d0",
        "5526caad576b062b",
        "7919f8a110976f0d",
        "1586a64aac50335a",
        "8d68356b958d09d6",
        "6d6cf2e049b95aa0",
        "df823fa0ee3adad8",
        "5c1483fb51a1fcc8",
    ),
    "uniform-noise": (
        "889f9fae9d9dd4d0",
        "2c2736c32181e149",
        "bc7cb2ed43141a0e",
        "7c5249ac262d6608",
        "6d1ddaf00ace676d",
        "bc4fdb970298771c",
        "452c92242bd627a5",
        "0a5fb57a8c18f2de",
    ),
}
"""At every level, from pictures of one channel."""

COLOUR: dict[str, tuple[str, ...]] = {
    "eidolon-1": (
        "4303a8bfcfc35acb",
        "4303a8bfcfc35acb",
        "4303a8bfcfc35acb",
        "1f95cd730b4f2355",
        "93666c1188916d56",
        "1c1cf1ecd92861f5",
        "3938d7ac7260354d",
        "f92e4f1ea2d2d38b",
    ),
    "eidolon-2": (
        "299555b1f0767a12",
        "299555b1f0767a12",
        "6f5d0b9e2a8ff6a2",
        "243e4c1462321807",
        "bfd2cdcac863f3ac",
        "835db4f1227bba89",
        "15e088bba0cfdff3",
        "844da98980f3458c",
    ),
    "eidolon-3": (
        "9d77b487ea0f52ee",
        "9d77b487ea0f52ee",
        "96454e87c2693908",
        "5731c88cdae80abf",
        "d8413ba9585a7aab",
        "72440f71d5d9a1e6",
        "ec8dd075b2ce057b",
        "e3e1de5a4c3f6249",
    ),
    "greyscale": ("cdea03b966b7f9b9",),
    "high-pass": (
        "cdea03b966b7f9b9",
        "f5fd6c7b7903d2e3",
        "aba76a4bd6c2fcd4",
        "56ce5d3e48bea117",
        "fc8d758ab135a5e4",
        "b0d9af8565bd7498",
        "4c48db984874319a",
        "99dc93963d0e661a",
    ),
    "low-pass": (
        "cdea03b966b7f9b9",
        "d6ed54fb1f664039",
        "f7d1c6d81f9d5bcc",
        "4cf7c1eb9de9b591",
        "8f627405b2ca56d5",
        "472d82b36be011d9",
        "7807f8c50b332d87",
        "153ae66fef9825dc",
    ),
    "nominal-contrast": (
        "cdea03b966b7f9b9",
        "b406397906215d90",
        "72a3bda2d67533ac",
        "ca4ca7ffd8633706",
        "5c34ac311c7e623c",
        "a2ff0ed1c761256b",
        "38b73b7f0a9bdfd7",
        "fe344d752b477acf",
    ),
    "opponent-colour": ("bf041389bc25312a",),
    "phase-noise": (
        "cdea03b966b7f9b9",
        "7affa2a06b99f3c8",
        "0a64fc3d6120aca9",
        "bb9152c62bec6001",
        "c4e67e30835ebf43",
        "e6d82a972ec422d3",
        "5d0eacac542f90dd",
    ),
    "phase-scrambling": (
        "cdea03b966b7f9b9",
        "1f166d8be87df897",
        "b416ad2c986c0e17",
        "416ab1ec0b148858",
        "38dd317b07db2526",
        "c96cf6cab184a18d",
        "373fefe44ed0613e",
    ),
    "power-equalisation": ("2ea2b1fe4c24d8f5",),
    "quarter-turn": (
        "cdea03b966b7f9b9",
        "ae2a0c542d095b93",
        "287dbd1fa91a5762",
        "b4ef00bb75e3f83d",
    ),
    "salt-and-pepper": (
        "72a3bda2d67533ac",
        "402080be9c9d61e2",
        "5df0a14e85264d44",
        "ef9cbf8ef14d83dd",
        "57a886e788ae0917",
        "7d1a6a1a54c97875",
        "dfa569bd2ad9a13e",
        "850f4e5b9046d7e2",
    ),
    "uniform-noise": (
        "72a3bda2d67533ac",
        "dc72d450cec3ec27",
        "d639317ff9a2985c",
        "47064edf984cbf9b",
        "9da71d455aa133ba",
        "4935001b57dcc798",
        "bf6305e6fa28dfc9",
        "5c205342bee4c0c1",
    ),
}
"""At every level, from pictures of three channels."""


@pytest.mark.parametrize("name", GREY)
@pytest.mark.parametrize(("channels", "golden"), [(1, GREY), (3, COLOUR)])
def test_pictures_are_what_they_have_always_been(name, channels, golden, pictures, seeds):
    images = pictures(3, 28, 28, channels)
    prints = (fingerprint(shift(name, one).apply(images, seeds(3))) for one in LEVELS[name])
    assert tuple(prints) == golden[name]
