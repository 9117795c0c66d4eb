"""Classifiers behind one door: torch modules, scikit-learn estimators, any callable, baselines."""

from fieldmark.models.baselines import Chance, NearestNeighbour
from fieldmark.models.kernel_svm import KernelSvm
from fieldmark.models.networks import convnet, mlp
from fieldmark.models.python_specs import from_python
from fieldmark.models.sklearn_classifier import SklearnClassifier
from fieldmark.models.skops_files import from_sklearn, read_skops
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.models.wrapping import CallableClassifier, subject_of

__all__ = [
    "CallableClassifier",
    "Chance",
    "KernelSvm",
    "NearestNeighbour",
    "SklearnClassifier",
    "TorchClassifier",
    "convnet",
    "from_python",
    "from_sklearn",
    "mlp",
    "read_skops",
    "subject_of",
]
