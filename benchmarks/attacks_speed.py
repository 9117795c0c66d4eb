"""Speed of attacks, ours beside other libraries in one run, and beside a bare gradient.

Usage: python benchmarks/attacks_speed.py [--images 160] [--rounds 3] [--digits 500] [--write]

Processor time of one thread. In the first part all take turns, round by round, and medians are
compared, so what else the machine does meets all alike: PGD and APGD of 20 steps on the CIFAR-10
net ResNet-20, in milliseconds per image and step, beside one forward pass with the gradient
towards the input of the untouched net. The budgets are those at which about half and nearly none
of the examples stand.

The second part is AutoAttack on the net of ``scripts/measure_autoattack.py``: our order, the
published one, the published one run naively (one target after the other, all steps for all
examples that stood at the beginning of a stage, the net untouched, every stage looks at the clean
pictures anew), and pyautoattack. Libraries that are not installed are left out. The folder in
FIELDMARK_DATA holds pictures and weights; without them part one takes random weights, and part two
is left out.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from measure_autoattack import net, pictures  # noqa: E402

from fieldmark.attacks import APGD, APGDT, FAB, PGD, AutoAttack, attacked  # noqa: E402
from fieldmark.attacks.watching.referee import Referee  # noqa: E402
from fieldmark.attacks.watching.stages import Stage  # noqa: E402
from fieldmark.models import TorchClassifier, loaded  # noqa: E402
from fieldmark.records import Attack, Budget, ModelCard, example_seeds  # noqa: E402

PAGE = ROOT / "docs" / "attacks-speed.md"
DATA = Path(os.environ.get("FIELDMARK_DATA") or ROOT.parent / "shared" / "data")
STEPS = 20
SIZES = tuple(size / 255 for size in (0.5, 0.7, 1.0, 2.0, 3.0))
WHAT = """What is saved, and where: examples are left once they are fooled; normalisation is folded;
sums and ReLUs are one kernel with their convolution; the way back is a program without a graph,
towards the picture alone; chunks come in the shapes in which the net says the same, bit for bit;
windows, steps, squares and the way to a plane are loops of machine code, one pass over memory each;
Square shows a net several squares at a time and throws away what nobody would have asked; walks and
climbs towards several classes go side by side. What is left is the net itself, above all."""
CARD = ModelCard("net", "convolutional net", "benchmark", "none", "none")


def resnet(n: int) -> tuple[TorchClassifier, np.ndarray, np.ndarray]:
    """ResNet-20, and pictures with labels, of those it gets right."""
    weights, labels = DATA / "weights-cifar10" / "resnet20-12fca82f.th", None
    images = np.random.default_rng(0).integers(0, 256, (2 * n, 32, 32, 3), dtype=np.uint8)
    net = f"weights:{weights}?arch=cifar/resnet20"
    if weights.exists():
        held = np.load(DATA / "cifar10" / "cifar10_test_lossless_200.npz")
        images, labels = held["x"], held["y"].astype(np.int64)
    else:
        net = "cifar:resnet20?weights=none"
    model = loaded(net).load()
    said = model(images).argmax(axis=1).astype(np.int64)
    right = np.flatnonzero(said == (said if labels is None else labels))[:n]
    return model, images[right], said[right]


def timed(work: Callable[[], float]) -> tuple[float, float]:
    """Seconds of processor time, and what came of it."""
    begun = process_time()
    made = work()
    return process_time() - begun, made


def ours(model: TorchClassifier, attack: Attack, images: np.ndarray, labels: np.ndarray) -> float:
    """Robust accuracy under one of our attacks."""
    ids = [str(row) for row in range(len(images))]
    found = attacked(model, attack, images, labels, example_seeds(ids, "speed", 0), ids=ids)
    return float((found.logits.argmax(axis=1) == labels).mean())


def bare(model: TorchClassifier, images: Tensor, labels: Tensor, most: int = 32) -> float:
    """One pass and the gradient towards the input, so many pictures at a time."""
    for part, wanted in zip(images.split(most), labels.split(most), strict=True):
        inputs = part.clone().requires_grad_()
        loss = functional.cross_entropy(model.module(inputs), wanted, reduction="sum")
        torch.autograd.grad(loss, inputs)
    return float("nan")


def others(
    model: TorchClassifier, size: float, images: Tensor, labels: Tensor
) -> Mapping[str, Callable[[], float]]:
    """The same attacks of the libraries that are installed."""

    def stands(moved: Tensor) -> float:
        with torch.no_grad():
            return float((model.module(moved).argmax(dim=1) == labels).float().mean())

    found: dict[str, Callable[[], float]] = {}
    try:
        import torchattacks

        pgd = torchattacks.PGD(model.module, size, 2.5 * size / STEPS, STEPS)
        apgd = torchattacks.APGD(model.module, "Linf", size, STEPS)
        found["torchattacks PGD"] = lambda: stands(pgd(images, labels))
        found["torchattacks APGD"] = lambda: stands(apgd(images, labels))
    except ImportError:
        print("torchattacks is not installed")
    try:
        import foolbox

        theirs = foolbox.PyTorchModel(model.module, bounds=(0, 1))
        climb = foolbox.attacks.LinfPGD(rel_stepsize=2.5 / STEPS, steps=STEPS)
        found["foolbox PGD"] = lambda: stands(climb(theirs, images, labels, epsilons=size)[1])
    except ImportError:
        print("foolbox is not installed")
    return found


def climbs(n: int, rounds: int) -> list[str]:
    """Part one, as lines: a table, and what it says."""
    model, images, labels = resnet(n)
    stands = {
        size: ours(model, PGD(Budget("linf", size), STEPS, loss="cross-entropy"), images, labels)
        for size in SIZES
    }
    half = min(stands, key=lambda size: abs(stands[size] - 0.5))
    none = min((size for size in stands if stands[size] <= 0.06), default=SIZES[-1])
    rows = [f"| {len(images)} images | budget | robust accuracy | ms / image / step | bare = 1 |"]
    rows, said = [*rows, "|---|---|---|---|---|"], []
    for size in (half, none):
        more, beside = race(model, size, images, labels, rounds)
        rows, said = rows + more, [*said, beside]
    return [*rows, "", *said]


def race(
    model: TorchClassifier, size: float, images: np.ndarray, labels: np.ndarray, rounds: int
) -> tuple[list[str], str]:
    """All attacks within one budget, round by round; lines of a table, and what they say."""
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    wanted, budget = torch.from_numpy(labels), Budget("linf", size)
    pgd, apgd = PGD(budget, STEPS, loss="cross-entropy"), APGD(budget, steps=STEPS)
    racers: dict[str, Callable[[], float]] = {
        "bare gradient": lambda: bare(model, pixels, wanted),
        "Fieldmark PGD": lambda: ours(model, pgd, images, labels),
        "Fieldmark APGD": lambda: ours(model, apgd, images, labels),
        **others(model, size, pixels, wanted),
    }
    spent: dict[str, list[float]] = {name: [] for name in racers}
    robust: dict[str, float] = {}
    for _ in range(rounds):
        for name, run in racers.items():
            seconds, robust[name] = timed(run)
            passes = 1 if name == "bare gradient" else STEPS
            spent[name].append(1000 * seconds / len(images) / passes)
    base = median(spent["bare gradient"])
    rows = []
    for name, times in spent.items():
        stood = "" if name == "bare gradient" else f"{robust[name]:.3f}"
        rows.append(
            f"| {name} | {size * 255:g}/255 | {stood} | {median(times):.2f} | "
            f"{median(times) / base:.2f} |"
        )
        print(rows[-1], flush=True)
    return rows, _beside(size, {name: median(times) for name, times in spent.items()})


def _beside(size: float, times: Mapping[str, float]) -> str:
    """How often ours go into the others' times, in words."""
    others = [name for name in times if not name.startswith(("bare", "Fieldmark"))]
    each = [f"{one} {times[one] / times[f'Fieldmark {one.split()[-1]}']:.1f}" for one in others]
    return f"Within {size * 255:g}/255 others take, ours being 1: {', '.join(each) or 'none here'}."


class Opaque(nn.Module):
    """A module that cannot be seen through, so that nobody makes a quicker copy."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, pictures: Tensor) -> Tensor:
        """What the module says; the loop hangs on the data."""
        if len(pictures) and bool(pictures.isfinite().all()):
            return self.module(pictures)
        raise ValueError("no pictures")


class Unhurried(Referee):
    """Lets an attack go on with every example that was open when it began."""

    standing: np.ndarray | None = None

    @property
    def open(self) -> np.ndarray:
        """Who was open at the beginning of the stage."""
        return super().open if self.standing is None else self.standing.copy()


def naive(model: TorchClassifier, images: np.ndarray, labels: np.ndarray) -> tuple[float, list]:
    """AutoAttack in the published order, with nothing saved; robust accuracy and the log."""
    opaque = TorchClassifier(Opaque(model.module).eval(), CARD)
    attack = AutoAttack(Budget("linf", 0.3), order="published")
    levels = images / np.float32(255)
    ids = [str(row) for row in range(len(images))]
    seeds = example_seeds(ids, "speed", 0)
    stood = np.flatnonzero(model(images).argmax(axis=1) == labels)
    log = []
    alone = [
        replace(one, group=1) if isinstance(one, APGDT | FAB) else one for one in attack.members
    ]
    for member in alone:
        begun = process_time()
        referee = Unhurried(opaque, attack.threat, levels[stood], labels[stood], seeds[stood])
        referee.standing = np.ones(len(stood), dtype=bool)
        member.search(referee)
        fooled = referee.score.fooled
        log.append(
            Stage(
                member.name,
                len(stood),
                stood[fooled],
                int(referee.score.gradients.sum()),
                int(referee.score.queries.sum()),
                process_time() - begun,
            )
        )
        stood = stood[~fooled]
    return len(stood) / len(images), log


def ensembles(n: int) -> list[str]:
    """Part two, as lines: a table, and what it says."""
    model, (every, answers) = net("fgsm"), pictures()
    images, labels = every[:n], answers[:n]
    ids = [str(row) for row in range(n)]
    rows = [f"| AutoAttack, {n} digits | robust accuracy | CPU s | where it goes |"]
    rows.append("|---|---|---|---|")

    spent: dict[str, float] = {}

    def add(name: str, robust: float, seconds: float, stages: list[Stage]) -> None:
        where = ", ".join(f"{each.name} {each.seconds:.1f} s" for each in stages)
        rows.append(f"| {name} | {robust:.4f} | {seconds:.1f} | {where} |")
        spent[name] = seconds
        print(rows[-1], flush=True)

    passes = [_passes(model, images)]
    for order in ("quick", "published"):
        attack = AutoAttack(Budget("linf", 0.3), order=order)
        begun = process_time()
        found = attacked(model, attack, images, labels, example_seeds(ids, "speed", 0), ids=ids)
        robust = float((found.logits.argmax(axis=1) == labels).mean())
        add(f"Fieldmark, {order} order", robust, process_time() - begun, list(found.stages))
    begun = process_time()
    robust, log = naive(model, images, labels)
    add("published order, naively", robust, process_time() - begun, log)
    add_theirs(model, images, labels, add)
    passes.append(_passes(model, images))
    answer, slope = np.mean(passes, axis=0)
    slopes = int(found.gradients.sum())
    answers = int(found.queries.sum()) - slopes
    ours = spent["Fieldmark, quick order"]
    beside = ", ".join(
        f"{name} {seconds / ours:.2f}" for name, seconds in spent.items() if seconds != ours
    )
    return [
        *rows,
        "",
        f"The quick order being 1: {beside}.",
        f"It asks for {slopes:,} gradients and {answers:,} answers without one. Bare passes of the "
        f"untouched net ({1e6 * slope:.0f} µs a gradient and {1e6 * answer:.0f} µs an answer, in "
        f"batches of 64, beforehand and afterwards) would take "
        f"{slopes * slope + answers * answer:.1f} s.",
    ]


def add_theirs(
    model: TorchClassifier, images: np.ndarray, labels: np.ndarray, add: Callable[..., None]
) -> None:
    """The same by pyautoattack, if it is installed."""
    try:
        from pyautoattack import AutoAttack as Theirs
    except ImportError:
        print("pyautoattack is not installed")
        return
    pixels = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).float() / 255
    theirs = Theirs(model.module, norm="Linf", eps=0.3, version="standard", seed=0)
    begun = process_time()
    moved = theirs.run_standard_evaluation(pixels, torch.from_numpy(labels), batch_size=len(images))
    seconds = process_time() - begun
    with torch.no_grad():
        said = model.module(moved[0] if isinstance(moved, tuple) else moved).argmax(dim=1)
    add("pyautoattack", float((said.numpy() == labels).mean()), seconds, [])


def _passes(model: TorchClassifier, images: np.ndarray, times: int = 40) -> tuple[float, float]:
    """Seconds of the untouched net for one answer and for one gradient, in batches of 64."""
    pixels = torch.from_numpy(np.resize(images, (64, *images.shape[1:]))).permute(0, 3, 1, 2)
    pixels = pixels.float() / 255

    def answer() -> float:
        with torch.no_grad():
            return float(model.module(pixels)[0, 0])

    def gradient() -> float:
        return bare(model, pixels, torch.zeros(64, dtype=torch.int64), 64)

    each = [median(timed(one)[0] for _ in range(times)) / 64 for one in (answer, gradient)]
    return each[0], each[1]


def main() -> None:
    """Measure, print, and write if asked to."""
    said = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    said.add_argument("--images", type=int, default=160)
    said.add_argument("--digits", type=int, default=500)
    said.add_argument("--rounds", type=int, default=3)
    said.add_argument("--write", action="store_true")
    told = said.parse_args()
    torch.set_num_threads(1)
    before = os.getloadavg()[0]
    first = climbs(told.images, told.rounds) if told.images else []
    second = ensembles(told.digits) if told.digits and DATA.is_dir() else []
    if told.write:
        asked = f"--images {told.images} --rounds {told.rounds} --digits {told.digits}"
        load = f"{before:.0f} when it began and {os.getloadavg()[0]:.0f} when it ended"
        head = (
            f"`python benchmarks/attacks_speed.py {asked} --write` wrote this page, all of it; the "
            f"file says how it is measured. {platform.machine()}, torch {torch.__version__}, "
            f"{_versions()}; seconds are of the processor, of one thread. The machine has "
            f"{os.cpu_count()} cores, and its load was {load}: where that is more, a tenth up or "
            "down means little."
        )
        parts = ["# How fast attacks are", head, "\n".join(first), WHAT, "\n".join(second)]
        PAGE.write_text("\n\n".join(part for part in parts if part) + "\n")


def _versions() -> str:
    found = []
    for name in ("torchattacks", "foolbox", "pyautoattack"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


if __name__ == "__main__":
    main()
