"""The corruptions of PyPI ``imagecorruptions`` 1.1.2, with what newer numpy and scikit-image took
from under it put back: an oracle, fed by numpy's global random numbers."""

import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


def reference(name: str, image: np.ndarray, severity: int, seed: int = 0) -> np.ndarray:
    """The reference's picture, uint8, from an image (h, w, c) and the seed of its draws."""
    from PIL import Image

    module = _module()
    picture = Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0])
    np.random.seed(seed)  # noqa: NPY002  the only source it draws from
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = np.uint8(getattr(module, name.replace("-", "_"))(picture, severity))
    return made.reshape(image.shape)


def draws(seed: int = 0) -> np.random.RandomState:
    """The numbers that the reference draws at that seed."""
    return np.random.RandomState(seed)


def agreement(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The share of values that differ by one grey level at most."""
    return float((np.abs(ours.astype(int) - theirs) <= 1).mean())


def _module() -> ModuleType:
    if _place() is None or find_spec("skimage") is None:
        pytest.skip("the reference is not here: pip install --no-deps imagecorruptions==1.1.2")
    if "imagecorruptions.corruptions" in sys.modules:
        return sys.modules["imagecorruptions.corruptions"]
    import scipy.ndimage
    import skimage.filters

    plain = skimage.filters.gaussian

    def gaussian(*args, multichannel=False, **kwargs):
        return plain(*args, channel_axis=-1 if multichannel else None, **kwargs)

    resources = ModuleType("pkg_resources")
    resources.resource_filename = lambda _, path: str(_place().parent / path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkg_resources", resources)
        patch.setitem(sys.modules, "scipy.ndimage.interpolation", scipy.ndimage)
        patch.setattr(skimage.filters, "gaussian", gaussian)
        import imagecorruptions.corruptions as module
    module.np = _Numpy()
    return module


class _Numpy:
    """numpy with the name that it lost in version 2."""

    float_ = np.float64

    def __getattr__(self, name):
        return getattr(np, name)


def _place() -> Path | None:
    found = find_spec("imagecorruptions")
    return Path(found.origin) if found and found.origin else None
