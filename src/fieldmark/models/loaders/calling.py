"""Calling an endpoint: one question, one answer, within a time that is kept, and some patience."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from fieldmark.records import MissingExtraError, ModelError

_MOST_BYTES = 256 << 20
_LONGEST_WAIT = 30.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """What came back: the body, and what it says it is."""

    body: bytes
    kind: str


@dataclass(frozen=True)
class Wire:
    """The way to an endpoint.

    Args:
        address: Where questions go, secrets in it included.
        shown: The same as it may be printed.
        timeout: Seconds that one answer may take in all, from the first byte to the last.
        retries: How often a question is put again after a failure that may pass.
        token: Sent as a bearer's; "" for none.
        pause: Seconds before the first repetition; each further one waits twice as long.
    """

    address: str = field(repr=False)
    shown: str
    timeout: float = 30.0
    retries: int = 3
    token: str = field(default="", repr=False)
    pause: float = 0.5

    def check(self) -> None:
        """Nothing, where it can be called.

        Raises:
            MissingExtraError: httpx is not installed.
        """
        _httpx()

    def post(self, body: bytes, kind: str) -> Reply:
        """The answer to a question.

        Raises:
            ModelError: It refuses, or none came in time, be it asked again and again.
        """
        for turn in range(self.retries + 1):
            last = turn == self.retries
            try:
                reply, status, wait = self._once(body, kind)
            except _PassingError as error:
                if last:
                    raise self._failed(str(error)) from error
                time.sleep(self._wait(turn, 0.0))
                continue
            if status == 200:
                return reply
            if last or status not in _AGAIN:
                said = " ".join(reply.body[:120].decode("utf-8", "replace").split())
                raise self._failed(f"status {status}{f', {said!r}' if said else ''}", turn + 1)
            time.sleep(self._wait(turn, wait))
        raise AssertionError  # pragma: no cover  (the last turn returns or raises)

    def _wait(self, turn: int, asked: float) -> float:
        return float(min(max(self.pause * 2**turn, asked), _LONGEST_WAIT))

    def _failed(self, why: str, turns: int = 0) -> ModelError:
        turns = turns or self.retries + 1
        times = "once" if turns == 1 else f"{turns} times"
        return ModelError(f"{self.shown}, asked {times}: {why}")

    def _once(self, body: bytes, kind: str) -> tuple[Reply, int, float]:
        """One answer with its status, and how many seconds it asks us to wait."""
        end = time.monotonic() + self.timeout
        headers = {"Content-Type": kind, "Accept": "application/x-npy, application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        client = self._client()

        def ask() -> tuple[Reply, int, float]:
            request = client.stream("POST", self.address, content=body, headers=headers)
            with request as answer:
                pieces, size = [], 0
                for piece in answer.iter_bytes():
                    size += len(piece)
                    if size > _MOST_BYTES:
                        raise ModelError(f"{self.shown} answers with more than 256 MiB")
                    if time.monotonic() > end:
                        raise TimeoutError
                    pieces.append(piece)
                wait = answer.headers.get("retry-after", "")
                reply = Reply(b"".join(pieces), answer.headers.get("content-type", ""))
                return reply, answer.status_code, float(wait) if wait.isdecimal() else 0.0

        try:
            return _within(self.timeout, ask)
        except ModelError:
            raise
        except (TimeoutError, self._errors.TimeoutException) as error:
            raise _PassingError(f"no whole answer within {self.timeout:g} seconds") from error
        except self._errors.HTTPError as error:
            raise _PassingError(_plain(error)) from error
        finally:
            client.close()

    @property
    def _errors(self) -> Any:  # noqa: ANN401  a module
        return _httpx()

    def _client(self) -> Any:  # noqa: ANN401  of a library that may be absent
        # One a question: an answer that was given up is closed with its connection. No redirects:
        # they would carry pictures, and the token, to somebody else.
        return _httpx().Client(timeout=self.timeout, follow_redirects=False)


class _PassingError(Exception):
    """A failure that may be gone when one asks again."""


def _within(seconds: float, ask: Callable[[], Any]) -> Any:  # noqa: ANN401  what ``ask`` gives
    """What ``ask`` gives, or a TimeoutError: a read's own time-out begins anew with each byte."""
    got: list[Any] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            got.append(ask())
        except BaseException as error:  # handed over to whoever waits
            failed.append(error)

    worker = Thread(target=work, daemon=True)
    worker.start()
    worker.join(seconds)
    if failed:
        raise failed[0]
    if not got:
        raise TimeoutError
    return got[0]


def _plain(error: Exception) -> str:
    text = " ".join(str(error).split())[:160]
    if "peer closed" in text or "incomplete" in text:
        return f"the connection ended before the answer did ({text})"
    return text or type(error).__name__


def _httpx() -> Any:  # noqa: ANN401  a module
    try:
        import httpx
    except ModuleNotFoundError as error:
        raise MissingExtraError("httpx", "endpoint", "http: models") from error
    return httpx
