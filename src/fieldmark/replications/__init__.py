"""Published results, made again from their raw data and held against the printed numbers.

Each file is one replication, readable from top to bottom: raw files in, checks out. What it
computes it computes with the same statistics and studies that a store gets.
"""

from collections.abc import Mapping
from types import MappingProxyType

from fieldmark.replications.checks import Check
from fieldmark.replications.cifar10_1 import CIFAR10_1
from fieldmark.replications.corruption_errors import CORRUPTION_ERRORS
from fieldmark.replications.data import Data, Origin
from fieldmark.replications.human_accuracy import HUMAN_ACCURACY
from fieldmark.replications.imagenet_real import IMAGENET_REAL, rater_votes
from fieldmark.replications.imagenet_testbed import IMAGENET_TESTBED
from fieldmark.replications.imagenetv2 import IMAGENETV2
from fieldmark.replications.label_errors import LABEL_ERRORS
from fieldmark.replications.ladder import LADDER
from fieldmark.replications.model_vs_human import MODEL_VS_HUMAN
from fieldmark.replications.replication import Replicated, Replication, replicate
from fieldmark.replications.robustbench import ROBUSTBENCH
from fieldmark.replications.squadshifts import SQUADSHIFTS
from fieldmark.replications.texture_vs_shape import TEXTURE_VS_SHAPE
from fieldmark.replications.video_neighbours import VIDEO_NEIGHBOURS

REPLICATIONS: Mapping[str, Replication] = MappingProxyType(
    {
        one.name: one
        for one in (
            CIFAR10_1,
            CORRUPTION_ERRORS,
            HUMAN_ACCURACY,
            IMAGENETV2,
            IMAGENET_REAL,
            IMAGENET_TESTBED,
            LABEL_ERRORS,
            LADDER,
            MODEL_VS_HUMAN,
            ROBUSTBENCH,
            SQUADSHIFTS,
            TEXTURE_VS_SHAPE,
            VIDEO_NEIGHBOURS,
        )
    }
)
"""Every replication by its name."""

__all__ = [
    "REPLICATIONS",
    "Check",
    "Data",
    "Origin",
    "Replicated",
    "Replication",
    "rater_votes",
    "replicate",
]
