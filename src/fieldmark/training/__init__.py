"""Fit a model: recipes, and the subjects that they make of examples."""

from fieldmark.training.augmenting import Augmented, ShiftTransform
from fieldmark.training.fitting import FitSettings, fit
from fieldmark.training.recipes import (
    RECIPE_VERSION,
    Forest,
    Guess,
    Method,
    Nearest,
    Network,
    Recipe,
    Ridge,
    Svm,
    digit_recipes,
)
from fieldmark.training.regression import regress
from fieldmark.training.subjects import subject

__all__ = [
    "RECIPE_VERSION",
    "Augmented",
    "FitSettings",
    "Forest",
    "Guess",
    "Method",
    "Nearest",
    "Network",
    "Recipe",
    "Ridge",
    "ShiftTransform",
    "Svm",
    "digit_recipes",
    "fit",
    "regress",
    "subject",
]
