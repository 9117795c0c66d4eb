"""The writer shift: digit classifiers on other writers, by NIST series, and on digits of the post.

python scripts/measure_writers.py --data ../shared/data --store writers

What is asked is what anybody would type where the data are at hand (``fieldmark fetch mnist`` and
``usps``): ``mnist/test?group=writer``, its slices ``[series=0]`` and ``[series=4]``, and
``usps/mnist-frame``.
"""

import argparse
import os
from pathlib import Path

import fieldmark as fm
from fieldmark.catalog import SUBJECTS, Conditions
from fieldmark.studies import slices

_DEMO = tuple(name for name in SUBJECTS.own if name != "chance")
_DIGITS = "mnist/test?group=writer"


def main() -> None:
    """Ask, and print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True, help="a folder with mnist/")
    asked.add_argument("--store", type=Path, default=Path("writers"))
    asked.add_argument("--subjects", default=",".join(_DEMO))
    told = asked.parse_args()
    os.environ["FIELDMARK_DATA_SETS"] = str(told.data.resolve())
    names = Conditions()
    conditions = [
        one
        for text in (_DIGITS, f"{_DIGITS}[series=*]", "usps/mnist-frame")
        for one in names.make(text)
    ]
    store = fm.run(told.subjects.split(","), conditions, told.store)
    print(fm.render(slices(store, on="mnist/test", by="series", subject="cnn-medium"), "md"))
    for on in ("mnist/test[series=4]", "usps/mnist-frame"):
        found = fm.effective_robustness(store, on=on, reference="mnist/test[series=0]")
        print(fm.render(found, "md"))


if __name__ == "__main__":
    main()
