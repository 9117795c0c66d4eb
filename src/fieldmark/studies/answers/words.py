"""Words: numbers in sentences, with the right grammar for none, one and many."""

from collections.abc import Sequence
from math import isnan

from fieldmark.records import Estimate


def percent(share: float) -> str:
    """A share as people read it.

    Example:
        >>> percent(0.9123), percent(float("nan"))
        ('91.2 %', 'undefined')
    """
    return "undefined" if isnan(share) else f"{100 * share:.1f} %"


def accuracy_of(estimate: Estimate) -> str:
    """A share with its interval.

    Example:
        >>> accuracy_of(Estimate(0.9, 0.85, 0.94, n=100, method=""))
        '90.0 % [85.0, 94.0]'
    """
    ends = f" [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"
    return percent(estimate.value) + ("" if isnan(estimate.low) else ends)


def points(estimate: Estimate, *, signed: bool = True) -> str:
    """A difference of shares in percentage points with its interval.

    Args:
        estimate: The difference.
        signed: Print its signs. Without them it is the size of a difference whose direction the
            sentence names ("14.2 points [12.1, 16.3] less"), whichever way it goes.

    Example:
        >>> points(Estimate(-0.031, -0.052, 0.004, n=100, method=""))
        '−3.1 points [−5.2, +0.4]'
        >>> points(Estimate(-0.031, -0.052, -0.004, n=100, method=""), signed=False)
        '3.1 points [0.4, 5.2]'
    """
    if not estimate.defined:
        return "undefined"
    numbers = [estimate.value, estimate.low, estimate.high]
    if not signed and estimate.value < 0:
        numbers = [-estimate.value, -estimate.high, -estimate.low]
    value, low, high = (_points(one, signed=signed) for one in numbers)
    return f"{value} points" + ("" if isnan(estimate.low) else f" [{low}, {high}]")


def direction(estimate: Estimate) -> int:
    """1 where the whole interval is above 0, -1 where it is below, 0 where it cannot be told.

    Example:
        >>> direction(Estimate(0.1, 0.02, 0.2, n=9, method=""))
        1
    """
    return int(estimate.low > 0) - int(estimate.high < 0)


def many(number: int, singular: str) -> str:
    """A number of things.

    Example:
        >>> many(0, "subject"), many(1, "subject"), many(1797, "labelled example")
        ('no subjects', 'one subject', '1,797 labelled examples')
        >>> many(10, "class")
        '10 classes'
    """
    words = {0: "no", 1: "one"}
    ending = "" if number == 1 else "es" if singular.endswith("s") else "s"
    return f"{words.get(number, f'{number:,}')} {singular}{ending}"


def averaged(number: int, left_out: int) -> str:
    """Over how many subjects a mean was taken.

    Args:
        number: How many.
        left_out: How many others were left out because nobody can tell them from chance.

    Example:
        >>> averaged(17, 1), averaged(1, 0)
        ('17 subjects above chance', 'one subject')
    """
    return many(number, "subject") + (" above chance" if left_out else "")


def listing(names: Sequence[str], most: int = 6) -> str:
    """Names in a sentence.

    Example:
        >>> listing(["a"]), listing(["a", "b", "c"]), listing(list("abcd"), most=2)
        ('a', 'a, b and c', 'a, b and 2 more')
    """
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def p_value(p: float) -> str:
    """A p-value as it is written.

    Example:
        >>> p_value(0.0312), p_value(1e-9)
        ('= 0.031', '< 0.001')
    """
    if isnan(p):
        return "undefined"
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def sentence(*parts: str) -> str:
    """Sentences as one paragraph; empty ones are left out."""
    return " ".join(part for part in parts if part)


def capital(text: str) -> str:
    """``text`` with its first letter made large, and no other changed.

    Example:
        >>> capital("one subject on MNIST")
        'One subject on MNIST'
    """
    return text[:1].upper() + text[1:]


def _points(difference: float, *, signed: bool) -> str:
    # Adding 0 takes the sign from a rounded -0.0.
    number = f"{round(100 * difference, 1) + 0.0:{'+' if signed else ''}.1f}"
    return number.replace("-", "−")
