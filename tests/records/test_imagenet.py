"""ImageNet's classes, the tree above them, slices of them, and the maps to published test sets."""

import json
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from scripts.write_class_maps import MAPS, numbered, objectnet, text
from scripts.write_imagenet import TABLE, leaves, table
from scripts.write_imagenet import synsets as of_wordnet

from fieldmark.records import (
    CLASS_MAPS,
    ClassSpace,
    ConfigError,
    DataError,
    DatasetCard,
    Examples,
    UnknownNameError,
    class_map,
    class_rows,
    class_slice,
    faults,
    imagenet_classes,
    seen_as,
    synsets,
    titled,
    under,
    ytbb_label,
)

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("FIELDMARK_DATA", ROOT.parent / "shared" / "data"))
NOUNS = Path("/usr/share/wordnet/data.noun")  # Debian's wordnet-base
SETTINGS = DATA / "imagenet-testbed" / "src" / "eval_settings"

with_data = pytest.mark.skipif(not SETTINGS.exists(), reason=f"no published files in {DATA}")


def of_imagenet(*names: str, classes: ClassSpace | None = None) -> Examples:
    space = classes or imagenet_classes()
    return Examples(
        card=DatasetCard("photos", "Photos", "made here", "MIT", "drawn", "anything else"),
        classes=space,
        ids=tuple(f"{place}" for place in range(len(names))),
        labels=np.array([[space.index(name)] for name in names]),
        frame=(1, 1, 1),
        decode=lambda rows: np.zeros((len(rows), 1, 1, 1), np.uint8),
        content="content",
    )


class TestTree:
    def test_there_are_a_thousand_classes_in_the_order_of_their_ids(self):
        space = imagenet_classes()
        assert len(space) == 1000 and list(space.names) == sorted(space.names)
        assert len(set(space.printed)) == 1000
        assert {title for title in space.titles if space.titles.count(title) > 1} == {
            "crane",
            "maillot",
        }

    def test_everything_leads_up_to_one_entity(self):
        assert len(under("n00001740")) == 1000
        assert [one.id for one in synsets().values() if not one.above] == ["n00001740"]
        assert all(above in synsets() for one in synsets().values() for above in one.above)

    @with_data
    def test_ids_words_and_order_are_those_published(self):
        file = DATA / "imagenetv2" / "data" / "metadata" / "class_info.json"
        published = json.loads(file.read_text())
        assert tuple(one["wnid"] for one in published) == imagenet_classes().names
        for one in published:
            assert synsets()[one["wnid"]].words == tuple(one["synset"])

    @pytest.mark.skipif(not NOUNS.exists(), reason="no WordNet 3.0 on this machine")
    @pytest.mark.slow
    def test_the_table_is_what_wordnet_says(self):
        text_kept = TABLE.read_text()
        assert table(leaves(text_kept), of_wordnet(NOUNS.read_text())) == text_kept


class TestSlices:
    @pytest.mark.parametrize(
        ("word", "n"),
        [
            ("organisms", 410),  # Shankar et al. 2020: 410 and 590
            ("objects", 590),
            ("dogs", 118),
            ("not-dogs", 882),
            ("animals", 398),
            ("birds", 59),
            ("Snake", 17),
            ("wolves", 4),
            ("fungi", 7),
            ("musical_instruments", 26),
            ("n02084071", 118),
            ("n01440764", 1),
            ("tench", 1),
        ],
    )
    def test_a_word_stands_for_all_of_its_kind(self, word, n):
        assert len(class_slice(word)) == n

    def test_a_word_for_several_things_asks_which(self):
        told = r"'crane' means several things.*n02012849 \(a wading bird, 1 class\), n03126707"
        with pytest.raises(ConfigError, match=told):
            class_slice("crane")
        assert len(class_slice("cats")) == 7  # true cats before big ones: their usual word

    def test_an_unknown_word_offers_the_nearest(self):
        with pytest.raises(UnknownNameError, match=r"no kind of .*class.* Did you mean zebra"):
            class_slice("zebraa")
        with pytest.raises(UnknownNameError, match="WordNet id in ImageNet's tree"):
            under("n99999999")

    def test_rows_are_those_with_a_label_in_the_slice(self):
        photos = of_imagenet("n01440764", "n02085620", "n02107312", "n03930630")
        assert class_rows(photos, "dogs").tolist() == [1, 2]
        assert class_rows(photos, "objects").tolist() == [3]
        several = replace(photos, labels=np.array([[0, 151], [151, -1], [-1, -1], [0, -1]]))
        assert class_rows(several, "dogs").tolist() == [0, 1]

    def test_a_class_with_members_is_in_a_slice_if_all_of_them_are(self):
        space = class_map("sixteen")
        some = of_imagenet("dog", "cat", "boat", classes=space)
        assert class_rows(some, "dogs").tolist() == [0]
        assert class_rows(some, "organisms").tolist() == [0, 1]

    def test_what_cannot_be_sliced_says_why(self):
        with pytest.raises(DataError, match="photos has no example of the 118 dogs classes"):
            class_rows(of_imagenet("n01440764"), "dogs")
        pets = of_imagenet("cat", classes=ClassSpace(("cat", "dog")))
        with pytest.raises(DataError, match=r"classes such as cat: .* \?classes=imagenet"):
            class_rows(pets, "dogs")


class TestSeenAs:
    def test_labels_that_another_set_lacks_make_room_for_those_it_has(self):
        photos = of_imagenet("n01440764", "n02107312", "n02690373", "n01440764")
        several = replace(photos, labels=np.array([[0, 404], [237, 0], [404, 237], [0, -1]]))
        seen = seen_as(several, "sixteen")
        names = [[seen.classes.names[one] for one in row if one >= 0] for row in seen.labels]
        assert names == [["airplane"], ["dog"], ["airplane", "dog"]]
        assert seen.first_labels.min() >= 0
        assert seen.ids == ("0", "1", "2")

    def test_classes_of_one_s_own_are_none_of_imagenet_s(self):
        pets = of_imagenet("cat", classes=ClassSpace(("cat", "dog")))
        with pytest.raises(DataError, match="no example of a class of sixteen: its own are such"):
            seen_as(pets, "sixteen")


class TestMaps:
    @pytest.mark.parametrize("name", CLASS_MAPS)
    def test_a_map_is_what_was_published_of_it(self, name):
        assert faults(class_map(name), CLASS_MAPS[name]) == ()
        assert class_map(name).policy == CLASS_MAPS[name].policy

    def test_the_self_test_bites(self):
        space, facts = class_map("sixteen"), CLASS_MAPS["sixteen"]
        swapped = replace(space, members=(*space.members[:-1], ("n00000000",)))
        assert faults(swapped, facts) == ("no class of ImageNet-1k: n00000000",)
        fewer = replace(space, members=((), *space.members[1:]))
        assert faults(fewer, facts) == (
            "206 members, published are 207",
            "1 classes without members, published are 0",
        )

    def test_a_map_that_is_a_list_of_ids_is_a_plain_space_with_titles(self):
        for name in ("imagenet", "imagenet-a", "imagenet-r", "tiny-imagenet"):
            assert class_map(name).plain and class_map(name).titles
        assert class_map("tiny-imagenet").names[0] == "n02124075"  # wnids.txt is not sorted

    def test_titles_come_from_wordnet_only_where_all_names_do(self):
        assert titled(ClassSpace(("n01440764", "n99999999"))).titles == ()
        assert titled(ClassSpace(("cat", "n01440764"))).titles == ()

    @with_data
    def test_the_video_and_object_maps_are_the_published_files(self):
        ids = list(imagenet_classes().names)
        kept = json.loads(MAPS.read_text())
        members, titles = objectnet(SETTINGS / "objectnet_metadata", ids)
        assert kept["objectnet"] == {"members": members, "titles": titles}
        vid = numbered(
            SETTINGS / "imagenet-vid-robust_metadata",
            ids,
            dict(enumerate(class_map("imagenet-vid-robust").names)),
        )
        assert kept["imagenet-vid-robust"]["members"] == vid
        sixteen = json.loads((DATA / "texture-vs-shape" / "sixteen_classes.json").read_text())
        assert kept["sixteen"]["members"] == sixteen["wnids"]
        assert text(kept) == MAPS.read_text()

    @with_data
    def test_ytbb_calls_cars_22_among_its_anchors(self):
        folder = SETTINGS / "ytbb-robust_metadata"
        index = json.loads((folder / "ytbb_class_index.json").read_text())
        space = class_map("ytbb-robust")
        assert list(space.names) == list(index.values())
        lines = (folder / "ytbb_robustness_test_anchors_full.csv").read_text().split()[1:]
        said = [int(line.rpartition(",")[2]) for line in lines]
        assert 22 in said and 23 not in said  # "none" would be 87 anchors, and "car" not one
        assert [ytbb_label(one) for one in (0, 21, 22, 23)] == ["person", "umbrella", "car", "none"]
        with pytest.raises(UnknownNameError, match="no class number of YTBB called '24'"):
            ytbb_label(24)

    @pytest.mark.skipif(find_spec("timm") is None, reason="timm, which lists them too, is absent")
    @pytest.mark.parametrize("name", ["imagenet", "imagenet-a", "imagenet-r"])
    def test_timm_lists_the_same_ids(self, name):
        (folder,) = find_spec("timm").submodule_search_locations  # found, not imported
        file = Path(folder) / "data" / "_info" / f"{name.replace('-', '_')}_synsets.txt"
        assert tuple(file.read_text().split()) == class_map(name).names

    def test_an_unknown_map_offers_the_nearest(self):
        with pytest.raises(UnknownNameError, match="Did you mean imagenet-r"):
            class_map("imagenetr")
