"""One training under way: batch by batch, looked at as it goes, kept now and then, written down.

A run is told where it lives and never asks whether it may: that is for ``folders``.
"""

import csv
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from fieldmark.models import Blueprint, trained_files, write_whole
from fieldmark.records import ConfigError, Examples, ModelCard, ModelError, seed_of
from fieldmark.training.collapse import PICTURES, Look, collapsed, look
from fieldmark.training.objectives import radius_of
from fieldmark.training.plans import Plan
from fieldmark.training.shown import Shown

if TYPE_CHECKING:
    import torch

    from fieldmark.training.course import Standing

CHECKPOINT = "checkpoint.safetensors"
"""Where a training stands; gone when it has ended."""

LOOKS = "looks.csv"
"""What was seen of the training as it went, a line for each look."""

TRAINING_VERSION = 1
"""Goes up when the same settings would come to other weights."""

Watch = Callable[[int, int, str], None]
"""Told (batches learnt, batches in all, what was seen last) after every batch."""


@dataclass(frozen=True)
class Training:
    """A training as it is asked for: all that decides its weights.

    Args:
        network: The net.
        plan: How it is fitted.
        name: What the net is called.
        seed: Where all chance comes from.
    """

    network: Blueprint
    plan: Plan
    name: str
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"a seed is a whole number, 0 or above, got {self.seed}")


@dataclass(frozen=True)
class Trained:
    """What a training came to.

    Args:
        folder: Holds its card, its weights and its looks; ``trained:FOLDER`` is the subject.
        name: What the net is called.
        looks: What was seen of it as it went.
        collapse: What went wrong, where it was to go on all the same; "" if nothing.
        seconds: How long it took since it was begun or taken up again.
        resumed: The batch that it was taken up again after; 0 where it began.
    """

    folder: Path
    name: str
    looks: tuple[Look, ...]
    collapse: str
    seconds: float
    resumed: int = 0


class Run:
    """One training under way."""

    def __init__(
        self,
        wanted: Training,
        lesson: Shown,
        examples: Examples,
        folder: Path,
        settings: dict[str, Any],
    ) -> None:
        import torch

        from fieldmark.training.changes import as_batch
        from fieldmark.training.course import batches, begun

        self.wanted, self.examples, self.folder = wanted, examples, folder
        self.settings, self.plan = settings, wanted.plan
        net = wanted.network.build(
            lesson.frame, len(examples.classes), generator=self._chance("weights")
        )
        self.standing: Standing = begun(
            net, wanted.plan, order=self._chance("order"), chance=self._chance("changes")
        )
        self.images, self.labels = as_batch(lesson.images), torch.tensor(lesson.labels)
        order = torch.randperm(len(self.images), generator=self._chance("looked at"))
        self.seen = order[:PICTURES]
        self.an_epoch = batches(self.plan, len(self.images))
        self.steps = self.plan.epochs * self.an_epoch
        self.looks: list[Look] = []
        self.collapse = ""

    def take_up(self) -> int:
        """Go to where the checkpoint stands; the batch that it was written after."""
        from fieldmark.training.checkpoints import resume

        kept = resume(self.folder / CHECKPOINT, self.standing, self.settings)
        self.looks = list(kept.looks)
        if self.standing.step > self.steps:
            raise ModelError(f"{self.folder / CHECKPOINT} is damaged; begin anew elsewhere")
        return self.standing.step

    def go(
        self, *, every: float, keep_collapsed: bool, watch: Watch | None, resumed: int
    ) -> Trained:
        """Train to the end, and write down what came of it."""
        from fieldmark.training.checkpoints import save
        from fieldmark.training.course import course
        from fieldmark.training.fitting import refuse_collapse

        began = kept = monotonic()
        for step in course(self.standing, self.plan, self.images, self.labels):
            if self._due(step):
                self._look(step, keep_collapsed=keep_collapsed)
            if step % self.an_epoch == 0 or monotonic() - kept >= every:
                save(self.folder / CHECKPOINT, self.standing, self.settings, self.looks)
                kept = monotonic()
            if watch is not None:
                watch(step, self.steps, self._note())
        self.standing.module.eval()
        try:
            refuse_collapse(self.standing.module, self.images, self.labels)
        except ModelError as error:
            if not keep_collapsed:
                raise
            self.collapse = str(error)
        self._write()
        return Trained(
            self.folder,
            self.wanted.name,
            tuple(self.looks),
            self.collapse,
            monotonic() - began,
            resumed,
        )

    def _due(self, step: int) -> bool:
        """Is it time to look?"""
        looks = self.plan.looks
        return looks > 0 and (step % looks == 0 or step == self.steps)

    def _look(self, step: int, *, keep_collapsed: bool) -> None:
        from fieldmark.training.losses import Scene

        radius = radius_of(self.plan.objective) * self.plan.strength(step, self.steps)
        scene = Scene(self.standing.module, self._chance("look", str(step)))
        pictures, labels = self.images[self.seen], self.labels[self.seen]
        self.looks.append(look(scene, pictures, labels, step=step, radius=radius))
        write_whole(self.folder / LOOKS, _as_csv(self.looks))
        found = collapsed(self.looks, ended=step == self.steps)
        if found and not self.collapse:
            self.collapse = f"training collapsed at step {step:,} of {self.steps:,}: {found}"
        if found and not keep_collapsed:
            raise ModelError(
                f"{self.collapse}; let the radius grow (warm-up), take more steps or a smaller "
                f"one; {self.folder / LOOKS} tells how it went"
            )

    def _note(self) -> str:
        if not self.looks:
            return ""
        last = self.looks[-1]
        hard = f", PGD {last.pgd:.0%}" if last.radius else ""
        return f"clean {last.clean:.0%}{hard} on training images"

    def _write(self) -> None:
        examples, plan = self.examples, self.plan
        collapse = f"; {self.collapse}" if self.collapse else ""
        height, width, channels = examples.frame
        card = ModelCard(
            name=self.wanted.name,
            family=self.wanted.network.family,
            source="trained with Fieldmark",
            licence=f"yours; trained on {examples.card.name} ({examples.card.licence})",
            training=f"{plan} ({len(self.images):,} examples of {examples.card.name}){collapse}",
            classes=examples.classes.names,
            frame=(height, width, channels),
            parameters=sum(one.numel() for one in self.standing.module.parameters()),
            intervention=plan.intervention,
        )
        notes = {
            "settings": self.settings,
            "steps": self.steps,
            "collapse": self.collapse,
            "looks": [asdict(one) for one in self.looks],
        }
        files = trained_files(self.standing.module, self.wanted.network, card, notes)
        for name, content in files.items():
            write_whole(self.folder / name, content)
        for done in (self.folder / CHECKPOINT, *self.folder.glob("*.part")):  # parts: of a kill
            done.unlink(missing_ok=True)

    def _chance(self, *names: str) -> "torch.Generator":
        import torch

        return torch.Generator().manual_seed(seed_of(self.wanted.seed, *names) >> 1)


def settings_of(wanted: Training, examples: Examples) -> dict[str, Any]:
    """All that decides the weights; two trainings are the same where these are."""
    return {
        "version": TRAINING_VERSION,
        "network": asdict(wanted.network),
        **wanted.plan.settings,
        "seed": wanted.seed,
        "name": wanted.name,
        "data": examples.content,
    }


def _as_csv(looks: list[Look]) -> bytes:
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([one.name for one in fields(Look)])
    for one in looks:
        row = [round(x, 6) if isinstance(x, float) else x for x in asdict(one).values()]
        table.writerow(row)
    return text.getvalue().encode()
