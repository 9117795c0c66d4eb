"""Fit a model: recipes, and the subjects that they make of examples."""

from fieldmark.training.augmenting import Augmented, ShiftTransform
from fieldmark.training.collapse import Look, collapsed
from fieldmark.training.fitting import FitSettings, fit
from fieldmark.training.folders import train
from fieldmark.training.objectives import Fast, Free, Objective, Pgd, Standard, Trades
from fieldmark.training.plans import Plan
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
from fieldmark.training.runs import Trained, Training, Watch
from fieldmark.training.subjects import subject

__all__ = [
    "RECIPE_VERSION",
    "Augmented",
    "Fast",
    "FitSettings",
    "Forest",
    "Free",
    "Guess",
    "Look",
    "Method",
    "Nearest",
    "Network",
    "Objective",
    "Pgd",
    "Plan",
    "Recipe",
    "Ridge",
    "ShiftTransform",
    "Standard",
    "Svm",
    "Trades",
    "Trained",
    "Training",
    "Watch",
    "collapsed",
    "digit_recipes",
    "fit",
    "regress",
    "subject",
    "train",
]
