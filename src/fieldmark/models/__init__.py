"""Classifiers behind one door: torch modules, scikit-learn estimators, any callable, baselines."""

from fieldmark.models.baselines import Chance, NearestNeighbour
from fieldmark.models.blueprints import Blueprint
from fieldmark.models.folding import agree, answers, folded, laid_out
from fieldmark.models.keeping import Weights, kept_estimator, kept_weights, write_whole
from fieldmark.models.kernel_svm import KernelSvm
from fieldmark.models.loaders import LOADERS, Asked, as_asked, counted_architectures
from fieldmark.models.loaders import subject as loaded
from fieldmark.models.neighbours import Neighbours, best_k
from fieldmark.models.networks import convnet, mlp, strided
from fieldmark.models.placing import placed
from fieldmark.models.python_specs import from_python
from fieldmark.models.sklearn_classifier import SklearnClassifier
from fieldmark.models.skops_files import from_sklearn, read_skops
from fieldmark.models.smoothing import smoothed, smoothed_name, smoothed_subject
from fieldmark.models.torch_classifier import TorchClassifier
from fieldmark.models.trained_files import CARD, WEIGHTS, from_trained, trained_files
from fieldmark.models.untrained import all_patches, patch_kernel, random_features, scattering
from fieldmark.models.wrapping import CallableClassifier, subject_of

__all__ = [
    "CARD",
    "LOADERS",
    "WEIGHTS",
    "Asked",
    "Blueprint",
    "CallableClassifier",
    "Chance",
    "KernelSvm",
    "NearestNeighbour",
    "Neighbours",
    "SklearnClassifier",
    "TorchClassifier",
    "Weights",
    "agree",
    "all_patches",
    "answers",
    "as_asked",
    "best_k",
    "convnet",
    "counted_architectures",
    "folded",
    "from_python",
    "from_sklearn",
    "from_trained",
    "kept_estimator",
    "kept_weights",
    "laid_out",
    "loaded",
    "mlp",
    "patch_kernel",
    "placed",
    "random_features",
    "read_skops",
    "scattering",
    "smoothed",
    "smoothed_name",
    "smoothed_subject",
    "strided",
    "subject_of",
    "trained_files",
    "write_whole",
]
