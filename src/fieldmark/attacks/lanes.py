"""Lanes: many searches side by side in a batch whose shape never changes.

A search ends when its picture fools the model, so most end early. Dropping them from the batch
would save their work, but arithmetic on a batch of another shape may differ in the last bit, and
then an example's outcome would depend on its neighbours. So a batch has a fixed number of lanes,
and a lane whose search has ended takes the next example of the queue; when the queue is empty,
lanes run empty. Kernels see one shape from first to last, whatever the number and the order of the
examples.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from fieldmark.attacks.balls import back_into_ball, start_in_ball, step_uphill
from fieldmark.attacks.plans import Plan
from fieldmark.attacks.slopes import Slope, slope
from fieldmark.records import FloatImages, GradientClassifier, Labels, Seeds, seed_of

EMPTY = -1


class Lanes:
    """The searches that are under way, one per lane.

    Args:
        plan: How to search.
        images: All images, float32 (n, h, w, c).
        labels: Their right classes, int64 (n,).
        seeds: Their seeds, uint64 (n,).
        device: Where the module lies.
    """

    def __init__(
        self, plan: Plan, images: FloatImages, labels: Labels, seeds: Seeds, device: torch.device
    ) -> None:
        self.plan, self.seeds, self.device = plan, seeds, device
        self.images = torch.from_numpy(images.copy()).permute(0, 3, 1, 2).contiguous()
        self.all_labels = torch.from_numpy(labels.copy())
        self.found = self.images.clone()
        self.queue: Iterator[int] = iter(range(len(images)))
        lanes = plan.width
        self.example = np.full(lanes, EMPTY)
        self.steps = np.zeros(lanes, dtype=np.int64)
        self.restarts = np.zeros(lanes, dtype=np.int64)
        # Empty lanes hold the first image: any will do, as nobody looks at what becomes of it.
        self.origin = self.images[:1].to(device).repeat(lanes, 1, 1, 1)
        self.picture = self.origin.clone()
        self.label = self.all_labels[:1].to(device).repeat(lanes)
        self.best = self.origin.clone()
        self.best_margin = torch.full((lanes,), -torch.inf, device=device)
        self._enter(np.arange(lanes))

    @property
    def busy(self) -> bool:
        """Is any search under way?"""
        return bool((self.example != EMPTY).any())

    def advance(self, seen: Slope) -> None:
        """Keep what was seen, end the searches that are over, and move the others one step."""
        margin = seen.margin.float()
        better = margin > self.best_margin
        self.best = torch.where(better[:, None, None, None], self.picture, self.best)
        self.best_margin = torch.maximum(margin, self.best_margin)
        uphill = step_uphill(self.plan.budget, seen.uphill, self.plan.step)
        self.picture = back_into_ball(self.plan.budget, self.picture + uphill, self.origin)
        wrong = seen.wrong.cpu().numpy()
        over = (wrong | (self.steps == self.plan.steps)) & (self.example != EMPTY)
        self.steps += 1
        again = over & ~wrong & (self.restarts + 1 < self.plan.restarts)
        self._start_again(np.flatnonzero(again))
        self._leave(np.flatnonzero(over & ~again))
        self._enter(np.flatnonzero(over & ~again))

    def _leave(self, lanes: Int64[np.ndarray, " l"]) -> None:
        """Write down what these lanes have found."""
        self.found[torch.from_numpy(self.example[lanes])] = self.best[self._on_device(lanes)].cpu()
        self.example[lanes] = EMPTY

    def _enter(self, lanes: Int64[np.ndarray, " l"]) -> None:
        """Let the next examples of the queue in."""
        pairs = list(zip(lanes.tolist(), self.queue, strict=False))
        if not pairs:
            return
        filled, entering = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
        where, who = self._on_device(filled), torch.from_numpy(entering)
        self.example[filled], self.restarts[filled] = entering, 0
        self.origin[where] = self.images[who].to(self.device)
        self.label[where] = self.all_labels[who].to(self.device)
        self.best_margin[where] = -torch.inf
        self._place_at_start(filled)

    def _start_again(self, lanes: Int64[np.ndarray, " l"]) -> None:
        """Begin the next search for the same examples; the best of the earlier ones is kept."""
        if len(lanes):
            self.restarts[lanes] += 1
            self._place_at_start(lanes)

    def _place_at_start(self, lanes: Int64[np.ndarray, " l"]) -> None:
        self.steps[lanes] = 0
        starts = torch.from_numpy(np.stack([self._start(lane) for lane in lanes.tolist()]))
        where = self._on_device(lanes)
        origin = self.origin[where]
        moved = origin + starts.to(self.device)
        self.picture[where] = back_into_ball(self.plan.budget, moved, origin)

    def _start(self, lane: int) -> Float32[np.ndarray, "c h w"]:
        seed, restart = int(self.seeds[self.example[lane]]), int(self.restarts[lane])
        stream = seed_of(seed, "restart", str(restart)) if restart else seed
        return start_in_ball(self.plan.budget, tuple(self.images.shape[1:]), stream)

    def _on_device(self, lanes: Int64[np.ndarray, " l"]) -> Int64[Tensor, " l"]:
        return torch.from_numpy(lanes).to(self.device)


def descend(
    plan: Plan, model: GradientClassifier, images: FloatImages, labels: Labels, seeds: Seeds
) -> FloatImages:
    """The worst images that a descent by ``plan`` finds; see ``PGD.search``."""
    dtype, device = _home(model.module)
    lanes = Lanes(plan, images, labels, seeds, device)
    while lanes.busy:
        lanes.advance(slope(model, lanes.picture, lanes.label, loss=plan.loss, dtype=dtype))
    return lanes.found.permute(0, 2, 3, 1).contiguous().numpy()


def _home(module: Any) -> tuple[torch.dtype, torch.device]:  # noqa: ANN401  any torch module
    """Where a module lies and in which precision it works; float32 on the CPU if it has no say."""
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point():
            return tensor.dtype, tensor.device
    return torch.float32, torch.device("cpu")
