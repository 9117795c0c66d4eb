"""Framing: what a model wants done to pictures, and examples that can be framed again."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from fieldmark.datasets import folder
from fieldmark.records import STANDARD, Condition, ConfigError, Framing


@pytest.fixture
def photos(tmp_path):
    levels = np.random.default_rng(0)
    for kind in ("cat", "dog"):
        (tmp_path / kind).mkdir()
        for place, size in enumerate(((40, 30), (31, 57))):
            pixels = levels.integers(0, 256, (*size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / kind / f"{place}.png")
    return folder(tmp_path, name="photos")


def test_pictures_of_several_sizes_get_the_custom_of_imagenet(photos):
    assert photos.framing == STANDARD
    assert photos.images().shape == (4, 224, 224, 3)


def test_another_framing_is_another_picture_of_the_same_examples(photos):
    small = photos.framed(Framing(8, 12))
    assert small.images().shape == (4, 8, 12, 3)
    assert small.content == photos.content
    assert Condition(small).fingerprint == Condition(photos).fingerprint


def test_a_chosen_size_is_not_framed_again(tmp_path, photos):
    fixed = folder(tmp_path, name="photos", size=16)
    assert fixed.framed(Framing(8, 8)) is fixed
    assert fixed.content != photos.content


def test_the_depth_that_is_asked_for_is_part_of_the_content(photos, tmp_path):
    grey = folder(tmp_path, name="photos", channels=1)
    assert grey.content != photos.content
    assert folder(tmp_path, name="photos", channels=3).content == photos.content


def test_squashing_sees_the_whole_picture_and_cropping_its_middle(tmp_path):
    for kind in ("a", "b"):
        (tmp_path / kind).mkdir()
        wide = np.zeros((20, 60, 1), np.uint8)
        wide[:, :20] = 255  # a white third at the left
        Image.fromarray(wide[..., 0]).save(tmp_path / kind / "1.png")
    pictures = folder(tmp_path)
    squashed = pictures.framed(Framing(20, 20, 1, fit="squash")).images()
    cropped = pictures.framed(Framing(20, 20, 1)).images()
    assert squashed[0].mean() == pytest.approx(85, abs=1)
    assert cropped[0].max() == 0


@pytest.mark.parametrize("wrong", [{"height": 0}, {"channels": 2}, {"shorter": 10}])
def test_impossible_framings_are_refused(wrong):
    with pytest.raises(ConfigError):
        replace(STANDARD, **wrong)
