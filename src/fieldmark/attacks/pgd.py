"""Projected gradient descent: small steps uphill in the loss, each brought back into the budget."""

from collections.abc import Mapping
from dataclasses import dataclass

from fieldmark.attacks.chunks import CHUNK
from fieldmark.attacks.plans import Loss, Plan
from fieldmark.records import (
    Budget,
    ConfigError,
    FloatImages,
    GradientClassifier,
    Labels,
    Seeds,
)


@dataclass(frozen=True)
class PGD:
    """Projected gradient descent; satisfies ``records.Attack``.

    Every example starts at a point of its own inside the ball. Kept is the first picture that the
    model gets wrong or, where there is none, the one that came nearest to being wrong: never
    simply the last.

    Args:
        budget: The ball around each image.
        steps: Steps of one search, at least 1.
        step_size: Length of a step, > 0, in the budget's norm; 2.5 × budget / steps when None.
        restarts: Searches from different starts, at least 1.
        loss: What is climbed: "margin" (no gradient vanishes where a model is sure of itself) or
            "cross-entropy".
        width: How many images are searched side by side. It changes memory and speed, and nothing
            else but rounding.

    Raises:
        ConfigError: A number is out of its range.

    Source:
        Madry et al. 2018, arXiv:1706.06083, section 2.1; the margin loss is that of Carlini &
        Wagner 2017, arXiv:1608.04644, f6.

    Example:
        >>> attack = PGD(Budget("linf", 16 / 255))
        >>> attack.name, str(attack.budget), attack.settings["step size"] == 2.5 * 16 / 255 / 20
        ('pgd-linf', '16/255', True)
    """

    budget: Budget
    steps: int = 20
    step_size: float | None = None
    restarts: int = 1
    loss: Loss = "margin"
    width: int = CHUNK

    def __post_init__(self) -> None:
        for what, number in {
            "steps": self.steps,
            "restarts": self.restarts,
            "width": self.width,
        }.items():
            if number < 1:
                raise ConfigError(f"{self.name}: {what} must be at least 1, got {number}")
        if self.step_size is not None and not self.step_size > 0:
            raise ConfigError(f"{self.name}: step_size must be > 0, got {self.step_size}")

    @property
    def name(self) -> str:
        """What it is: "pgd-linf" or "pgd-l2"."""
        return f"pgd-{self.budget.norm}"

    @property
    def step(self) -> float:
        """Length of a step in the budget's norm, chosen where nobody chose it."""
        if self.step_size is None:
            return 2.5 * self.budget.size / self.steps
        return self.step_size

    @property
    def settings(self) -> Mapping[str, object]:
        """Every constant that decides the outcome."""
        return {
            "norm": self.budget.norm,
            "budget": self.budget.size,
            "steps": self.steps,
            "step size": self.step,
            "restarts": self.restarts,
            "loss": self.loss,
            "start": "uniform in the ball, drawn for each example",
            "kept": "the first wrong picture, or the one nearest to being wrong",
            "pictures": "float32, not rounded to 8 bits",
        }

    def search(
        self, model: GradientClassifier, images: FloatImages, labels: Labels, seeds: Seeds
    ) -> FloatImages:
        """The worst images found, float32 in [0, 1], same shape.

        Row i depends on the model, images[i], labels[i] and seeds[i]; see ``lanes`` for how far
        this holds to the last bit.

        Args:
            model: Its module must have a gradient towards its input.
            images: Where to start, float32 (n, h, w, c) in [0, 1].
            labels: The right classes, int64 (n,), positions in the module's logits.
            seeds: One seed per example, uint64 (n,).

        Raises:
            NotApplicableError: The module's logits do not depend on its input by a gradient.
            ModelError: The gradient is not made of numbers.
        """
        if self.budget.size == 0 or not len(images):
            return images.copy()
        # Imported here so that planning a grid of attacks needs no torch.
        from fieldmark.attacks.lanes import descend

        plan = Plan(
            self.budget, self.steps, self.step, self.restarts, loss=self.loss, width=self.width
        )
        return descend(plan, model, images, labels, seeds)
