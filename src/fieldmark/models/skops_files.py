"""Fitted scikit-learn estimators from files, in the one format that cannot run code: .skops."""

from pathlib import Path
from typing import Any

from fieldmark.models.sklearn_classifier import SklearnClassifier, class_names
from fieldmark.models.trees import check_trees
from fieldmark.records import ModelCard, ModelError, Subject, fingerprint

TREE = "sklearn.tree._tree.Tree"
PICKLES = (".pkl", ".pickle", ".joblib")


def from_sklearn(path: str | Path) -> Subject:
    """The subject whose fitted classifier is kept in a .skops file; its name is the file's.

    It is asked about flattened pixels in [0, 1]. The file is read once, and opened when the subject
    is loaded.

    Args:
        path: A file written by ``skops.io.dump(estimator, path)``.

    Raises:
        ModelError: There is no such file, or it is a pickle. When loaded: it is damaged, or holds
            types that are not trusted, or trees that point outside themselves, or no classifier.

    Example:
        >>> from_sklearn("model.pkl")
        Traceback (most recent call last):
        ...
        fieldmark.records.errors.ModelError: model.pkl is a pickle, which can run any code when it \
is opened. Where you trust it: skops.io.dump(joblib.load('model.pkl'), 'model.skops')
    """
    path = Path(path)
    _refuse_pickles(path)
    content = _bytes(path)

    def load() -> SklearnClassifier:
        estimator = _opened(content, path)
        card = ModelCard(
            name=path.stem,
            family=type(estimator).__name__,
            source=path.name,
            licence="as you obtained it",
            training="fitted elsewhere",
            classes=class_names(estimator, path.stem),
        )
        return SklearnClassifier(estimator, card)

    return Subject(path.stem, fingerprint("skops", content), load)


def read_skops(path: Path) -> Any:  # noqa: ANN401  whatever is in the file
    """What a .skops file holds, once nothing in it can do harm.

    skops builds only the types that it trusts. Decision trees are not among them, because
    scikit-learn follows a tree's numbers without looking where they lead: they are let in here
    after ``check_trees`` has looked.

    Raises:
        ModelError: The file is damaged, or holds anything else that is not trusted.
    """
    return _opened(_bytes(path), path)


def _opened(content: bytes, path: Path) -> Any:  # noqa: ANN401  whatever is in the file
    """What is in these bytes; the path is for messages. What is checked is what is opened."""
    from skops import io

    try:
        strange = [name for name in io.get_untrusted_types(data=content) if name != TREE]
        if strange:
            raise ModelError(
                f"{path} holds types that are not trusted: {', '.join(strange[:12])}. Load it "
                "yourself and hand it over through a factory: package.module:factory"
            )
        held = io.loads(content, trusted=[TREE])
    except ModelError:
        raise
    except Exception as error:  # a damaged file breaks wherever it likes
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path} cannot be read as a .skops file: {reason}") from error
    check_trees(held, path.name)
    return held


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    if not content:
        raise ModelError(f"{path} cannot be read as a .skops file: it is empty")
    return content


def _refuse_pickles(path: Path) -> None:
    if path.suffix.lower() in PICKLES:
        better = str(path.with_suffix(".skops"))
        raise ModelError(
            f"{path} is a pickle, which can run any code when it is opened. "
            f"Where you trust it: skops.io.dump(joblib.load({str(path)!r}), {better!r})"
        )
    if path.suffix.lower() != ".skops":
        raise ModelError(f"{path} is no .skops file; write one with skops.io.dump(estimator, path)")
