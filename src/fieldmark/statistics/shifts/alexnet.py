"""AlexNet's errors on ImageNet-C: the constants that published corruption errors are divided by."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64

from fieldmark.records import DataError

CORRUPTIONS = (
    *("gaussian_noise", "shot_noise", "impulse_noise"),
    *("defocus_blur", "glass_blur", "motion_blur", "zoom_blur"),
    *("snow", "frost", "fog", "brightness"),
    *("contrast", "elastic_transform", "pixelate", "jpeg_compression"),
)
"""The fifteen corruptions whose mean is the mCE; the others were made for tuning."""

ALEXNET_CLEAN_ERROR = 0.4348
"""AlexNet's top-1 error on the unchanged images."""

_ERRORS = {
    "gaussian_noise": (0.886428, 0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
    "shot_noise": (0.894468, 0.71224, 0.85108, 0.93574, 0.98182, 0.99146),
    "impulse_noise": (0.922640, 0.78374, 0.89808, 0.94870, 0.98720, 0.99548),
    "defocus_blur": (0.819880, 0.65624, 0.73202, 0.85036, 0.91364, 0.94714),
    "glass_blur": (0.826268, 0.64308, 0.75054, 0.88806, 0.91622, 0.93344),
    "motion_blur": (0.785948, 0.58430, 0.70048, 0.82108, 0.89750, 0.92638),
    "zoom_blur": (0.798360, 0.70008, 0.76992, 0.80784, 0.84198, 0.87198),
    "snow": (0.866816, 0.71726, 0.88392, 0.86468, 0.91870, 0.94952),
    "frost": (0.826572, 0.61390, 0.79734, 0.88790, 0.89942, 0.93430),
    "fog": (0.819324, 0.67474, 0.76050, 0.84378, 0.87260, 0.94500),
    "brightness": (0.564592, 0.45140, 0.48502, 0.54048, 0.62166, 0.72440),
    "contrast": (0.853204, 0.64548, 0.76150, 0.88874, 0.97760, 0.99270),
    "elastic_transform": (0.646056, 0.52596, 0.70116, 0.55686, 0.64076, 0.80554),
    "pixelate": (0.717840, 0.52218, 0.54620, 0.73728, 0.87092, 0.91262),
    "jpeg_compression": (0.606500, 0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
    "speckle_noise": (0.845388, 0.66192, 0.74440, 0.90246, 0.94548, 0.97268),
    "gaussian_blur": (0.787108, 0.54732, 0.70444, 0.82574, 0.89864, 0.95940),
    "spatter": (0.717512, 0.47196, 0.62194, 0.75052, 0.84132, 0.90182),
    "saturate": (0.658248, 0.59342, 0.65514, 0.51174, 0.70834, 0.82260),
}

ALEXNET_MEAN_ERRORS: Mapping[str, float] = MappingProxyType(
    {name: row[0] for name, row in _ERRORS.items()}
)
"""From a corruption to AlexNet's mean error over severities 1 to 5, as it was printed."""


def alexnet_errors(corruption: str) -> Float64[np.ndarray, "5"]:
    """AlexNet's top-1 error on a corruption of ImageNet-C at severities 1 to 5, in [0, 1].

    They do not always rise with severity (snow, elastic_transform, saturate): so they were
    printed. They belong to 224-pixel images cropped at the centre; other ways of preparing
    images give AlexNet other errors, and a subject another mCE.

    Args:
        corruption: Such as "gaussian_noise" or "gaussian-noise".

    Raises:
        DataError: There is no such corruption.

    Source:
        Hendrycks & Dietterich 2019, arXiv:1903.12261; the figures stood in the README of
        hendrycks/robustness at commit 76d9393.

    Example:
        >>> alexnet_errors("fog").tolist()
        [0.67474, 0.7605, 0.84378, 0.8726, 0.945]
    """
    name = corruption.replace("-", "_")
    if name not in _ERRORS:
        raise DataError(
            f"nobody published AlexNet's errors on {corruption[:80]!r}; "
            f"there are {', '.join(_ERRORS)}"
        )
    return np.array(_ERRORS[name][1:])
