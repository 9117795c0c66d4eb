"""ImageNet's validation pictures and the sets made to be answered by the same models."""

from functools import partial
from types import MappingProxyType

import numpy as np

from fieldmark.datasets.published.borders import without_borders
from fieldmark.datasets.published.layouts import (
    class_folder_set,
    class_of,
    picture_set,
    places_of,
    text_of,
)
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.datasets.published.validation import VAL_IMAGES, val_files
from fieldmark.records import ClassSpace, DataError, Examples, class_map, imagenet_classes

_TFDS = "TensorFlow Datasets"
_HENDRYCKS = "https://people.eecs.berkeley.edu/~hendrycks"
_V2 = "https://huggingface.co/datasets/vaishaal/ImageNetV2/resolve/main"
_TERMS = "ImageNet's terms of access: research and education without profit"
_V2_FOLDERS = {
    "matched-frequency": "imagenetv2-matched-frequency-format-val",
    "threshold-0.7": "imagenetv2-threshold0.7-format-val",
    "top-images": "imagenetv2-top-images-format-val",
}


def _val(opening: Opening) -> Examples:
    found, home = val_files(opening.root)
    space = imagenet_classes()
    places = places_of(space)
    lost = next((wnid for _, wnid in found if wnid not in places), None)
    if lost is not None:
        raise DataError(f"{home} has the class {lost}, none of ImageNet's 1,000; move it away")
    return picture_set(
        opening,
        home,
        space,
        [path.rpartition("/")[2] for path, _ in found],
        np.array([places[wnid] for _, wnid in found]),
        [path for path, _ in found],
    )


def _v2(opening: Opening) -> Examples:
    space = imagenet_classes()

    def place(folder: str) -> int | None:
        if not folder.isdecimal() or int(folder) >= len(space):
            raise DataError(f"{opening.root} holds the folder {folder}, which is no class 0 to 999")
        return int(folder)

    return class_folder_set(opening, opening.root / _V2_FOLDERS[opening.part], space, place)


def _by_wnid(opening: Opening, *, space: str, below: str = ".") -> Examples:
    classes = class_map(space)
    place = partial(class_of, places=places_of(classes))
    return class_folder_set(opening, opening.root / below, classes, place)


def _objectnet(opening: Opening) -> Examples:
    """The 113 folders that ImageNet has classes for, without the border of 2 pixels."""
    space = class_map("objectnet")
    places = {name: place for place, name in enumerate(space.names)}
    found = class_folder_set(opening, opening.root / "images", space, places.get)
    return without_borders(found, 2)


def _tiny(opening: Opening) -> Examples:
    """The validation set, whose classes stand in a table."""
    space: ClassSpace = class_map("tiny-imagenet")
    places = places_of(space)
    table = opening.root / "val" / "val_annotations.txt"
    rows = [line.split("\t") for line in text_of(table).splitlines() if line.strip()]
    for row in rows:
        if len(row) < 2 or row[1] not in places or "/" in row[0]:
            raise DataError(f"{table} has the line {' '.join(row)[:80]!r}; fetch it again")
    rows.sort(key=lambda row: (len(row[0]), row[0]))  # val_2 before val_10
    return picture_set(
        opening,
        opening.root / "val" / "images",
        space,
        [row[0] for row in rows],
        np.array([places[row[1]] for row in rows]),
        [row[0] for row in rows],
    )


SETS = (
    PublishedSet(
        name="imagenet-val",
        title="ImageNet's 50,000 validation pictures (ILSVRC 2012)",
        source="Russakovsky et al. 2015, arXiv:1409.0575; image-net.org",
        licence=_TERMS,
        collected="Found by words of WordNet on Flickr and other sites, judged by workers of "
        "Mechanical Turk; 50 for each of 1,000 classes",
        not_for="claims about any picture in the world: one label each, where a fifth of them show "
        "several classes; people as classes; or a model that was tuned on it",
        parts=MappingProxyType({"": 50_000}),
        classes="ImageNet's 1,000; imagenet-val[as=imagenet-r] are the pictures of another set's "
        "classes, seen through its map",
        folders=("imagenet-val", "imagenet", "imagenet-1k", "ILSVRC2012"),
        layout="val/CLASS/FILE, or val/FILE beside ILSVRC2012_devkit_t12, or Kaggle's "
        "ILSVRC/Data/CLS-LOC/val/FILE beside LOC_val_solution.csv",
        needs=lambda part: (VAL_IMAGES,),
        read=_val,
        ask="register at https://image-net.org/download-images; ILSVRC2012_img_val.tar has the MD5 "
        "29b22e2961454d5413ddabcf34fc5622 and ILSVRC2012_devkit_t12.tar.gz "
        "fa75699e90414af021442c21a62c3abf",
        traps=(
            "The development kit numbers classes 1 to 1,000 in an order of its own, not in that of "
            "WordNet ids: read by position, nearly every label is wrong.",
            "T3: folders that are called 0 to 999 sort as text 0, 1, 10, 100.",
        ),
    ),
    PublishedSet(
        name="imagenet-v2",
        title="ImageNetV2: three new test sets made as ImageNet was",
        source="Recht, Roelofs, Schmidt, Shankar 2019, arXiv:1902.10811; modestyachts/ImageNetV2",
        licence="code and metadata MIT; pictures from Flickr, to be used as ImageNet's",
        collected="Flickr pictures of the same years found by the same words, judged by workers of "
        "Mechanical Turk; ten for each of 1,000 classes. matched-frequency has ImageNet's "
        "distribution of selection frequencies, threshold-0.7 those with at least 0.7, top-images "
        "the ten highest of each class",
        not_for="a single number called ImageNetV2: ResNet-50 has 63, 73 and 78 % on the three; "
        "or blaming re-use of the old test set for the whole drop",
        parts=MappingProxyType(dict.fromkeys(_V2_FOLDERS, 10_000)),
        classes="ImageNet's 1,000, as folders 0 to 999",
        folders=("imagenet-v2", "imagenetv2", "ImageNetV2", "."),
        layout="imagenetv2-matched-frequency-format-val/0/FILE and so on to 999",
        needs=lambda part: (_V2_FOLDERS[part],),
        read=_v2,
        reference=lambda part: "imagenet-val",
        downloads=tuple(
            Download(
                f"{_V2}/imagenetv2-{file}.tar.gz",
                f"imagenetv2-{file}.tar.gz",
                f"sha256:{digest}",
                size,
                unpack=True,
                parts=(part,),
                listed=_TFDS,
            )
            for part, file, size, digest in (
                (
                    "matched-frequency",
                    "matched-frequency",
                    1_264_079_360,
                    "f0c37fdf925916b19ea1323cd9a2208cdb6959ba2c32eef2a7fc393835c9ca7c",
                ),
                (
                    "threshold-0.7",
                    "threshold0.7",
                    1_249_906_176,
                    "32142bfe998f9cfa4141be691f6a80eeb1e27b24bd532a668eb08c26d98897a2",
                ),
                (
                    "top-images",
                    "top-images",
                    1_245_927_936,
                    "85e4ace30f3f0d660152062254b8759dda66267b27f7ec0fd8d5768f1073a04b",
                ),
            )
        ),
        traps=(
            "T3: its folders 0 to 999 sort as text 0, 1, 10, 100; read so, no answer is right.",
            "T5: there are releases of other sizes and qualities; ResNet-50 has 63.33 % by the "
            "repository's predictions and 63.21 % on this one.",
        ),
    ),
    PublishedSet(
        name="imagenet-a",
        title="ImageNet-A: 7,500 natural pictures that a ResNet-50 gets wrong",
        source="Hendrycks et al. 2021, arXiv:1907.07174; hendrycks/natural-adv-examples",
        licence="repository MIT; the pictures belong to their owners",
        collected="Pictures with labels of 200 classes from iNaturalist, Flickr and DuckDuckGo, of "
        "which those were kept that ResNet-50 got wrong, or nearly",
        not_for="the accuracy of ResNet-50 or its relatives, which was made low by how pictures "
        "were chosen; or a line through weak and strong models alike",
        parts=MappingProxyType({"": 7_500}),
        classes="200 of ImageNet's 1,000; scores are restricted to them",
        folders=("imagenet-a",),
        layout="a folder for each WordNet id",
        needs=lambda part: ("n01498041",),
        read=partial(_by_wnid, space="imagenet-a"),
        reference=lambda part: "imagenet-val[as=imagenet-a]",
        downloads=(
            Download(
                f"{_HENDRYCKS}/imagenet-a.tar",
                "imagenet-a.tar",
                "sha256:3bb3632277e6ba6392ea64c02ddbf4dd2266c9caffd6bc09c9656d28f012589e",
                687_552_512,
                unpack=True,
                strip=1,
                listed=_TFDS,
            ),
        ),
        traps=(
            "T12: over all 1,000 classes accuracy is about 0 %; published figures restrict the "
            "scores to the 200.",
        ),
    ),
    PublishedSet(
        name="imagenet-r",
        title="ImageNet-R: 30,000 renditions (art, cartoons, toys) of 200 classes",
        source="Hendrycks et al. 2021, arXiv:2006.16241; hendrycks/imagenet-r",
        licence="repository MIT; the pictures belong to their owners",
        collected="Flickr pictures of renditions found by class and kind of art, judged by workers "
        "of Mechanical Turk",
        not_for="photographs",
        parts=MappingProxyType({"": 30_000}),
        classes="200 of ImageNet's 1,000; scores are restricted to them",
        folders=("imagenet-r",),
        layout="a folder for each WordNet id",
        needs=lambda part: ("n01443537",),
        read=partial(_by_wnid, space="imagenet-r"),
        reference=lambda part: "imagenet-val[as=imagenet-r]",
        downloads=(
            Download(
                f"{_HENDRYCKS}/imagenet-r.tar",
                "imagenet-r.tar",
                "sha256:18c6bf493b39a0d975d48e587437f562caab9c52ae6327dcfa9dd8eb54aa1b52",
                2_191_079_936,
                unpack=True,
                strip=1,
                listed=_TFDS,
            ),
        ),
        traps=("T12: its 200 classes are not those of ImageNet-A.",),
    ),
    PublishedSet(
        name="imagenet-sketch",
        title="ImageNet-Sketch: 50,000 black and white sketches",
        source="Wang et al. 2019, arXiv:1905.13549; HaohanWang/ImageNet-Sketch",
        licence="not stated for the pictures, which belong to their owners",
        collected='Google image search for "sketch of" each class in black and white, cleaned by '
        "hand; where fewer than 50 were left, flipped and rotated copies fill up",
        not_for="intervals that take its pictures as independent: some are copies of others",
        parts=MappingProxyType({"": 50_889}),
        classes="ImageNet's 1,000",
        folders=("imagenet-sketch", "sketch", "ImageNet-Sketch"),
        layout="a folder for each WordNet id",
        needs=lambda part: ("n01440764",),
        read=partial(_by_wnid, space="imagenet"),
        reference=lambda part: "imagenet-val",
        downloads=(
            Download(
                "https://huggingface.co/datasets/songweig/imagenet_sketch/resolve/main/data/"
                "ImageNet-Sketch.zip",
                "ImageNet-Sketch.zip",
                unpack=True,
                strip=1,
            ),
        ),
        traps=(
            "It says 50,000 pictures, and has 50,889.",
            "The archive on Google Drive has 7,593,573,012 bytes and the SHA-256 4d3ce6b8... (by "
            "TensorFlow Datasets); of the copy that is fetched here no checksum is published.",
        ),
    ),
    PublishedSet(
        name="objectnet",
        title="ObjectNet: objects at odd angles and places, the classes that ImageNet has",
        source="Barbu et al. 2019; objectnet.dev",
        licence="its own, made from CC BY 4.0: never to tune a model with; single pictures are "
        "shown with their red border only",
        collected="Photographed at home by paid workers who were told rotation, background and "
        "viewpoint; 50,000 pictures of 313 objects",
        not_for="training or tuning anything; or its 200 other objects, which are left out here",
        parts=MappingProxyType({"": 18_514}),
        classes="113, which stand for 125 of ImageNet's",
        folders=("objectnet", "objectnet-1.0"),
        layout="images/OBJECT/FILE",
        needs=lambda part: ("images",),
        read=_objectnet,
        reference=lambda part: "imagenet-val[as=objectnet]",
        ask="https://objectnet.dev/download.html: agree to its terms there; the archive is locked "
        "with a password that they give you, so unpack it yourself",
        traps=(
            "T12: 18,514 of its pictures have a class of ImageNet's; nine of 113 classes stand for "
            "several, and any of them is right.",
            "Every picture has a red border, which tells where it is from; 2 pixels are cut "
            "from each side here, as in the published evaluations.",
        ),
    ),
    PublishedSet(
        name="stylized-imagenet",
        title="Stylized-ImageNet: validation pictures painted in other styles",
        source="Geirhos et al. 2019, arXiv:1811.12231; rgeirhos/Stylized-ImageNet",
        licence="code MIT; pictures as ImageNet and the paintings they come from",
        collected="Style transfer (AdaIN) of paintings onto ImageNet's pictures: shapes stay, "
        "textures do not",
        not_for="comparison with somebody else's copy: everybody makes their own, and they differ",
        parts=MappingProxyType({"": 50_000}),
        classes="ImageNet's 1,000",
        folders=("stylized-imagenet", "Stylized-ImageNet"),
        layout="val/CLASS/FILE",
        needs=lambda part: ("val",),
        read=partial(_by_wnid, space="imagenet", below="val"),
        reference=lambda part: "imagenet-val",
        ask="it is not published: make it from ImageNet and Kaggle's painter-by-numbers with "
        "https://github.com/rgeirhos/Stylized-ImageNet",
        traps=("Your copy is yours alone: keep it beside what you publish about it.",),
    ),
    PublishedSet(
        name="tiny-imagenet",
        title="Tiny ImageNet: 10,000 validation pictures of 64×64 and 200 classes",
        source="Stanford CS231n; cs231n.stanford.edu/tiny-imagenet-200.zip",
        licence=_TERMS,
        collected="ImageNet's pictures scaled down; 50 validation pictures for each of 200 classes",
        not_for="comparison with models for 224×224",
        parts=MappingProxyType({"": 10_000}),
        classes="200 of ImageNet's 1,000, in the order of wnids.txt",
        folders=("tiny-imagenet", "tiny-imagenet-200"),
        layout="val/val_annotations.txt and val/images/FILE",
        needs=lambda part: ("val/val_annotations.txt", "val/images"),
        read=_tiny,
        downloads=(
            Download(
                "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
                "tiny-imagenet-200.zip",
                "md5:90528d7ca1a48142e341f4ef8d21d0de",
                unpack=True,
                strip=1,
                listed="public loaders of it",
            ),
        ),
        traps=(
            "Classes of validation pictures stand in val_annotations.txt: whoever reads val/ "
            "as a folder per class finds one class.",
            "wnids.txt is not sorted; whoever sorts the folders of train/ has another order.",
        ),
    ),
)
