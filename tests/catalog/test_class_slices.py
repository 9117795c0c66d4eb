"""Slices by class and by policy, from their names to their conditions."""

import pytest
from PIL import Image

from fieldmark.catalog import Conditions
from fieldmark.records import ConfigError, DataError, UnknownNameError, class_map

DOGS, FISH, THINGS = ("n02085620", "n02107312"), ("n01440764",), ("n03930630", "n02992211")


@pytest.fixture
def photos(tmp_path):
    for place, name in enumerate((*DOGS, *FISH, *THINGS)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(2):
            picture = Image.new("RGB", (4, 4), (place * 9, number, 0))
            picture.save(tmp_path / "photos" / name / f"{number}.png")
    return f"folder:{tmp_path / 'photos'}"


@pytest.mark.parametrize(
    ("slices", "kept"),
    [
        ("[classes=dogs]", DOGS),
        ("[classes!=dogs]", (*FISH, *THINGS)),
        ("[classes=dogs|fish]", (*DOGS, *FISH)),
        ("[classes=objects]", THINGS),
        ("[classes=not-organisms]", THINGS),
        ("[classes=n02084071]", DOGS),
        ("[classes=organisms][classes!=dogs]", FISH),
    ],
)
def test_a_kind_of_class_makes_a_slice(photos, slices, kept):
    (made,) = Conditions().make(f"{photos}{slices}+contrast@2")
    assert {one.partition("/")[0] for one in made.examples.ids} == set(kept)
    assert made.name == f"photos{slices}+contrast@2"
    (whole,) = Conditions().make(photos)
    assert made.examples.classes == whole.examples.classes
    assert made.examples.card.reference.startswith("photos")
    (again,) = Conditions().make(f"{photos}{slices}+contrast@2")
    assert again.fingerprint == made.fingerprint


def test_a_slice_may_be_scored_by_another_policy(photos):
    (made,) = Conditions().make(f"{photos}[classes=dogs][policy=map-answer]")
    assert made.name == "photos[classes=dogs][policy=map-answer]"
    assert made.examples.classes.policy == "map-answer" and len(made.examples) == 4


@pytest.mark.parametrize(
    ("slices", "error", "told"),
    [
        ("[classes=dgos]", UnknownNameError, "Did you mean"),
        ("[classes=food]", ConfigError, "means several things in WordNet; write the id"),
        ("[classes=birds]", DataError, "photos has no example of the 59 birds classes"),
        ("[classes!=organisms|objects]", DataError, "photos has no example with"),
        ("[classes=*]", ConfigError, "is no kind of class"),
        ("[classes>=3]", ConfigError, "is no kind of class"),
        ("[policy!=restrict]", ConfigError, "is not one name; write"),
        ("[as=imagenet-a|imagenet-r]", ConfigError, r"is not one name; write \[as=imagenet-r\]"),
        ("[as=imagenetr]", UnknownNameError, "Did you mean imagenet-r"),
        ("[as=sixteen][as=imagenet-r]", DataError, "no example of a class of imagenet-r"),
        ("[policy=mean]", UnknownNameError, "no policy called 'mean'"),
    ],
)
def test_what_is_no_slice_says_why(photos, slices, error, told):
    with pytest.raises(error, match=told):
        Conditions().make(f"{photos}{slices}")


def test_pictures_are_asked_in_the_classes_of_another_set(photos):
    (made,) = Conditions().make(f"{photos}[as=sixteen]+contrast@2")
    assert made.name == "photos[as=sixteen]+contrast@2"
    examples = made.examples
    assert (examples.classes, len(examples)) == (class_map("sixteen"), 4)
    named = {examples.classes.names[label] for label in examples.first_labels}
    assert named == {"dog", "truck"}  # one of the dogs is none of the 109, nor are fish
    assert examples.card.reference == "" and examples.images().shape[0] == 4
    (whole,) = Conditions().make(photos)
    (imagenet,) = Conditions().make(f"{photos}[as=imagenet]")
    assert imagenet.examples.ids == whole.examples.ids
    assert len({one.examples.content for one in (made, whole, imagenet)}) == 3


def test_classes_without_wordnet_ids_are_sliced_by_their_own_names():
    (made,) = Conditions().make("mnist-test[classes=3|5]")
    assert set(made.examples.first_labels.tolist()) == {3, 5}
    with pytest.raises(UnknownNameError, match="no class of mnist-test called 'dogs'"):
        Conditions().make("mnist-test[classes=dogs]")
