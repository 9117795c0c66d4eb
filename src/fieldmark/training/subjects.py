"""From a recipe and examples to a subject that trains itself when it is first asked."""

from collections.abc import Callable
from pathlib import Path

from fieldmark.records import Classifier, Examples, ModelCard, Subject
from fieldmark.training.making import Place, make
from fieldmark.training.recipes import Recipe
from fieldmark.training.shown import shown


def subject(
    recipe: Recipe,
    examples: Examples,
    *,
    cache: Path,
    watch: Callable[[str, int, int], None] | None = None,
) -> Subject:
    """The subject that ``recipe`` makes of ``examples``, trained when it is loaded.

    Its fingerprint is of the recipe and the examples' content. Loading it again reads what was
    kept; a damaged file is made anew.

    Args:
        recipe: How it is made.
        examples: What it is trained on.
        cache: The folder where trained models are kept; made when it is missing.
        watch: Told (name, done, in all) as training goes on, from the thread that trains.

    Raises:
        ModelError: When loaded: training collapsed, or the result cannot be kept.
        DataError: When loaded: no example of some class is left to train on.

    Example:
        >>> from fieldmark.datasets import mnist_train
        >>> from fieldmark.training import digit_recipes
        >>> neighbour = digit_recipes()["nearest-neighbour"]
        >>> subject(neighbour, mnist_train(), cache=Path("cache")).load().card.training
        'Euclidean distance of pixels (4,000 examples of mnist-train)'
    """
    mark = recipe.fingerprint(examples.content)

    def told(done: int, total: int) -> None:
        if watch is not None:
            watch(recipe.name, done, total)

    def load() -> Classifier:
        lesson = shown(examples, recipe.share)
        card = _card(recipe, examples, len(lesson.labels))
        return make(recipe, lesson, card, Place(cache, recipe.name, mark), told)

    return Subject(recipe.name, mark, load, recipe.effort, examples.framing)


def _card(recipe: Recipe, examples: Examples, count: int) -> ModelCard:
    """The card, but for the number of parameters, which a net knows when it is there."""
    return ModelCard(
        name=recipe.name,
        family=recipe.family,
        source="made by Fieldmark from its recipe",
        licence=f"MIT; trained on {examples.card.name} ({examples.card.licence})",
        training=f"{recipe.training} ({count:,} examples of {examples.card.name})",
        classes=examples.classes.names,
        frame=examples.frame,
        intervention=recipe.intervention,
    )
