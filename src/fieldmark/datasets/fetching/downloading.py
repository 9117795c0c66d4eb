"""Downloading: a file of some gigabytes, which goes on where it was cut off, and is then checked.

What has come so far stays beside the file it is to become, with a note of which version it is of.
Only the whole file, with the published checksum where there is one, gets its name.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path
from typing import Any

from fieldmark.records import DataError

Watch = Callable[[str, int, int], None]
"""Told (file, bytes done, bytes in all or 0) as a file comes in."""

_BLOCK = 1 << 16  # what is lost of a connection that breaks
_PATIENCE = (15.0, 60.0)  # seconds to connect, and between two blocks
_TRIES = 3


class CutShortError(Exception):
    """The connection ended before the file did."""


@dataclass(frozen=True)
class Resuming:
    """A downloader for pooch that goes on where an earlier one was cut off.

    Args:
        aside: Where what has come so far is kept.
        checked: Is there a checksum that tells a mixture of two versions?
        watch: Told how far it is.
    """

    aside: Path
    checked: bool
    watch: Watch | None = None

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Download ``url`` into ``output_file``.

        Raises:
            CutShortError: The connection was cut off again and again.
        """
        del pooch  # None, always
        from requests import RequestException

        for left in reversed(range(_TRIES)):
            try:
                self._go_on(url)
                break
            except (RequestException, CutShortError, OSError) as error:
                status = getattr(getattr(error, "response", None), "status_code", 500)
                full = isinstance(error, OSError) and error.errno == ENOSPC
                if not left or status < 500 or full:
                    raise
        self.aside.replace(output_file)
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.aside.with_name(f"{self.aside.name}.json")

    def _go_on(self, url: str) -> None:
        import requests

        here = self.aside.stat().st_size if self.aside.exists() else 0
        version = self._version()
        headers = {"Accept-Encoding": "identity"}
        if here and (version or self.checked):
            headers["Range"] = f"bytes={here}-"
            if version:
                headers["If-Range"] = version
        else:
            here = 0
        with requests.get(url, headers=headers, stream=True, timeout=_PATIENCE) as answer:
            if answer.status_code == 416:  # nothing is left, or the file is another one by now
                self._forget()
                raise CutShortError("the server has no such part of the file")
            answer.raise_for_status()
            said = str(answer.headers.get("Content-Range", ""))
            goes_on = answer.status_code == 206 and said.startswith(f"bytes {here}-")
            start = here if goes_on else 0
            total = start + int(answer.headers.get("Content-Length") or 0)
            self._keep_version(answer.headers)
            self._take(answer, start, total)

    def _take(self, answer: Any, start: int, total: int) -> None:  # noqa: ANN401
        done = start
        with self.aside.open("r+b" if start else "wb") as file:
            file.seek(start)
            for block in answer.iter_content(_BLOCK):
                file.write(block)
                done += len(block)
                if self.watch is not None:
                    self.watch(self.aside.name, done, total)
            file.truncate()
        if total > start and done != total:
            raise CutShortError(f"{done:,} of {total:,} bytes came")

    def _version(self) -> str:
        try:
            return str(json.loads(self._note.read_text(encoding="utf-8"))["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _keep_version(self, headers: Any) -> None:  # noqa: ANN401
        tag = str(headers.get("ETag") or "")
        version = headers.get("Last-Modified", "") if not tag or tag.startswith("W/") else tag
        self._note.write_text(json.dumps({"version": version}), encoding="utf-8")

    def _forget(self) -> None:
        self.aside.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)


def download(url: str, target: Path, checksum: str, *, watch: Watch | None = None) -> Path:
    """A published file, whole and with the right bytes; from an earlier time where it is there.

    Args:
        url: Where it is published.
        target: What it is to become.
        checksum: "sha256:..." or "md5:..."; "" where none is published.
        watch: Told how far it is.

    Raises:
        DataError: It cannot be had, or has other bytes; what has come so far is kept for the next
            time, but not where the bytes are wrong.
    """
    import pooch
    from requests import RequestException

    aside = target.with_name(f".{target.name}.part")
    pooch.get_logger().setLevel("WARNING")  # what it says is said here
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            url,
            known_hash=checksum or None,
            path=target.parent,
            fname=target.name,
            downloader=Resuming(aside, bool(checksum), watch),
        )
    except (RequestException, CutShortError) as error:
        why = " ".join(str(error).split())[:160]
        kept = f"; {aside.stat().st_size:,} bytes are kept" if aside.exists() else ""
        raise DataError(
            f"{target.name} could not be downloaded from {url} ({why}){kept}; "
            "the same command goes on"
        ) from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise DataError(
            f"{target.name} from {url} has not the published checksum {checksum[:23]}...: "
            "nothing of it is kept; try again later, or ask its authors"
        ) from error
    except OSError as error:
        raise DataError(f"cannot write {target}: {error.strerror or error}") from error
    return target
