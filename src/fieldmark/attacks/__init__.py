"""The worst input inside a budget, searched for by attacks and judged by the harness."""

from fieldmark.attacks.asking.boundary import Boundary
from fieldmark.attacks.asking.hop_skip_jump import HopSkipJump
from fieldmark.attacks.asking.nes import NES
from fieldmark.attacks.asking.random_noise import RandomNoise
from fieldmark.attacks.asking.spatial import Spatial, SpatialGrid
from fieldmark.attacks.asking.square import Square
from fieldmark.attacks.climbing.adaptive import expected, straight_through
from fieldmark.attacks.climbing.apgd import APGD, APGDT
from fieldmark.attacks.climbing.fgsm import FGSM
from fieldmark.attacks.climbing.pgd import PGD
from fieldmark.attacks.harness import Outcome, attacked
from fieldmark.attacks.names import ATTACKS, TRANSFERS, attack, attack_from
from fieldmark.attacks.nearest.carlini_wagner import CarliniWagner
from fieldmark.attacks.nearest.fab import FAB
from fieldmark.attacks.together.autoattack import AutoAttack
from fieldmark.attacks.together.budgeted import Budgeted
from fieldmark.attacks.together.ensemble import Ensemble
from fieldmark.attacks.transferring.transfer import FROM, Transfer
from fieldmark.attacks.watching.chunks import CHUNK
from fieldmark.attacks.watching.stages import Stage

__all__ = [
    "APGD",
    "APGDT",
    "ATTACKS",
    "CHUNK",
    "FAB",
    "FGSM",
    "FROM",
    "NES",
    "PGD",
    "TRANSFERS",
    "AutoAttack",
    "Boundary",
    "Budgeted",
    "CarliniWagner",
    "Ensemble",
    "HopSkipJump",
    "Outcome",
    "RandomNoise",
    "Spatial",
    "SpatialGrid",
    "Square",
    "Stage",
    "Transfer",
    "attack",
    "attack_from",
    "attacked",
    "expected",
    "straight_through",
]
