"""The worst input inside a budget, searched for by attacks and judged by the harness."""

from fieldmark.attacks.chunks import CHUNK
from fieldmark.attacks.harness import Outcome, attacked
from fieldmark.attacks.names import ATTACKS, attack
from fieldmark.attacks.pgd import PGD

__all__ = ["ATTACKS", "CHUNK", "PGD", "Outcome", "attack", "attacked"]
