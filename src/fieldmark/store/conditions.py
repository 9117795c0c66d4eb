"""Conditions: which cells of one are kept, and what the examples are that they are about."""

from collections.abc import Sequence
from difflib import get_close_matches

from fieldmark.records import Examples, LabelSets, MismatchError, NotKeptError
from fieldmark.store.comparing import differences
from fieldmark.store.damage import missing_examples
from fieldmark.store.examples import (
    ExamplesTable,
    from_examples,
    known_more,
    labels_of,
    to_examples,
)
from fieldmark.store.files import Folder
from fieldmark.store.headers import Headers, Kept
from fieldmark.store.naming import condition_folder, examples_file


class Conditions:
    """A store by its conditions; examples are read once."""

    def __init__(self, folder: Folder, headers: Headers) -> None:
        self._folder = folder
        self._headers = headers
        self._examples: dict[str, ExamplesTable] = {}
        self._labels: dict[str, LabelSets] = {}

    def kept(self, condition: str) -> tuple[Kept, ...]:
        """The finished cells of a condition, whatever their status.

        Raises:
            NotKeptError: There are none.
        """
        kept = self._headers.kept(condition_folder(condition))
        if not kept:
            known = sorted({one.header.condition.name for one in self._headers.kept()})
            close = get_close_matches(condition, known, n=1, cutoff=0.6)
            hint = f"Did you mean {close[0]}?" if close else f"It keeps {len(known)} conditions."
            raise NotKeptError(
                f"nothing is kept of condition {condition!r} in {self._folder.url}. {hint}"
            )
        return kept

    def comparable(self, kept: Sequence[Kept]) -> tuple[Kept, ...]:
        """Those of a condition's cells that are done, all of them about the same examples.

        Raises:
            MismatchError: They are about different ones.
        """
        done = tuple(one for one in kept if one.header.status == "done")
        for one in done[1:]:
            found = differences(done[0].header, one.header)
            if found:
                raise MismatchError(
                    f"the answers of {done[0].header.subject.name} and {one.header.subject.name} "
                    f"to {one.header.condition.name} in {self._folder.url} were made from other "
                    f"{'; other '.join(found)}: they cannot be compared. "
                    f"Remove {self._folder.where(one.name)} and run again"
                )
        return done

    def examples(self, kept: Sequence[Kept]) -> ExamplesTable:
        """What the cells of one condition are about.

        Raises:
            NotKeptError: The store lacks its examples.
            MismatchError: Its cells are about different examples.
        """
        one = (self.comparable(kept) or kept)[0]
        return self.keyed(one.header.condition.examples.fingerprint)

    def keyed(self, fingerprint: str) -> ExamplesTable:
        """The examples of a fingerprint.

        Raises:
            NotKeptError: The store lacks them.
        """
        if fingerprint not in self._examples:
            name = examples_file(fingerprint)
            data = self._folder.read(name)
            if data is None:
                raise NotKeptError(missing_examples(self._folder, name))
            self._examples[fingerprint] = from_examples(data, self._folder.where(name))
        return self._examples[fingerprint]

    def keep(self, examples: Examples) -> None:
        """Write down ids, labels and classes; those that are kept only learn what more is known."""
        name = examples_file(examples.content)
        if not self._folder.exists(name):
            self._folder.write(name, to_examples(examples))
        elif examples.groups or examples.metadata:
            more = known_more(self.keyed(examples.content), examples)
            if more is not None:
                self._folder.write(name, to_examples(more))
                self._examples.pop(examples.content, None)

    def labels(self, fingerprint: str) -> LabelSets:
        """Their labels alone: many ids take long to read, and counting needs none.

        Raises:
            NotKeptError: The store lacks them.
        """
        if fingerprint in self._examples:
            return self._examples[fingerprint].labels
        if fingerprint not in self._labels:
            name = examples_file(fingerprint)
            source = self._folder.source(name)
            if source is None:
                raise NotKeptError(missing_examples(self._folder, name))
            self._labels[fingerprint] = labels_of(source, self._folder.where(name))
        return self._labels[fingerprint]
