"""The worst input inside a budget, searched for by attacks and judged by the harness."""

from fieldmark.attacks.adaptive import expected, straight_through
from fieldmark.attacks.apgd import APGD, APGDT
from fieldmark.attacks.autoattack import AutoAttack
from fieldmark.attacks.boundary import Boundary
from fieldmark.attacks.carlini_wagner import CarliniWagner
from fieldmark.attacks.chunks import CHUNK
from fieldmark.attacks.ensemble import Ensemble
from fieldmark.attacks.fab import FAB
from fieldmark.attacks.fgsm import FGSM
from fieldmark.attacks.harness import Outcome, attacked
from fieldmark.attacks.hop_skip_jump import HopSkipJump
from fieldmark.attacks.names import ATTACKS, TRANSFERS, attack, attack_from
from fieldmark.attacks.nes import NES
from fieldmark.attacks.pgd import PGD
from fieldmark.attacks.random_noise import RandomNoise
from fieldmark.attacks.spatial import Spatial, SpatialGrid
from fieldmark.attacks.square import Square
from fieldmark.attacks.stages import Stage
from fieldmark.attacks.transfer import FROM, Transfer

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
