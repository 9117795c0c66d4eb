"""ImageNet-C and ImageNet-P as they lie on disk: corruptions by level, and sequences as videos."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from fieldmark.datasets.pictures.origins import digest
from fieldmark.datasets.pictures.side_by_side import side_by_side
from fieldmark.datasets.published.layouts import class_folder_set, class_of, places_of
from fieldmark.datasets.published.sets import Download, Opening, PublishedSet
from fieldmark.records import (
    Altered,
    DataError,
    Examples,
    Pixels,
    Rows,
    fingerprint,
    imagenet_classes,
)

ARCHIVES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "noise": ("gaussian-noise", "shot-noise", "impulse-noise"),
        "blur": ("defocus-blur", "glass-blur", "motion-blur", "zoom-blur"),
        "weather": ("snow", "frost", "fog", "brightness"),
        "digital": ("contrast", "elastic-transform", "pixelate", "jpeg-compression"),
        "extra": ("speckle-noise", "gaussian-blur", "spatter", "saturate"),
    }
)
"""The corruptions by the archive that they are published in; the extra ones are for validation."""

CORRUPTIONS = tuple(one for some in ARCHIVES.values() for one in some)
LEVELS = (1, 2, 3, 4, 5)
_MD5_C = {
    "noise": "e80562d7f6c3f8834afb1ecf27252745",
    "blur": "2d8e81fdd8e07fef67b9334fa635e45c",
    "weather": "33ffea4db4d93fe4a428c40a6ce0c25d",
    "digital": "89157860d7b10d5797849337ca2e5c03",
    "extra": "d492dfba5fc162d8ec2c3cd8ee672984",
}
_MD5_P = {
    "blur": "869b2d2fb1604d1baa4316b5ecc9fdea",
    "digital": "8c1f73e4912812788e2fdb637cd55372",
    "noise": "619b37b5139ce764f77ce3bed3aee837",
    "weather": "a597ff6db8c6fb0dbcd6eb12ed620002",
}
_SEQUENCES = {  # the archives that they are published in are not known one by one
    **dict.fromkeys(
        (
            *("gaussian-noise", "shot-noise", "motion-blur", "zoom-blur", "snow", "brightness"),
            *("translate", "rotate", "tilt", "scale"),
            *("speckle-noise", "gaussian-blur", "spatter", "shear"),  # for validation
        ),
        50_000,
    ),
    **{f"{kind}-noise-{level}": 50_000 for kind in ("gaussian", "shot") for level in (2, 3)},
}
_VIDEO_SIZE = 224
_SOURCE = "Hendrycks, Dietterich 2019, arXiv:1903.12261; hendrycks/robustness"


def on_disk(part: str) -> str:
    """What a corruption's folder or file is called where it was published.

    Example:
        >>> on_disk("gaussian-noise/3")
        'gaussian_noise/3'
    """
    return part.replace("-", "_")


def altered(examples: Examples) -> Examples:
    """A part of a set that was published corrupted, with what its name says was done to it."""
    change, _, level = examples.card.name.rpartition("/")
    return replace(examples, altered=Altered(change, int(level)))


def _c(opening: Opening) -> Examples:
    space = imagenet_classes()
    place = partial(class_of, places=places_of(space))
    root = opening.root / on_disk(opening.part)
    # Called and in order as the validation pictures that they were made from.
    return altered(
        class_folder_set(opening, root, space, place, ids=lambda home, one: one, by_id=True)
    )


@dataclass(frozen=True)
class VideoFrames:
    """From rows to frames of videos; the frames of one video stand one after the other.

    Args:
        files: The videos.
        digests: Of the bytes of each at opening.
        which: Of each row: its video, and the place of the frame in it.
    """

    files: tuple[str, ...]
    digests: tuple[str, ...]
    which: tuple[tuple[int, int], ...]

    def __call__(self, rows: Rows) -> Pixels:
        """The frames of ``rows``, uint8 (r, 224, 224, 3).

        Raises:
            DataError: A video is damaged, gone, or not what it was.
        """
        images = np.empty((len(rows), _VIDEO_SIZE, _VIDEO_SIZE, 3), dtype=np.uint8)
        of_video: dict[int, list[int]] = {}
        for at, row in enumerate(rows.tolist()):
            of_video.setdefault(self.which[row][0], []).append(at)

        def fill(video: int) -> None:
            frames = self._frames(video)
            for at in of_video[video]:
                place = self.which[int(rows[at])][1]
                if place >= len(frames):
                    raise DataError(f"{self.files[video]} is cut short; fetch it again")
                images[at] = frames[place]

        side_by_side(fill, of_video)
        return images

    def _frames(self, video: int) -> Pixels:
        file = Path(self.files[video])
        if digest(_bytes(file)) != self.digests[video]:
            raise DataError(f"{file} has changed since the set was opened; open it again")
        return frames_of_video(file)


def frames_of_video(file: Path) -> Pixels:
    """Every frame of an ImageNet-P video, uint8 (f, 224, 224, 3).

    Raises:
        DataError: It cannot be decoded, or its frames have another size.
    """
    import cv2

    video = cv2.VideoCapture(str(file))
    frames = []
    while True:
        there, frame = video.read()
        if not there:
            break
        frames.append(frame[..., ::-1])
    video.release()
    if not frames or frames[0].shape != (_VIDEO_SIZE, _VIDEO_SIZE, 3):
        what = "holds no frames" if not frames else f"has frames of {frames[0].shape[:2]}"
        raise DataError(f"{file} {what}; ImageNet-P has videos of 224×224: fetch it again")
    return np.stack(frames).astype(np.uint8)


def _p(opening: Opening) -> Examples:
    root, space = opening.root / on_disk(opening.part), imagenet_classes()
    places = places_of(space)
    files = sorted(one for one in root.glob("*/*.mp4") if one.is_file())
    if not files:
        raise DataError(f"{root} holds no videos CLASS/FILE.mp4")
    classes = [class_of(one.parent.name, places=places) for one in files]
    counts = side_by_side(_length, files)
    names = [f"{one.parent.name}/{one.stem}" for one in files]
    which = tuple((video, place) for video, n in enumerate(counts) for place in range(n))
    digests = tuple(side_by_side(lambda one: digest(_bytes(one)), files))
    ids = tuple(f"{names[video]}/frame-{place:02d}" for video, place in which)
    labels = np.array([[classes[video]] for video, _ in which], dtype=np.int64)
    labels.setflags(write=False)
    return Examples(
        card=opening.card,
        classes=space,
        ids=ids,
        labels=labels,
        frame=(_VIDEO_SIZE, _VIDEO_SIZE, 3),
        decode=VideoFrames(tuple(map(str, files)), digests, which),
        content=fingerprint(list(ids), labels, list(space.names), list(digests)),
        groups=tuple(names[video] for video, _ in which),
    )


def _length(file: Path) -> int:
    import cv2

    video = cv2.VideoCapture(str(file))
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    if count < 1:
        raise DataError(f"{file} is no video, or is cut short; fetch it again")
    return count


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror})") from error


def _archives(
    record: str, checksums: Mapping[str, str], listed: str, *, by_part: bool
) -> tuple[Download, ...]:
    return tuple(
        Download(
            f"https://zenodo.org/records/{record}/files/{name}.tar",
            f"{name}.tar",
            f"md5:{checksums[name]}",
            unpack=True,
            parts=ARCHIVES[name] if by_part else (),
            listed=listed,
        )
        for name in checksums
    )


SETS = (
    PublishedSet(
        name="imagenet-c",
        title="ImageNet-C: the validation pictures under 19 corruptions at five levels",
        source=f"{_SOURCE}; zenodo.org/records/2235448",
        licence="CC BY 4.0 (Zenodo); the pictures under ImageNet's terms",
        collected="Validation pictures cropped to 224×224, corrupted by a program and kept as JPEG "
        "of quality 85",
        not_for="comparison with corruptions made in memory, which lack that JPEG",
        parts=MappingProxyType(
            {f"{one}/{level}": 50_000 for one in CORRUPTIONS for level in LEVELS}
        ),
        classes="ImageNet's 1,000",
        folders=("imagenet-c", "ImageNet-C", "imagenet_c"),
        layout="CORRUPTION/LEVEL/CLASS/FILE, such as gaussian_noise/3/n01440764/FILE",
        needs=lambda part: (on_disk(part),),
        read=_c,
        reference=lambda part: "imagenet-val",
        downloads=_archives("2235448", _MD5_C, "Zenodo", by_part=True),
        traps=(
            "T6: its AlexNet constants belong to pictures of 224×224 shown as they are; scaled to "
            "256 and cropped, AlexNet itself has an mCE of 102.3.",
            "noise.tar alone has 21 GB; the four extra corruptions are for validation and no part "
            "of the mCE.",
        ),
    ),
    PublishedSet(
        name="imagenet-p",
        title="ImageNet-P: sequences in which a validation picture moves or changes a little",
        source=f"{_SOURCE}; zenodo.org/records/3565846",
        licence="CC BY 4.0 (Zenodo); the pictures under ImageNet's terms",
        collected="Validation pictures cropped to 224×224, perturbed by a program frame by frame "
        "and kept as MP4",
        not_for="accuracy: it is about answers that flip",
        parts=MappingProxyType(_SEQUENCES),
        classes="ImageNet's 1,000",
        counted="videos",
        folders=("imagenet-p", "ImageNet-P", "imagenet_p"),
        layout="PERTURBATION/CLASS/FILE.mp4, such as gaussian_noise/n01440764/FILE.mp4",
        needs=lambda part: (on_disk(part),),
        read=_p,
        reference=lambda part: "imagenet-val",
        downloads=_archives("3565846", _MD5_P, "public loaders of it", by_part=False),
        traps=(
            "It counts 50,000 videos for each perturbation; here every frame is an example and a "
            "video is a group.",
            "MP4 is lossy: another decoder may give other grey levels.",
            "gaussian-noise-2 and so on are harder versions; the convention is the first.",
        ),
    ),
)
