"""Header texts: what many headers share is read once, and is one object for all of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter

from fieldmark.records import ConditionRecord, Header, SubjectRecord, Times

_REST = {"code", "execution", "framing", "reason", "status"}
_LATER = {"framing"}  # what headers of older stores do not say

_MANY_TIMES = TypeAdapter(list[Times])

_Record = TypeVar("_Record")


class Texts(NamedTuple):
    """A header but for its times, as three JSON texts that many headers share.

    Args:
        subject: Who answered.
        condition: What was asked.
        rest: Its code, execution, framing, reason and status.
    """

    subject: str
    condition: str
    rest: str


def canonical(header: Header) -> str:
    """Everything in a header but its times, as one text that does not depend on any order."""
    return _dumped(header.model_dump(mode="json", exclude={"times"}))


def times_text(times: Times) -> str:
    """When the work was done as JSON of a fixed width, so that a file's size tells nothing of it.

    Example:
        >>> noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
        >>> print(times_text(Times(started=noon, finished=noon, seconds=0.5))[-35:])
        "seconds":  5.0000000000000000e-01}
    """
    started, finished = (_moment(one) for one in (times.started, times.finished))
    # 17 significant digits give every float back; the field is wide enough for any of them
    seconds = f"{times.seconds:.16e}".rjust(24)
    return f'{{"started":"{started}","finished":"{finished}","seconds":{seconds}}}'


class HeaderReader:
    """Reads headers. A store's cells share few subjects and conditions: each is read once.

    Two cells of one condition get the very same record, so that a grid of 43,000 headers, each
    with a thousand class names, costs no more memory than its margins.
    """

    def __init__(self) -> None:
        self._subjects: dict[str, SubjectRecord] = {}
        self._conditions: dict[str, ConditionRecord] = {}
        self._rests: dict[str, Header] = {}

    def read(self, text: str, times: str) -> Header:
        """The header that ``canonical`` wrote.

        Args:
            text: What ``canonical`` made of it.
            times: Its times as JSON.

        Raises:
            ValueError: It is no header; a ``ValidationError`` of pydantic is one too.
        """
        texts = _split(text)
        if texts is not None:
            try:
                return self.join(texts, times)
            except (ValueError, TypeError):
                pass  # somebody else wrote it in another order, or it is broken: read it as a whole
        return Header.model_validate({**json.loads(text), "times": json.loads(times)})

    def join(self, texts: Texts, times: str) -> Header:
        """The header of three texts and its times.

        Raises:
            ValueError: They are not what a header consists of.
        """
        return self._joined(texts, Times.model_validate_json(times))

    def join_all(self, texts: Sequence[Texts], times: Sequence[str]) -> list[Header]:
        """The headers of many texts and their times, several times as fast as one by one.

        Raises:
            ValueError: One of them is not what a header consists of.
        """
        whens = _MANY_TIMES.validate_json(f"[{','.join(times)}]")
        return [self._joined(text, when) for text, when in zip(texts, whens, strict=True)]

    def _joined(self, texts: Texts, when: Times) -> Header:
        subject = _once(self._subjects, texts.subject, SubjectRecord.model_validate)
        condition = _once(self._conditions, texts.condition, ConditionRecord.model_validate)
        alike = self._rests.get(texts.rest)
        if alike is None:
            rest = json.loads(texts.rest)
            if set(rest) | _LATER != _REST:
                raise ValueError(f"it says {', '.join(rest)[:80]}")
            alike = Header(subject=subject, condition=condition, times=when, **rest)
            self._rests[texts.rest] = alike
        return _twin(alike, subject, condition, when)


class HeaderWriter:
    """Writes many headers as ``Texts``; what several of them share is written once."""

    def __init__(self) -> None:
        self._written: dict[object, str] = {}
        self._holding: list[object] = []  # or another record could come to have the same identity

    def texts(self, header: Header) -> Texts:
        """The three texts of a header."""
        return Texts(
            self._once(id(header.subject), header, lambda: _plain(header.subject)),
            self._once(id(header.condition), header, lambda: _plain(header.condition)),
            self._once(
                (
                    *map(_items, (header.code, header.execution)),
                    header.framing,
                    header.reason,
                    header.status,
                ),
                header,
                lambda: header.model_dump(mode="json", include=_REST),
            ),
        )

    def _once(self, key: object, header: Header, plain: Callable[[], object]) -> str:
        if key not in self._written:
            self._holding.append(header)
            self._written[key] = _dumped(plain())
        return self._written[key]


def _split(text: str) -> Texts | None:
    """The parts of what ``canonical`` wrote; None where it looks otherwise.

    If each part is JSON by itself, this is how the whole is to be read: there is no other way.
    """
    condition = text.find(',"condition":')
    subject = text.rfind(',"subject":')
    execution = text.rfind(',"execution":', 0, max(subject, 0))
    if not (0 <= condition < execution < subject and text.endswith("}")):
        return None
    return Texts(
        subject=text[subject + len(',"subject":') : -1],
        condition=text[condition + len(',"condition":') : execution],
        rest=text[:condition] + text[execution:subject] + "}",
    )


def _once(known: dict[str, _Record], text: str, read: Callable[[Any], _Record]) -> _Record:
    found = known.get(text)
    if found is None:
        found = known[text] = read(json.loads(text))
    return found


def _twin(
    alike: Header, subject: SubjectRecord, condition: ConditionRecord, times: Times
) -> Header:
    """``alike`` with another subject, condition and times, all of them checked already.

    As its ``model_copy`` would make it, in half the time and memory: it shares the set of the names
    of its fields with the one that it is like.
    """
    twin = Header.__new__(Header)
    said = {**alike.__dict__, "subject": subject, "condition": condition, "times": times}
    object.__setattr__(twin, "__dict__", said)
    object.__setattr__(twin, "__pydantic_fields_set__", alike.__pydantic_fields_set__)
    object.__setattr__(twin, "__pydantic_extra__", None)
    object.__setattr__(twin, "__pydantic_private__", None)
    return twin


def _items(said: Mapping[str, str | int]) -> tuple[tuple[str, str | int], ...]:
    return tuple(said.items())


def _plain(record: SubjectRecord | ConditionRecord) -> Mapping[str, object]:
    return record.model_dump(mode="json")


def _dumped(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _moment(moment: datetime) -> str:
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")
