"""Classifiers behind one door: torch modules, scikit-learn estimators, any callable, baselines."""

from fieldmark.models.baselines import Chance, NearestNeighbour
from fieldmark.models.blueprints import Blueprint
from fieldmark.models.kernel_svm import KernelSvm
from fieldmark.models.networks import convnet, mlp, strided
from fieldmark.models.placing import placed
from fieldmark.models.python_specs import from_python
from fieldmark.models.sklearn_classifier import SklearnClassifier
from fieldmark.models.skops_files import from_sklearn, read_skops
from fieldmark.models.smoothing import smoothed, smoothed_name, smoothed_subject
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.models.trained_files import CARD, WEIGHTS, from_trained, trained_files
from fieldmark.models.wrapping import CallableClassifier, subject_of

__all__ = [
    "CARD",
    "WEIGHTS",
    "Blueprint",
    "CallableClassifier",
    "Chance",
    "KernelSvm",
    "NearestNeighbour",
    "SklearnClassifier",
    "TorchClassifier",
    "convnet",
    "from_python",
    "from_sklearn",
    "from_trained",
    "mlp",
    "placed",
    "read_skops",
    "smoothed",
    "smoothed_name",
    "smoothed_subject",
    "strided",
    "subject_of",
    "trained_files",
]
