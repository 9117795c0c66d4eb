"""AutoAttack on two published nets, stage by stage, beside figures measured with its authors' code.

python scripts/measure_autoattack.py                 both nets, 500 pictures, a table
python scripts/measure_autoattack.py --write         the same, into docs/attacks.md
python scripts/measure_autoattack.py fgsm -n 100     one net, fewer pictures

The nets are those of Wong, Rice & Kolter 2020 (arXiv:2001.03994), fgsm.pth and pgd_madry.pth of
their repository; pictures are the first of MNIST's test set, in linf 0.3. The folder in
FIELDMARK_DATA holds both.
"""

import argparse
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import numpy as np
import torch

from fieldmark.attacks import AutoAttack, Outcome, attacked
from fieldmark.datasets import idx
from fieldmark.models import TorchClassifier, strided
from fieldmark.records import Budget, ModelCard, example_seeds

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "attacks.md"
DATA = Path(os.environ.get("FIELDMARK_DATA") or ROOT.parent / "shared" / "data")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
STAGES = ("apgd-ce-linf", "apgd-t-linf", "fab-t-linf", "square-linf")
PUBLISHED = {"fgsm": (98.50, 85.4, 83.4, 83.2, 79.8), "pgd_madry": (98.99, 87.8, 86.8, 86.4, 85.8)}
"""Clean accuracy on all 10,000 pictures; then after each stage of the authors' code, on 500."""


def net(which: str) -> TorchClassifier:
    """One of the two nets."""
    module = strided((28, 28, 1), (16, 32), 100, 10, generator=torch.Generator().manual_seed(0))
    file = DATA / "weights-mnist" / f"fast_adversarial_mnist_{which}.pth"
    weights = torch.load(file, map_location="cpu", weights_only=True)
    module.load_state_dict(dict(zip(module.state_dict(), weights.values(), strict=True)))
    card = ModelCard(which, "convolutional net", "arXiv:2001.03994", "not stated", "adversarial")
    return TorchClassifier(module.eval(), card)


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """All test pictures of MNIST and their labels."""
    folder = DATA / "mnist"
    examples = idx(folder / "t10k-images-idx3-ubyte.gz", folder / "t10k-labels-idx1-ubyte.gz")
    rows = np.arange(len(examples))
    return examples.images(rows), examples.first_labels[rows]


def measured(which: str, n: int, order: str) -> tuple[list[str], Outcome]:
    """One row of the table for each stage."""
    model, (images, labels) = net(which), pictures()
    clean = np.concatenate([model(part) for part in np.split(images, 10)]).argmax(axis=1) == labels
    attack = AutoAttack(Budget("linf", 0.3), order=order)
    ids = [f"mnist-test-{row}" for row in range(n)]
    begun = process_time()
    outcome = attacked(
        model, attack, images[:n], labels[:n], example_seeds(ids, "autoattack", 0), ids=ids
    )
    seconds = process_time() - begun
    stands = int(clean[:n].sum())
    rows = [_row(which, "clean, all 10,000", 100 * clean.mean(), PUBLISHED[which][0], 0.0, "")]
    for stage in outcome.stages:
        stands -= len(stage.fooled)
        known = dict(zip(STAGES, PUBLISHED[which][1:], strict=True)) if order == "published" else {}
        asked = f"{stage.gradients / 1e3:.0f} / {stage.queries / 1e3:.0f}"
        rows.append(
            _row(which, stage.name, 100 * stands / n, known.get(stage.name), stage.seconds, asked)
        )
    judged = 100 * float((outcome.logits.argmax(axis=1) == labels[:n]).mean())
    rows.append(_row(which, "**judged**", judged, PUBLISHED[which][-1], seconds, ""))
    print(*rows, *outcome.remarks, sep="\n", flush=True)
    return rows, outcome


def _row(
    which: str, stage: str, ours: float, theirs: float | None, seconds: float, asked: str
) -> str:
    other = "" if theirs is None else f"{theirs:.2f}" if stage.startswith("clean") else f"{theirs}"
    spent = f"{seconds:.1f}" if seconds else ""
    return f"| {which} | {stage} | {ours:.2f} | {other} | {spent} | {asked} |"


def main() -> None:
    """Measure, print, and write if asked to."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("nets", nargs="*", default=list(PUBLISHED))
    said.add_argument("-n", type=int, default=500)
    said.add_argument("--order", default="published")
    said.add_argument("--write", action="store_true")
    told = said.parse_args()
    torch.set_num_threads(1)
    before = os.getloadavg()[0]
    rows = [row for which in told.nets for row in measured(which, told.n, told.order)[0]]
    if told.write:
        text = PAGE.read_text()
        head, rest = text.split(BEGIN)
        table = "\n".join(rows)
        made = (
            f"{told.n} pictures, one thread, {platform.machine()}, torch {torch.__version__}, "
            f"{datetime.now(UTC):%Y-%m-%d}; thousands of gradients / of all questions.\n"
            f"The machine had a load of {before:.0f}, then of {os.getloadavg()[0]:.0f}, "
            f"on {os.cpu_count()} cores.\n\n"
            "| net | stage | stand, % | authors' code, % | CPU s | asked |\n"
            "|---|---|---|---|---|---|"
        )
        PAGE.write_text(f"{head}{BEGIN}\n{made}\n{table}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
