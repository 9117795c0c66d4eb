"""NumPy archives: round trips, and every way of getting one wrong."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fieldmark.datasets import Reading, npz
from fieldmark.records import ClassSpace, ConfigError, DataError

IMAGES = np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3)
LABELS = np.array([1, 0])


@pytest.fixture
def archive(tmp_path):
    def write(**arrays):
        file = tmp_path / "birds.npz"
        np.savez(file, **({"images": IMAGES, "labels": LABELS} | arrays))
        return file

    return write


def test_images_and_labels(archive):
    birds = npz(archive())
    assert birds.card.name == "birds"
    assert birds.ids == ("000000", "000001")
    assert birds.classes.names == ("0", "1")
    assert birds.first_labels.tolist() == [1, 0]
    assert birds.frame == (4, 4, 3)
    assert (birds.images() == IMAGES).all()


def test_grey_images_may_leave_out_their_channel(archive):
    assert npz(archive(images=IMAGES[..., 0])).frame == (4, 4, 1)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_rounded_to_the_nearest_level(archive, dtype):
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    floats = (levels / 255).astype(dtype)
    birds = npz(archive(images=floats, labels=LABELS[:1]))
    assert (birds.images()[..., 0] == levels).all()


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 3)), st.data())
def test_what_is_written_is_read(tmp_path_factory, images, data):
    labels = data.draw(arrays(np.int16, len(images), elements=st.integers(-1, 9)))
    file = tmp_path_factory.mktemp("round") / "set.npz"
    np.savez_compressed(file, images=images, labels=labels)
    examples = npz(file)
    assert (examples.images()[..., 0] == images).all()
    assert (examples.first_labels == labels).all()


def test_ids_and_class_names(archive):
    birds = npz(archive(ids=np.array(["a", "b"]), class_names=np.array(["tit", "owl", "jay"])))
    assert birds.ids == ("a", "b")
    assert birds.classes.names == ("tit", "owl", "jay")
    assert npz(archive(ids=np.array([7, 3]))).ids == ("7", "3")


def test_class_names_are_found_again_among_given_classes(archive):
    zoo = ClassSpace(("owl", "lion", "tit"))
    named = npz(
        archive(class_names=np.array(["tit", "owl"]), labels=np.array([1, -1])), classes=zoo
    )
    assert named.classes is zoo
    assert named.first_labels.tolist() == [0, -1]
    assert npz(archive(), classes=zoo).first_labels.tolist() == [1, 0]


def test_pixels_are_read_whoever_watches_the_opening(archive):
    watched = npz(archive(), reading=Reading(watch=lambda done, of: None))
    assert watched.content == npz(archive()).content
    with pytest.raises(ConfigError, match="holds pixels, no files: leave out size"):
        npz(archive(), reading=Reading(size=8))


def test_the_fingerprint_follows_every_array(archive):
    seen = {
        npz(archive()).content,
        npz(archive(images=IMAGES[::-1])).content,
        npz(archive(labels=LABELS[::-1])).content,
        npz(archive(ids=np.array(["a", "b"]))).content,
        npz(archive(class_names=np.array(["a", "b"]))).content,
    }
    assert len(seen) == 5
    assert npz(archive(), name="other").content in seen


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": IMAGES[0, 0]}, r"images have the shape \(4, 3\); give \(n, h, w\) or"),
        ({"images": IMAGES[:0]}, r"images have the shape \(0, 4, 4, 3\)"),
        ({"images": IMAGES[..., :2]}, r"images have 2 channels; give 1 or 3"),
        ({"images": IMAGES[..., [0, 1, 2, 0]]}, r"images have 4 channels; give 1 or 3"),
        ({"images": np.moveaxis(IMAGES, -1, 1)}, r"4 channels; put channels last: np\.moveaxis"),
        ({"images": IMAGES.astype(np.int64)}, r"images are int64; give uint8 \(0 to 255\) or"),
        ({"images": IMAGES.astype(np.float32)}, r"images are floats from 0 to 95; give floats in"),
        ({"images": IMAGES * np.nan}, r"images hold NaN; give floats in \[0, 1\]"),
        ({"images": IMAGES.astype(object)}, r"images are pickled Python objects, which could run"),
        ({"labels": LABELS.astype(object)}, r"labels are pickled Python objects"),
        ({"labels": LABELS / 2}, r"labels are float64; give whole numbers from 0"),
        ({"labels": LABELS > 0}, r"labels are bool; give whole numbers from 0"),
        ({"labels": LABELS[:1]}, r"has 2 images but labels of the shape \(1,\); give one per"),
        ({"labels": LABELS[:, None]}, r"labels of the shape \(2, 1\); give one per image"),
        ({"labels": LABELS - 2}, r"the label -2 is negative; number the classes from 0"),
        ({"labels": LABELS + 70_000}, r"the label 70,001, which would need 70,002 classes"),
        ({"labels": np.array([0, 2**63], np.uint64)}, r"the label 9223372036854775808 is no class"),
        ({"class_names": np.array(["a"])}, r"the label 1 but only 1 classes, numbered 0 to 0"),
        ({"class_names": np.array(["a", "a"])}, r"class names must differ, but these come twice"),
        ({"class_names": np.array([[1.5]])}, r"class_names are float64 of the shape \(1, 1\)"),
        ({"ids": np.array(["a"])}, r"has 2 images but 1 ids; give one id per image"),
        ({"ids": np.array(["a", "a"])}, r"birds has 1 repeated ids"),
    ],
)
def test_arrays_that_cannot_be_meant(archive, changed, message):
    with pytest.raises(DataError, match=message):
        npz(archive(**changed))


def test_given_classes_that_do_not_fit(archive):
    with pytest.raises(DataError, match=r"the label 5 but only 2 classes, numbered 0 to 1"):
        npz(archive(labels=np.array([0, 5])), classes=ClassSpace(("a", "b")))
    with pytest.raises(DataError, match=r"'owl' of its class_names is none of the 2 classes"):
        npz(archive(class_names=np.array(["a", "owl"])), classes=ClassSpace(("a", "b")))


def test_files_that_are_no_archive(tmp_path, archive):
    with pytest.raises(DataError, match=r"none\.npz cannot be read \(No such file"):
        npz(tmp_path / "none.npz")
    text = tmp_path / "text.npz"
    text.write_text("not an archive")
    with pytest.raises(DataError, match=r"text\.npz is no \.npz archive, or is cut short; write"):
        npz(text)
    whole = archive().read_bytes()
    text.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"is no \.npz archive, or is cut short"):
        npz(text)
    np.save(tmp_path / "one.npy", IMAGES)
    with pytest.raises(DataError, match=r"one\.npy is one array; write np\.savez"):
        npz(tmp_path / "one.npy")
    np.savez(tmp_path / "x.npz", pictures=IMAGES)
    with pytest.raises(
        DataError, match=r"no array images and no array labels, only 'pictures'; wri"
    ):
        npz(tmp_path / "x.npz")


@given(st.data())
def test_damaged_archives_give_examples_or_one_clear_error(tmp_path_factory, data):
    stream = BytesIO()
    np.savez_compressed(stream, images=IMAGES, labels=LABELS)
    whole = bytearray(stream.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)):
        whole[place] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.mktemp("damaged") / "set.npz"
    file.write_bytes(whole)
    try:
        examples = npz(file)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert len(examples) == len(examples.images())
