"""Measure the trainings of docs/training.md, and write its tables.

python scripts/measure_training.py FOLDER             train what is missing, attack, write (hours)
python scripts/measure_training.py FOLDER --table     write the tables of what FOLDER holds

The four IDX files of MNIST are looked for in the folder mnist/ of the one in FIELDMARK_DATA.
Nets and what was measured of them stay in FOLDER; a run that was stopped goes on.
"""

import argparse
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

import fieldmark as fm
from fieldmark.attacks import PGD, AutoAttack, attacked
from fieldmark.models import from_trained
from fieldmark.records import Classifier, Examples, ModelError, example_seeds
from fieldmark.statistics import wilson
from fieldmark.training import Look, collapsed

PAGE = Path(__file__).parent.parent / "docs" / "training.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RADIUS = 0.3
FEW = 200
"""Images for AutoAttack; PGD gets 1,000, and clean accuracy all."""


@dataclass(frozen=True)
class Run:
    """One training of the tables, by the options of ``fieldmark.train``."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)


GOOD = tuple(
    Run(f"fast-{seed}", {"method": "fast", "eps": RADIUS, "seed": seed}) for seed in range(3)
)
PLAIN = Run(
    "plain-0",
    {"method": "fast", "eps": RADIUS, "step": 0.6, "random_start": False, "epochs": 3},
)


def mnist(part: str) -> Examples:
    """MNIST as published: "train" (60,000) or "t10k" (10,000)."""
    from fieldmark.catalog import source

    folder = Path(os.environ.get("FIELDMARK_DATA", ".")) / "mnist"
    files = ",".join(
        str(folder / f"{part}-{what}-ubyte.gz") for what in ("images-idx3", "labels-idx1")
    )
    return source(f"idx:{files}?name=mnist-{part}").examples()


def trained(run: Run, folder: Path, **more: Any) -> None:  # noqa: ANN401
    """Train a net, or go on with it, or leave it where it is done."""
    print(run.name, flush=True)
    fm.train("cnn-strided", mnist("train"), folder / run.name, resume=True, **run.options, **more)


def measured(folder: Path, name: str) -> dict[str, Any]:
    """How many images a net gets right, as they are and attacked; kept beside it."""
    file = folder / name / "measured.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    test, model = mnist("t10k"), from_trained(folder / name).load()
    budget = fm.Budget("linf", RADIUS)
    attacks = {
        "pgd": (PGD(budget, steps=40, step_size=0.01, loss="cross-entropy"), 1000),
        "autoattack": (AutoAttack(budget), FEW),
    }
    if "clean" not in found:
        right = int((model(test.images()).argmax(axis=1) == test.first_labels).sum())
        found["clean"] = [right, len(test)]
        file.write_text(json.dumps(found))
    for what, (attack, n) in attacks.items():
        if what not in found:
            found[what] = [_withstood(model, attack, test, n), n]
            file.write_text(json.dumps(found))
            print(name, what, found[what], flush=True)
    return found


def _withstood(model: Classifier, attack: Any, test: Examples, n: int) -> int:  # noqa: ANN401
    images, labels = test.images(np.arange(n)), test.first_labels[:n]
    seeds = example_seeds(test.ids[:n], attack.name, 0)
    outcome = attacked(model, attack, images, labels, seeds, ids=test.ids[:n])
    return int((outcome.logits.argmax(axis=1) == labels).sum())


def table(folder: Path) -> str:
    """Both tables, as Markdown."""
    head = ["seed", "clean, 10,000", "PGD-40, 1,000", f"AutoAttack, {FEW}"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for run in GOOD:
        file = folder / run.name / "measured.json"
        found = json.loads(file.read_text()) if file.exists() else {}
        cells = [_cell(found.get(what)) for what in ("clean", "pgd", "autoattack")]
        if not found:
            cells = [_caught(folder / run.name / "looks.csv"), "", ""]
        lines.append("| " + " | ".join([str(run.options["seed"]), *cells]) + " |")
    looks = np.genfromtxt(folder / PLAIN.name / "looks.csv", delimiter=",", names=True, dtype=None)
    well = np.genfromtxt(folder / GOOD[0].name / "looks.csv", delimiter=",", names=True, dtype=None)
    wanted = [300, 600, 900, 1050, 1200]
    lines += [
        "",
        "| batches | plain FGSM: clean | FGSM | PGD-10 | FGSM-RS: clean | FGSM | PGD-10 |",
    ]
    lines.append("|---" * 7 + "|")
    for step in [*wanted, 3000, 6000]:
        cells = [f"{step:,}"]
        for seen in (looks, well):
            row = seen[seen["step"] == step] if step in wanted or seen is well else []
            cells += [
                f"{100 * row[what][0]:.0f}" if len(row) else "" for what in ("clean", "fgsm", "pgd")
            ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _caught(file: Path) -> str:
    """When a training was seen to collapse, and how; that it has not ended where it was not."""
    looks = [Look(*map(float, row[:-1]), one_class=False) for row in _rows(file)]
    for count in range(1, len(looks) + 1):
        if reason := collapsed(looks[:count]):
            return f"caught at batch {int(looks[count - 1].step):,}: {reason}"
    return "not measured"


def _rows(file: Path) -> list[list[str]]:
    return [line.split(",") for line in file.read_text().splitlines()[1:]] if file.exists() else []


def _cell(counts: list[int] | None) -> str:
    if counts is None:
        return "not measured"
    found = wilson(*counts)
    return f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def main() -> None:
    """Train, attack and write, or write only."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--table", action="store_true")
    words = asked.parse_args()
    torch.set_num_threads(1)  # nets this small lose more by sharing work than they gain
    if not words.table:
        for run in GOOD:
            try:
                trained(run, words.folder)
                measured(words.folder, run.name)
            except ModelError as error:  # it collapsed, and the table says so
                print(error)
        trained(PLAIN, words.folder, keep_collapsed=True)
    text = PAGE.read_text()
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(words.folder)}\n{END}{after}")


if __name__ == "__main__":
    main()
