"""Decision trees from files: every number that scikit-learn will follow must lead somewhere."""

import gc
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from fieldmark.records import ModelError


def check_trees(content: object, name: str) -> None:
    """Return nothing where all trees within ``content`` are sound.

    scikit-learn's compiled code follows child and feature numbers without bounds checks, so a
    crafted file could read memory that is not its own, or never end. A sound tree has its
    children after their parent (as scikit-learn numbers them) and inside the tree, and asks only
    for features that it has; every estimator around it promises that same number of features,
    which is what guards the width of the images.

    Args:
        content: An estimator, or anything that holds some.
        name: What to call it in messages.

    Raises:
        ModelError: A tree is not sound, or an estimator around it takes other features.
    """
    from sklearn.tree._tree import Tree

    things = list(_within(content))
    trees = [thing for thing in things if isinstance(thing, Tree)]
    for tree in trees:
        wrong = _fault(tree)
        if wrong:
            raise ModelError(f"{name} holds a damaged decision tree: {wrong}")
    widths = {int(tree.n_features) for tree in trees}
    if trees and len(widths | set(_promised(things))) > 1:
        raise ModelError(
            f"{name} holds decision trees that do not take the same features as the estimators "
            "around them, so that their reading cannot be checked; hand the estimator over "
            "through a factory: package.module:factory"
        )


def _fault(tree: Any) -> str:  # noqa: ANN401  sklearn's own compiled type
    """What is wrong with one tree, or ""."""
    if tree.node_count < 1 or tree.node_count != tree.capacity:
        return f"it says {tree.node_count} nodes and keeps {tree.capacity}"
    left, right, feature = tree.children_left, tree.children_right, tree.feature
    leaf = (left == -1) & (right == -1)
    parent = np.arange(tree.node_count)
    inside = (left > parent) & (right > parent) & (np.maximum(left, right) < tree.node_count)
    if not (leaf | inside).all():
        return f"node {np.flatnonzero(~(leaf | inside))[0]} has children outside of it"
    asked = leaf | ((feature >= 0) & (feature < tree.n_features))
    if not asked.all():
        return f"node {np.flatnonzero(~asked)[0]} asks for a feature that there is not"
    return ""


def _promised(things: Iterable[object]) -> Iterator[int]:
    """How many features each estimator that says so, or should, takes; -1 where it does not say."""
    for thing in things:
        own = getattr(thing, "__dict__", {})
        if "n_features_in_" in own:
            yield int(own["n_features_in_"])
        elif "tree_" in own or "estimators_" in own:
            yield -1


def _within(content: object) -> Iterator[object]:
    """Everything that can be reached from ``content``, once each, but for code."""
    waiting, seen = [content], set[int]()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _CODE):
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, np.ndarray) and thing.dtype == object:
            waiting.extend(thing.ravel().tolist())  # arrays hide their objects from gc
        waiting.extend(gc.get_referents(thing))


_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType)
