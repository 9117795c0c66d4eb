"""How accurate are classifiers when a thumb covers a corner of the picture, and how steady?

    python examples/a_shift_of_your_own.py

A shift of your own is one function of one picture; put yours in the place of ``thumb``.
"""

import numpy as np

import fieldmark as fm
from fieldmark.datasets import mnist_test
from fieldmark.shifts import own_shift, sequence, shift, then
from fieldmark.studies import flip_rate


def thumb(picture: np.ndarray, rng: np.random.Generator, severity: int) -> np.ndarray:
    """A grey disc over one corner, drawn by chance; it grows with the severity."""
    height, width, _ = picture.shape
    row, column = rng.integers(2) * (height - 1), rng.integers(2) * (width - 1)
    down, right = np.mgrid[:height, :width]
    covered = np.hypot(down - row, right - column) < height * severity / 10
    picture[covered] = 128
    return picture


def main(store: str = "example-store") -> None:
    """Ask three quick classifiers; print accuracies, and how often answers flip in a sequence."""
    digits = mnist_test()
    stored = then(own_shift(thumb, severity=4), shift("jpeg-recoding", 40), name="sent-with-thumb")
    conditions = [
        fm.Condition(digits),
        *(fm.Condition(digits, own_shift(thumb, severity=severity)) for severity in (2, 4, 5)),
        fm.Condition(digits, stored),
        fm.Condition(digits, sequence("translate-sequence")),
    ]
    kept = fm.run(["ridge", "random-features", "mlp-small"], conditions, store)
    print(fm.render(fm.accuracy_grid(kept)))
    print(flip_rate(kept, on="mnist-test+translate-sequence@1").statement)


if __name__ == "__main__":
    main()
