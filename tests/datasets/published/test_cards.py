"""Every card says what it must, and the shelf knows what lies on this machine."""

import re

import pytest

from fieldmark.datasets.published import PUBLISHED, Shelf, named
from fieldmark.records import DataError, UnknownNameError

CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}|")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_card_is_whole(name):
    found = PUBLISHED[name]
    for part in found.parts:
        card = found.card(part)
        assert card.name == found.full_name(part)
        assert found.needs(part), "nobody could tell whether it is here"
        assert named(card.name) == (found, part)
        if card.reference:
            named(card.reference)
    assert all(n > 0 for n in found.parts.values())
    assert found.downloads or found.ask, "nobody could get it"
    assert all(one in PUBLISHED for one in found.builds_on)
    assert found.traps
    assert found.layout


@pytest.mark.parametrize("name", PUBLISHED)
def test_downloads_are_sound(name):
    for one in PUBLISHED[name].downloads:
        assert one.url.startswith(("https://", "http://cs231n.stanford.edu/"))
        assert CHECKSUM.fullmatch(one.checksum)
        assert not one.path.startswith("/")
        assert ".." not in one.path
        assert bool(one.listed) <= bool(one.checksum)
        for part in one.parts:
            assert any(has == part or has.startswith(f"{part}/") for has in PUBLISHED[name].parts)


def test_names_that_nobody_knows(shelf):
    with pytest.raises(UnknownNameError, match="Did you mean imagenet-a"):
        named("imagenet-aa")
    with pytest.raises(UnknownNameError, match="Did you mean imagenet-v2/top-images"):
        named("imagenet-v2/top-image")
    with pytest.raises(UnknownNameError, match="no part of imagenet-c called 'imagenet-c/fog/6'"):
        shelf.read("imagenet-c/fog/6")


def test_a_set_that_is_not_here(shelf, place):
    with pytest.raises(DataError, match=r"imagenet-a is not on this machine: `fieldmark fetch"):
        shelf.read("imagenet-a")
    with pytest.raises(DataError, match=r"`fieldmark card objectnet` says where to ask") as caught:
        shelf.read("objectnet")
    assert f"put images into {place / 'objectnet'}" in str(caught.value)
    assert shelf.present("imagenet-a") == ()
    with pytest.raises(DataError, match=r"edges is not on this machine: `fieldmark card"):
        shelf.read("texture-vs-shape/edges")


def test_the_first_place_that_has_it_counts(tmp_path):
    for place in ("b", "c"):
        (tmp_path / place / "imagenet-a" / "n01498041").mkdir(parents=True)
    shelf = Shelf((tmp_path / "a", tmp_path / "b", tmp_path / "c"))
    assert shelf.root("imagenet-a") == tmp_path / "b" / "imagenet-a"
    assert shelf.present("imagenet-a") == ("",)
