"""The writer shift: digit classifiers on other writers, by NIST series, and on digits of the post.

python scripts/measure_writers.py --data ../shared/data --store writers

MNIST's test images, with QMNIST's series and writer of each, and the USPS test digits in MNIST's
frame go into two archives beside the store; what is asked of them is what anybody would type:
``npz:mnist-10k.npz?group=writer``, ``...[series=0]``, ``...[series=4]``, ``npz:usps.npz``.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from PIL import Image

import fieldmark as fm
from fieldmark.catalog import SUBJECTS, Conditions, Source
from fieldmark.studies import slices

_DEMO = tuple(name for name in SUBJECTS.own if name != "chance")


def _idx(file: Path) -> np.ndarray:
    data = gzip.decompress(file.read_bytes())
    shape = np.frombuffer(data, ">u4", data[3], offset=4)
    kind = {8: ">u1", 12: ">i4"}[data[2]]
    return np.frombuffer(data, kind, offset=4 + 4 * data[3]).reshape(shape)


def _framed(tile: np.ndarray) -> np.ndarray:
    """A digit of 20×20 in 28×28, its centre of mass in the middle, as MNIST has them."""
    places = np.mgrid[: tile.shape[0], : tile.shape[1]]
    centre = (places * tile).sum(axis=(1, 2)) / max(tile.sum(), 1)
    corner = np.clip(np.rint(14 - centre).astype(int), 0, 28 - np.array(tile.shape))
    frame = np.zeros((28, 28), np.uint8)
    frame[corner[0] : corner[0] + tile.shape[0], corner[1] : corner[1] + tile.shape[1]] = tile
    return frame


def digits(data: Path, folder: Path) -> dict[str, Source]:
    """The two archives, written into a folder, as named sources."""
    told = _idx(data / "qmnist-test-labels-idx2-int.gz")[:10_000]
    labels = _idx(data / "t10k-labels-idx1-ubyte.gz")
    assert (told[:, 0] == labels).all(), "QMNIST's list is of other digits"
    names = np.array([str(digit) for digit in range(10)])
    np.savez_compressed(
        folder / "mnist-10k.npz",
        images=_idx(data / "t10k-images-idx3-ubyte.gz"),
        labels=labels,
        class_names=names,
        series=told[:, 1],
        writer=told[:, 2],
    )
    post = np.loadtxt(data / "usps-zip.test.gz")
    levels = np.rint((post[:, 1:] + 1) * 127.5).astype(np.uint8).reshape(-1, 16, 16)
    tiles = [np.asarray(Image.fromarray(one).resize((20, 20), 3)) for one in levels]
    np.savez_compressed(
        folder / "usps.npz",
        images=np.stack([_framed(one) for one in tiles]),
        labels=post[:, 0].astype(np.int64),
        class_names=names,
    )
    return {
        "mnist-10k": Source("npz:mnist-10k.npz", name="mnist-10k", base=folder, group="writer"),
        "usps": Source("npz:usps.npz", name="usps", base=folder, reference="mnist-10k"),
    }


def main() -> None:
    """Ask, and print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True, help="a folder with mnist/")
    asked.add_argument("--store", type=Path, default=Path("writers"))
    asked.add_argument("--subjects", default=",".join(_DEMO))
    told = asked.parse_args()
    folder = told.store.parent
    folder.mkdir(parents=True, exist_ok=True)
    names = Conditions(sources=digits(told.data / "mnist", folder), base=folder)
    conditions = [
        one for text in ("mnist-10k", "mnist-10k[series=*]", "usps") for one in names.make(text)
    ]
    store = fm.run(told.subjects.split(","), conditions, told.store)
    print(fm.render(slices(store, on="mnist-10k", by="series", subject="cnn-medium"), "md"))
    for on in ("mnist-10k[series=4]", "usps"):
        found = fm.effective_robustness(store, on=on, reference="mnist-10k[series=0]")
        print(fm.render(found, "md"))


if __name__ == "__main__":
    main()
