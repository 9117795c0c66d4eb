"""Real photographs are framed to the bit as torchvision frames them with Pillow."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets.pictures import decoded
from fieldmark.records import Framing

shim = pytest.importorskip("fieldmark.models.torchvision_shim")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

FRAMINGS = {
    "bilinear": [Framing(224, 224, shorter=256), Framing(224, 224), Framing(64, 64)],
    "bicubic": [
        Framing(side, side, shorter=int(side / share), interpolation="bicubic")
        for side, share in ((224, 0.875), (224, 0.9), (224, 0.95), (224, 1.0), (299, 0.875))
    ],
    "lanczos": [Framing(240, 240, shorter=272, interpolation="lanczos")],
    "nearest": [Framing(224, 224, shorter=256, interpolation="nearest")],
    "box": [Framing(224, 224, shorter=256, interpolation="box")],
}


@pytest.fixture(scope="module")
def transforms():
    vision = {"extra": "vision", "purpose": "this test"}
    return shim.needs_torchvision("torchvision.transforms", **vision)


@pytest.fixture
def photographs(published):
    found = sorted((published / "imagenet-sample-images").rglob("*.JPEG"))
    found += sorted((published / "nips17").rglob("*.*g"))[::10]
    if not found:
        pytest.skip("no photographs in FIELDMARK_DATA")
    return [file.read_bytes() for file in found]


def away(data, framing, transform):
    """Grey levels between ours and theirs, at most."""
    ours = decoded(data, file="x", framing=framing).astype(int)
    theirs = np.asarray(transform(Image.open(BytesIO(data)).convert("RGB")))
    return int(np.abs(ours - theirs).max())


@pytest.mark.parametrize("interpolation", FRAMINGS)
def test_resize_and_crop_give_the_same_grey_levels(transforms, photographs, interpolation):
    for framing in FRAMINGS[interpolation]:
        transform = transforms.Compose(
            [
                transforms.Resize(
                    framing.shorter or framing.height,
                    interpolation=transforms.InterpolationMode(interpolation),
                ),
                transforms.CenterCrop(framing.height),
            ]
        )
        assert {away(data, framing, transform) for data in photographs} == {0}, str(framing)


def test_squashing_differs_where_pillow_begins_with_columns_and_nowhere_else(
    transforms, photographs
):
    framing = Framing(224, 224, fit="squash")
    transform = transforms.Resize((224, 224))
    found = [away(data, framing, transform) for data in photographs]
    assert max(found) <= 1
    assert np.mean(np.array(found) > 0) < 0.5
