"""Failures of disks and buckets, in words: what they said, and what a person can do about it."""

import errno
import re

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_LONGEST = 300

_FULL_WORDS = re.compile(r"quota|stor\w*[ ]?full|insufficient ?storage|\b507\b|no space", re.I)
_SECRETS = re.compile(r"(?i)credential|token|signature|accesskey")
_SILENCE = re.compile(r"(?i)connect|timeout|timed ?out|unreachable")


def reason(error: Exception) -> str:
    """What went wrong, in one line of at most 300 letters.

    Example:
        >>> reason(FileNotFoundError(2, "No such file or directory"))
        'No such file or directory'
    """
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    one = " ".join(str(text).split()).rstrip(".")
    return one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…"


def advice(error: Exception) -> str:
    """What to do before running again, as half a sentence."""
    return _known_advice(error) or "see to it or use another store"


def line(what: str, error: Exception) -> str:
    """What was tried and why it failed, with advice where there is any.

    Example:
        >>> line("cannot read a/b", PermissionError(13, "Permission denied"))
        'cannot read a/b: Permission denied'
    """
    said = f"{what}: {reason(error)}"
    known = "" if _of_a_disk(error) else _known_advice(error)
    return f"{said}. {known[:1].upper()}{known[1:]}" if known else said


def refused(error: Exception) -> bool:
    """Did the object store say that such an object is there already, or is just being put?"""
    refusals = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
    return isinstance(error, FileExistsError) or _code(error) in refusals


def not_understood(error: Exception) -> bool:
    """Did it say that it does not know what it was asked?"""
    strange = NotImplementedError | TypeError | ValueError
    return isinstance(error, strange) or _code(error) in ("NotImplemented", "501")


def _of_a_disk(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno is not None and error.__cause__ is None


def _known_advice(error: Exception) -> str:
    number, kind, said = getattr(error, "errno", None), type(error).__name__, reason(error)
    if number in _FULL or _FULL_WORDS.search(f"{said} {_code(error)}"):
        return "free some space there or use another store"
    if _SECRETS.search(f"{kind} {_code(error)}"):
        return "give this process the keys to that bucket (AWS_ACCESS_KEY_ID and so on)"
    if number in _CLOSED or isinstance(error, PermissionError):
        return "make that folder writable or use another store"
    if isinstance(error, FileNotFoundError):
        return "make the bucket, or use another store"
    if isinstance(error, ConnectionError | TimeoutError) or _SILENCE.search(kind):
        return "see whether the server is there and answers"
    return ""


def _code(error: Exception) -> str:
    """The name that an object store gave to its answer, such as "QuotaExceeded"; or ""."""
    response = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    told = response.get("Error", {}) if isinstance(response, dict) else {}
    return str(told.get("Code", "")) if isinstance(told, dict) else ""
