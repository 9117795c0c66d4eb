"""Draw the figures of docs/studies/ from simulated answers; --check says which are out of date.

python scripts/draw_studies.py                 # every study of the table
python scripts/draw_studies.py compare pm-k    # some of them
python scripts/draw_studies.py --check         # draw nothing, compare
"""

import argparse
import re
import sys
from collections.abc import Mapping
from math import isclose
from pathlib import Path
from types import MappingProxyType

import fieldmark
from fieldmark.records import FieldmarkError
from fieldmark.reports import figure_svg
from fieldmark.store import Store
from fieldmark.studies import STUDIES

FOLDER = Path(__file__).parent.parent / "docs" / "studies" / "figures"

# One line per study, in alphabetical order: what it is told besides the store.
OPTIONS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "accuracy-budget": {
            "on": "lab-test+fab-l2@any",
            "first": "net-l-augmented",
            "second": "net-l",
        },
        "accuracy-grid": {},
        "accuracy-summary": {},
        "benchmark-card": {"on": "field-test", "reference": "lab-test"},
        "broken-line": {"on": "lab-test+gaussian-noise@5"},
        "compare": {"first": "deep-l", "second": "web-l"},
        "corruption-error": {"on": "lab-test", "baseline": "linear-a"},
        "effective-robustness": {"on": "field-test"},
        "error-consistency": {"on": "lab-test+fog"},
        "failures": {"per_condition": 6},
        "filtering": {"on": "field-test", "wrong_for": ("deep-s",)},
        "flip-rate": {"on": "field-video"},
        "headline": {},
        "humans-and-machines": {"on": "field-test"},
        "ladder": {
            "on": "lab-test",
            "order": (
                "net-l-augmented",
                "net-l-seed2",
                "net-l",
                "deep-s",
                "web-m",
                "person-2",
                "deep-m",
                "person-1",
                "web-l",
                "deep-l",
                "deep-xl",
            ),
        },
        "label-errors": {"on": "lab-relabelled", "reference": "lab-test"},
        "label-order": {},
        "leaderboard": {"on": "field-test"},
        "multi-label": {"on": "lab-relabelled", "reference": "lab-test"},
        "per-class": {"on": "field-test", "subject": "net-s"},
        "pm-k": {"on": "field-video", "k": 5},
        "progress": {
            "on": "lab-test",
            "newer": "field-test",
            "dates": {
                "linear-a": 2009.5,
                "linear-b": 2010.0,
                "forest-a": 2011.0,
                "forest-b": 2012.5,
                "net-s": 2013.0,
                "net-m": 2014.5,
                "net-l": 2015.5,
                "net-l-augmented": 2016.0,
                "deep-s": 2016.5,
                "deep-m": 2017.5,
                "web-m": 2018.0,
                "deep-l": 2019.0,
                "deep-xl": 2020.5,
            },
        },
        "public-private": {"first": "lab-test", "second": "field-test"},
        "robustness-curves": {},
        "sandwich": {
            "on": "lab-test+fab-l2@any",
            "reference": "lab-test+certified-l2@10000",
            "subject": "net-l-augmented",
        },
        "shape-bias": {"on": "cue-conflict-shape", "reference": "cue-conflict-texture"},
        "similarity": {"on": "field-test"},
        "slices": {"on": "field-test", "by": "camera", "subject": "deep-l"},
        "test-set-reuse": {"on": "field-test"},
        "transfer": {"reference": "lab-test"},
        "transfer-matrix": {"on": "lab-test", "condition": "lab-test+pgd-linf@8/255"},
        "test-set-size": {"on": "lab-test"},
        "worst-case": {"on": "lab-test+pgd-linf@8/255,lab-test+pgd-l2@0.5,lab-test+pgd-l1@12"},
    }
)

# A rehearsal has no pictures: these are studied in a small store of real answers.
WITH_PICTURES = ("failures",)

# A last digit may differ from one processor to the next; a figure that says something else may not.
_NUMBER = re.compile(r"-?\d+\.?\d*(?:e-?\d+)?")
_NEAR = 0.02
_PICTURE = re.compile(r'href="data:[^"]*"')


def with_pictures() -> Store:
    """A store of real answers to a few digits, with some of the pictures kept."""
    conditions = ["mnist-test", "mnist-test+rotation@4"]
    return fieldmark.run(["ridge"], conditions, "memory://pictures-of-the-docs")


def drawn(name: str, store: Store) -> dict[Path, str]:
    """The figures of a study as SVG, by the files that they belong in."""
    figures = STUDIES[name](store, **OPTIONS[name]).figures
    return {
        FOLDER / (f"{name}.svg" if place == 1 else f"{name}-{place}.svg"): figure_svg(figure)
        for place, figure in enumerate(figures, start=1)
    }


def alike(one: str, other: str) -> bool:
    """Do two drawings show the same, but for the last digits of where things lie?"""
    one, other = (_PICTURE.sub("", svg) for svg in (one, other))
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(isclose(float(a), float(b), abs_tol=_NEAR, rel_tol=1e-4) for a, b in pairs)


def stale(name: str, wanted: Mapping[Path, str]) -> list[str]:
    """What is wrong with the kept figures of a study."""
    wrong = [f"{path.name} is missing" for path in wanted if not path.exists()]
    wrong += [
        f"{path.name} is out of date"
        for path, svg in wanted.items()
        if path.exists() and not alike(path.read_text("utf-8"), svg)
    ]
    kept = {FOLDER / f"{name}.svg", *FOLDER.glob(f"{name}-[0-9].svg")}
    extra = {path for path in kept - wanted.keys() if path.exists()}
    return wrong + [f"{path.name} is drawn no more" for path in sorted(extra)]


def main() -> int:
    """How many studies could not be drawn or are out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="STUDY", help="which ones; all by default")
    parser.add_argument("--check", action="store_true", help="draw nothing; say what is stale")
    told = parser.parse_args()
    if unknown := [name for name in told.names if name not in OPTIONS]:
        parser.error(f"not in the table: {', '.join(unknown)}")
    simulated = fieldmark.rehearse("memory://figures-of-the-docs")
    complaints: list[str] = []
    for name in told.names or OPTIONS:
        try:
            wanted = drawn(name, with_pictures() if name in WITH_PICTURES else simulated)
        except FieldmarkError as error:
            complaints.append(f"{name}: {error}")
            continue
        if told.check:
            complaints += stale(name, wanted)
            continue
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, svg in wanted.items():
            path.write_text(svg, "utf-8")
        print(f"{name}: {len(wanted)}")
    print("\n".join(complaints), file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
