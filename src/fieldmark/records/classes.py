"""Class spaces: the ordered classes that labels and scores refer to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float32

from fieldmark.records.errors import DataError
from fieldmark.records.fingerprints import fingerprint
from fieldmark.records.policies import POLICIES, Policy, elsewhere, merged


@dataclass(frozen=True)
class ClassSpace:
    """Ordered class names; a label is a position in them.

    A model whose classes have other names, or more of them, is asked in this space by its
    ``policy``: see ``project``.

    Args:
        names: Class names in the order of the scores; no two alike, at least two.
        titles: What people call them, where the names are ids; () where the names say it.
        members: For each class the names of a finer space's classes that mean it, such as the 109
            dogs of ImageNet; () where every class means itself. A class may have none: it can be
            the right one and never be the answer.
        policy: How scores of other classes become scores of these.

    Raises:
        DataError: Fewer than two classes, two of the same name, titles or members for some only,
            a member of two classes, or no such policy.

    Example:
        >>> pets = ClassSpace(("cat", "dog"))
        >>> len(pets), pets.index("dog")
        (2, 1)
    """

    names: tuple[str, ...]
    titles: tuple[str, ...] = ()
    members: tuple[tuple[str, ...], ...] = ()
    policy: Policy = "restrict"

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise DataError(f"a class space needs at least two classes, got {list(self.names)}")
        _refuse_twice("class names must differ, but these come", self.names)
        for what, given in (("titles", self.titles), ("lists of members", self.members)):
            if len(given) not in (0, len(self.names)):
                raise DataError(f"{len(self.names)} classes need as many {what}, not {len(given)}")
        belonging = [one for some in self.members for one in some]
        if self.members and not belonging:
            raise DataError("none of these classes has members, so no model could answer")
        _refuse_twice("a class can be a member of one other only, but these are", belonging)
        if self.policy not in POLICIES:
            raise DataError(f"no policy {self.policy!r}; there are: {', '.join(POLICIES)}")

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the names in their order, and of how a finer space is asked.

        Titles are no part of it: they decide nothing.
        """
        if self.plain:
            return fingerprint(list(self.names))
        return fingerprint(list(self.names), [list(some) for some in self.members], self.policy)

    @property
    def plain(self) -> bool:
        """Does every class mean itself, and are answers restricted to these classes?"""
        return not self.members and self.policy == "restrict"

    @cached_property
    def printed(self) -> tuple[str, ...]:
        """The classes as people read them, no two alike: titles, the name behind them if need be.

        Example:
            >>> ClassSpace(("n1", "n2", "n3"), titles=("crane", "hen", "crane")).printed
            ('crane (n1)', 'hen', 'crane (n3)')
        """
        if not self.titles:
            return self.names
        times = Counter(self.titles)
        return tuple(
            title if times[title] == 1 else f"{title} ({name})"
            for title, name in zip(self.titles, self.names, strict=True)
        )

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
        """``scores`` (n, k) in this space as scores in ``onto``, by the policy of ``onto``.

        Where both have the same names nothing is done. Else, with every class of ``onto`` standing
        for its members (itself where it has none listed):

        - ``restrict``: classes that are no members are left out before anyone asks for the largest
          score; of several members the largest counts.
        - ``merge-mean``, ``merge-sum``, ``merge-max``: as probabilities (softmax over the members
          of all classes) members are averaged, added up, or the largest is taken. Whether softmax
          is over these or over all classes changes every probability of a row by one factor, so
          never who is first.
        - ``map-answer``: whoever is largest among *all* classes is the answer. If the space has
          classes that are no members, one column more comes back, behind the others: the largest
          score of any of these. Where it is first, the answer is none of ``onto``.

        Returns:
            float32 (n, j): scores before softmax, one column per class of ``onto``, -inf for one
            that has no members; or one column more, see ``map-answer``.

        Raises:
            DataError: ``onto`` has a class, or a member, that this space lacks.

        Source:
            Taori et al. 2020, arXiv:2007.00644: their testbed restricts logits for ImageNet-A, -R
            and ObjectNet, and takes the largest member for the video sets. Geirhos et al. 2019,
            arXiv:1811.12231: the mean of the members' probabilities for 16 classes.

        Example:
            >>> pets = ClassSpace(("cat", "dog", "fish"))
            >>> pets.project(np.float32([[1, 2, 3]]), ClassSpace(("dog", "cat"))).tolist()
            [[2.0, 1.0]]
            >>> furry = ClassSpace(("furry", "wet"), members=(("cat", "dog"), ("fish",)))
            >>> pets.project(np.float32([[1, 2, 3]]), furry).tolist()
            [[2.0, 3.0]]
            >>> land = ClassSpace(("dog", "cat"), policy="map-answer")
            >>> pets.project(np.float32([[1, 2, 3]]), land).tolist()
            [[2.0, 1.0, 3.0]]
        """
        if onto.names == self.names:
            return scores
        groups = self._places(onto)
        if onto.plain:
            return scores[:, np.array([place for (place,) in groups])]
        found = merged(scores, groups, onto.policy)
        inside = [place for group in groups for place in group]
        if onto.policy != "map-answer" or len(inside) == len(self):
            return found
        return np.concatenate([found, elsewhere(scores, inside)], axis=1)

    def _places(self, onto: "ClassSpace") -> list[tuple[int, ...]]:
        """For each class of ``onto``, where its members are in this space.

        Raises:
            DataError: One is not in this space.
        """
        place = {name: position for position, name in enumerate(self.names)}
        groups = onto.members or tuple((name,) for name in onto.names)
        unknown = [name for group in groups for name in group if name not in place]
        if unknown:
            raise DataError(
                f"the examples have classes that the model does not know: {_some(unknown)}. "
                f"The model knows {_some(self.names)}{_counted_hint(unknown, self.names)}"
            )
        return [tuple(place[name] for name in group) for group in groups]


def _refuse_twice(told: str, names: Sequence[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise DataError(f"{told} twice: {_some(twice)}")


def _counted_hint(unknown: Sequence[str], known: Sequence[str]) -> str:
    """What to do where one side counts classes and the other names them."""
    if all(map(str.isdecimal, unknown)) and not any(map(str.isdecimal, known)):
        return (
            ". Folders named by numbers say no class: tell what they count, such as "
            "folder:PATH?classes=imagenet, or name them by class"
        )
    return ""


def _some(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
