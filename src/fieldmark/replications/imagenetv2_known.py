"""What is known about ImageNetV2: printed in the paper, or computed from the same files before."""

from collections.abc import Mapping
from types import MappingProxyType

from fieldmark.records import Axis
from fieldmark.replications.imagenetv2_predictions import MATCHED, THRESHOLD, TOP, VAL

# Top-1 in percent on: the validation set, Threshold0.7, MatchedFrequency, TopImages.
ROWS: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        "pnasnet_large_tf": (82.86, 80.16, 72.19, 83.89),
        "nasnetalarge": (82.51, 80.00, 72.21, 84.17),
        "senet154": (81.30, 78.66, 70.48, 82.83),
        "resnet152": (78.31, 75.35, 67.02, 80.28),
        "resnet50": (76.13, 72.70, 63.33, 78.09),
        "vgg16": (71.59, 67.95, 58.84, 73.88),
        "alexnet": (56.52, 51.31, 43.98, 58.18),
        "fv_64k": (35.08, 29.10, 24.08, 34.23),
        "fv_16k": (28.33, 23.36, 19.24, 27.44),
        "fv_4k": (21.19, 17.78, 14.96, 21.05),
    }
)

# As printed: top-1 on the validation set, and on MatchedFrequency.
PRINTED: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "pnasnet_large_tf": (82.9, 72.2),
        "resnet152": (78.3, 67.0),
        "densenet161": (77.1, 65.3),
        "vgg19_bn": (74.2, 61.9),
        "alexnet": (56.5, 44.0),
        "fv_64k": (35.1, 24.1),
    }
)

# 95 % Clopper-Pearson, in percent.
INTERVALS: Mapping[tuple[str, str], tuple[float, float]] = MappingProxyType(
    {
        ("pnasnet_large_tf", VAL): (82.52, 83.19),
        ("pnasnet_large_tf", MATCHED): (71.30, 73.07),
        ("resnet50", VAL): (75.75, 76.50),
        ("resnet50", MATCHED): (62.38, 64.28),
        ("alexnet", MATCHED): (43.00, 44.96),
    }
)

# Mean change over the 67 models in points, top-1 and top-5: as computed, and as printed.
CHANGES: Mapping[str, tuple[float, float, float, float]] = MappingProxyType(
    {
        MATCHED: (-11.827, -8.213, -11.8, -8.2),
        THRESHOLD: (-3.204, -1.240, -3.2, -1.2),
        TOP: (2.082, 1.783, 2.1, 1.8),
    }
)

# Slope, intercept (in percent on the linear axis) and r² of MatchedFrequency on the validation set.
FITS: Mapping[tuple[str, Axis], tuple[float, float, float]] = MappingProxyType(
    {
        ("67 models", "linear"): (0.9678, -9.460, 0.9907),
        ("67 models", "probit"): (0.9524, -0.3160, 0.9983),
        ("67 models", "logit"): (0.9474, -0.5220, 0.9986),
        ("64 models without Fisher vectors", "linear"): (1.1098, -20.263, 0.9913),
        ("64 models without Fisher vectors", "probit"): (0.9680, -0.3271, 0.9954),
        ("64 models without Fisher vectors", "logit"): (0.9315, -0.5030, 0.9957),
    }
)

RANKS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {MATCHED: (0.9968, 0.9645), THRESHOLD: (0.9951, 0.9484), TOP: (0.9925, 0.9378)}
)

# Only the first right, only the second right, exact McNemar p.
PAIRS: Mapping[tuple[str, str, str], tuple[int, int, float]] = MappingProxyType(
    {
        ("resnet152", "densenet161", VAL): (3006, 2419, 1.67e-15),
        ("resnet152", "densenet161", MATCHED): (733, 561, 1.93e-6),
        ("senet154", "polynet", VAL): (2547, 2324, 0.00147),
        ("senet154", "polynet", MATCHED): (615, 598, 0.646),
        ("nasnetalarge", "pnasnet5large", VAL): (1648, 1763, 0.0509),
        ("pnasnet5large", "pnasnet_large_tf", VAL): (1140, 1201, 0.215),
        ("resnet50", "vgg16_bn", VAL): (3775, 2390, 4.06e-70),
    }
)

TIE: Mapping[str, float] = MappingProxyType(
    {
        "nasnetalarge": 0.32,
        "nasnet_large_tf": 0.28,
        "pnasnet_large_tf": 0.27,
        "pnasnet5large": 0.13,
    }
)
"""P(best on MatchedFrequency) of the four whose accuracies are 72.21, 72.19, 72.19, 72.08 %."""
