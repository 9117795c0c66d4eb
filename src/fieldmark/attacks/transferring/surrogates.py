"""Surrogates: the model that is attacked in place of the target, and the pictures made of it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Int64

from fieldmark.records import GradientClassifier, NotApplicableError, Subject

if TYPE_CHECKING:
    from torch import Tensor

    from fieldmark.attacks.watching.asked import Asked
    from fieldmark.attacks.watching.referee import Referee

KEPT_BYTES = 2**28
"""How much memory pictures may take that wait for the next target."""

_LOADING = RLock()
"""One model is loaded at a time: two that are the same would be trained side by side."""

Picture = Float32[np.ndarray, "c h w"]
Climb = Callable[..., Any]
"""From the surrogate (as ``Asked``), pictures, labels and seeds to pictures."""

Key = tuple[int, int, bytes]
"""An example's seed, its class, and the digest of its picture."""


@dataclass
class Surrogate:
    """A model that is loaded when it is first climbed, once, and what was made of it.

    A picture follows from the example alone, so it does not matter which target asked first, or
    whether pictures were dropped and made again.

    Args:
        subject: The model.
    """

    subject: Subject
    _made: dict[Key, Future[Picture]] = field(default_factory=dict, repr=False)
    _lock: RLock = field(default_factory=RLock, repr=False)

    def pictures(
        self,
        referee: "Referee",
        rows: Int64[np.ndarray, " m"],
        make: Climb,
    ) -> "Tensor":
        """What ``make`` makes of some of the referee's pictures, on the referee's device.

        Args:
            referee: Whose pictures, labels and seeds.
            rows: Which examples, (m,).
            make: How; see ``Climb``.

        Raises:
            NotApplicableError: The surrogate gives no gradients, does not know the target's
                classes, or is made for pictures of another shape.
        """
        import torch

        asked = self._asked
        originals = referee.pictures[torch.from_numpy(rows).to(referee.pictures.device)].cpu()
        self._fits(tuple(originals.shape[1:]))
        labels = self._own_labels(referee)[rows]
        seeds = referee.seeds[rows]

        def missing(some: list[int]) -> list[Picture]:
            here = originals[some].to(asked.device)
            own = torch.from_numpy(labels[some]).to(asked.device)
            return list(make(asked, here, own, seeds[some]).cpu().numpy())

        keys = [
            (int(seed), int(label), blake2b(picture.numpy().tobytes(), digest_size=16).digest())
            for seed, label, picture in zip(seeds, labels, originals, strict=True)
        ]
        made = self._fetched(keys, missing)
        return torch.from_numpy(np.stack(made)).to(referee.pictures.device)

    def _fetched(
        self, keys: Sequence[Key], make: Callable[[list[int]], list[Picture]]
    ) -> list[Picture]:
        """The picture for each key; whoever wants one that is being made waits for it."""
        with self._lock:
            own = [place for place, key in enumerate(keys) if self._begun(key)]
            wanted = [self._made[key] for key in keys]
        try:
            found = make(own) if own else []
        except BaseException as error:
            with self._lock:
                for place in own:
                    self._made.pop(keys[place], Future()).set_exception(error)
            raise
        for place, picture in zip(own, found, strict=True):
            wanted[place].set_result(picture)
        pictures = [future.result() for future in wanted]
        self._forget(pictures[0].nbytes)
        return pictures

    def _begun(self, key: Key) -> bool:
        """Is this picture to be made here, because nobody has begun it?"""
        if key in self._made:
            return False
        self._made[key] = Future()
        return True

    def _forget(self, size: int) -> None:
        """Drop the oldest pictures where there are too many."""
        with self._lock:
            finished = [key for key, future in self._made.items() if future.done()]
            for key in finished[: max(0, len(self._made) - KEPT_BYTES // size)]:
                del self._made[key]

    @cached_property
    def _loaded(self) -> "Asked":
        from fieldmark.attacks.watching.asked import Asked

        classifier = self.subject.load()
        if not isinstance(classifier, GradientClassifier):
            raise NotApplicableError(
                f"{self.subject.name} gives no gradients, so it cannot be a surrogate"
            )
        return Asked(classifier)

    @property
    def _asked(self) -> "Asked":
        with _LOADING:
            return self._loaded

    def _fits(self, shape: tuple[int, ...]) -> None:
        wanted, (channels, height, width) = self._asked.model.card.frame, shape
        if wanted and tuple(wanted) != (height, width, channels):
            raise NotApplicableError(
                f"the surrogate {self.subject.name} is made for pictures of {wanted}, these are "
                f"{(height, width, channels)} (height, width, channels)"
            )

    def _own_labels(self, referee: "Referee") -> Int64[np.ndarray, " n"]:
        """The labels as positions in the surrogate's scores, which may be in another order."""
        own, theirs = self._asked.model.card.classes, referee.class_names
        labels = referee.labels.cpu().numpy()
        if own and theirs and own != theirs:
            known = {name: place for place, name in enumerate(own)}
            lost = [name for name in theirs if name not in known]
            if lost:
                raise NotApplicableError(
                    f"the surrogate {self.subject.name} does not know the class {lost[0]}"
                )
            return np.array([known[theirs[label]] for label in labels], dtype=np.int64)
        if own and len(own) != referee.classes:
            raise NotApplicableError(
                f"the surrogate {self.subject.name} knows {len(own)} classes, the target "
                f"{referee.classes}"
            )
        return labels
