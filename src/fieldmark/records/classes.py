"""Class spaces: the ordered classes that labels and scores refer to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from fieldmark.records.errors import DataError
from fieldmark.records.fingerprints import fingerprint


@dataclass(frozen=True)
class ClassSpace:
    """Ordered class names; a label is a position in them.

    Args:
        names: Class names in the order of the scores; no two alike, at least two.

    Raises:
        DataError: Fewer than two classes, or two of the same name.

    Example:
        >>> pets = ClassSpace(("cat", "dog"))
        >>> len(pets), pets.index("dog")
        (2, 1)
    """

    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise DataError(f"a class space needs at least two classes, got {list(self.names)}")
        if len(set(self.names)) != len(self.names):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise DataError(f"class names must differ, but these come twice: {', '.join(twice)}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the names in their order."""
        return fingerprint(list(self.names))

    def index(self, name: str) -> int:
        """The position of a class.

        Raises:
            DataError: There is no such class.
        """
        try:
            return self.names.index(name)
        except ValueError:
            raise DataError(f"no class {name!r} among {_some(self.names)}") from None

    def project(
        self, scores: Float32[np.ndarray, "n k"], onto: "ClassSpace"
    ) -> Float32[np.ndarray, "n j"]:
        """``scores`` (n, k) in this space, restricted to and ordered as the classes of ``onto``.

        The policy is *restrict, then arg max*: classes outside ``onto`` are left out before anyone
        asks for the largest score.

        Raises:
            DataError: ``onto`` has a class that this space lacks.

        Source:
            Taori et al. 2020, how the ImageNet testbed scores ImageNet-A and -R.

        Example:
            >>> pets = ClassSpace(("cat", "dog", "fish"))
            >>> pets.project(np.float32([[1, 2, 3]]), ClassSpace(("dog", "cat"))).tolist()
            [[2.0, 1.0]]
        """
        if onto.names == self.names:
            return scores
        unknown = [name for name in onto.names if name not in self.names]
        if unknown:
            raise DataError(
                f"the examples have classes that the model does not know: {_some(unknown)}. "
                f"The model knows {_some(self.names)}"
            )
        return scores[:, np.array([self.names.index(name) for name in onto.names])]


def _some(names: tuple[str, ...] | list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
