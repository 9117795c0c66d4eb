"""Costs: what a question takes, in looks at a picture, so that the time left can be told."""

from fieldmark.records import Condition


def cost(condition: Condition) -> float:
    """What one picture of a condition costs, in looks at a picture.

    Example:
        >>> from fieldmark.datasets import uci_digits
        >>> cost(Condition(uci_digits()))
        1.0
    """
    if condition.certificate is not None:
        return float(condition.certificate.draws + condition.certificate.selection)
    if condition.attack is None:
        return 1.0
    if condition.attack.threat.knowledge != "white-box":
        return float(condition.attack.threat.queries or 100)
    steps = condition.attack.settings.get("steps", 30)
    return 3.0 * steps if isinstance(steps, int) else 100.0  # a gradient costs about three looks
