"""CIFAR-10 and its relatives, from plain arrays in the published layouts."""

import pickle

import numpy as np
import pytest

from fieldmark.records import Altered, DataError, generator

N = 10_000


def images(n: int, seed: int = 0) -> np.ndarray:
    return generator(seed).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


def batches(place, *names: str, n: int = 3) -> list[np.ndarray]:
    (place / "cifar-10").mkdir(parents=True, exist_ok=True)
    made = []
    for seed, name in enumerate(names):
        pixels = images(n, seed)
        labels = np.arange(n, dtype=np.uint8) % 10
        records = np.concatenate(
            [labels[:, None], pixels.transpose(0, 3, 1, 2).reshape(n, -1)], axis=1
        )
        (place / "cifar-10" / name).write_bytes(records.tobytes())
        made.append(pixels)
    return made


def test_the_binary_version(shelf, place):
    (pixels,) = batches(place, "test_batch.bin")
    examples = shelf.read("cifar-10/test")
    assert (examples.images() == pixels).all()
    assert examples.first_labels.tolist() == [0, 1, 2]
    assert examples.ids == ("000000", "000001", "000002")
    assert examples.classes.names[:2] == ("airplane", "automobile")
    assert shelf.present("cifar-10") == ("test",)
    made = batches(place, *(f"data_batch_{number}.bin" for number in range(1, 6)), n=2)
    assert (shelf.read("cifar-10/train").images() == np.concatenate(made)).all()


def test_a_batch_that_is_cut_short(shelf, place):
    batches(place, "test_batch.bin")
    file = place / "cifar-10/test_batch.bin"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match="not made of records of 3,073 bytes; fetch it again"):
        shelf.read("cifar-10/test")
    file.write_bytes(b"")
    with pytest.raises(DataError, match="not made of records"):
        shelf.read("cifar-10/test")


@pytest.mark.parametrize("home", ["cifar-10.1", "CIFAR-10.1/datasets"])
def test_a_new_test_set(shelf, place, real, home):
    root = place / home
    root.mkdir(parents=True)
    published = real / "cifar10.1/datasets/cifar10.1_v6_labels.npy"
    labels = np.load(published)
    np.save(root / "cifar10.1_v6_data.npy", images(2_000))
    np.save(root / "cifar10.1_v6_labels.npy", labels)
    examples = shelf.read("cifar-10.1/v6")
    assert (examples.first_labels == labels).all()
    assert np.bincount(examples.first_labels).tolist() == [200] * 10
    assert "published)" not in examples.card.title
    assert shelf.present("cifar-10.1") == ("v6",)
    np.save(root / "cifar10.1_v6_labels.npy", labels[1:])
    with pytest.raises(DataError, match="2,000 images but 1,999 labels; fetch them again"):
        shelf.read("cifar-10.1/v6")


def test_arrays_that_would_run_a_program(shelf, place):
    root = place / "cifar-10.1"
    root.mkdir(parents=True)
    np.save(root / "cifar10.1_v4_data.npy", np.array({"images": 1}), allow_pickle=True)
    np.save(root / "cifar10.1_v4_labels.npy", np.arange(3))
    with pytest.raises(DataError, match="holds pickled Python objects, which could run"):
        shelf.read("cifar-10.1/v4")
    (root / "cifar10.1_v4_data.npy").write_bytes(pickle.dumps([1]))
    with pytest.raises(DataError, match=r"holds pickled Python objects|is no \.npy file"):
        shelf.read("cifar-10.1/v4")
    np.save(root / "cifar10.1_v4_data.npy", images(3)[..., 0])
    with pytest.raises(DataError, match=r"images are uint8 \(3, 32, 32\), not uint8"):
        shelf.read("cifar-10.1/v4")


def test_another_new_test_set(shelf, place):
    root = place / "cifar-10.2"
    root.mkdir(parents=True)
    np.savez(
        root / "cifar102_test.npz",
        images=images(4),
        labels=np.array([3, 2, 1, 0]),
        label_names=np.array(["a"]),
        keywords=np.array(["a"] * 4),
    )
    examples = shelf.read("cifar-10.2/test")
    assert examples.first_labels.tolist() == [3, 2, 1, 0]
    np.savez(root / "cifar102_test.npz", images=np.array([{}]), labels=np.array([0]))
    with pytest.raises(DataError, match="no archive of the arrays images and labels"):
        shelf.read("cifar-10.2/test")
    (root / "cifar102_test.npz").write_bytes(b"text")
    with pytest.raises(DataError, match="no archive of the arrays images and labels"):
        shelf.read("cifar-10.2/test")


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 5])
def test_five_levels_lie_in_one_file(shelf, place, times):
    root = place / "cifar-10-c"
    root.mkdir(parents=True)
    stack = np.zeros((5 * N, 32, 32, 3), np.uint8)
    stack += np.repeat(np.arange(5, dtype=np.uint8), N)[:, None, None, None]
    np.save(root / "gaussian_noise.npy", stack)
    np.save(root / "labels.npy", np.tile(np.arange(N) % 10, times).astype(np.uint8))
    examples = shelf.read("cifar-10-c/gaussian-noise/4")
    assert examples.altered == Altered("cifar-10-c/gaussian-noise", 4)
    assert len(examples) == N
    assert (examples.images(np.array([0, N - 1])) == 3).all()
    assert examples.first_labels[:3].tolist() == [0, 1, 2]
    np.save(root / "gaussian_noise.npy", stack[: 2 * N])
    with pytest.raises(DataError, match=r"20,000 images and .* labels of gaussian-noise, not 5"):
        shelf.read("cifar-10-c/gaussian-noise/1")


def test_what_people_called_them(shelf, place):
    batches(place, "test_batch.bin", n=N)
    counts = np.zeros((N, 10), np.int64)
    counts[:, 0] = 50
    counts[0, :3] = 20, 0, 31
    counts[1, :3] = 25, 25, 1
    counts[2, :4] = 4, 5, 40, 1
    (place / "cifar-10h").mkdir()
    np.save(place / "cifar-10h/cifar10h-counts.npy", counts)
    most = shelf.read("cifar-10h/majority")
    assert most.labels[:4].tolist() == [[2, -1], [0, 1], [2, -1], [0, -1]]
    tenth = shelf.read("cifar-10h/tenth")
    assert tenth.labels[:4].tolist() == [[2, 0], [0, 1], [2, 1], [0, -1]]
    assert most.content != tenth.content
    np.save(place / "cifar-10h/cifar10h-counts.npy", counts[:5])
    with pytest.raises(DataError, match=r"holds int64 \(5, 10\), no votes of people"):
        shelf.read("cifar-10h/majority")
