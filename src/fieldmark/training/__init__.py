"""Fit a model: recipes, and the subjects that they make of examples."""

from fieldmark.training.augmenting import Augmented, ShiftTransform
from fieldmark.training.baselines import BASELINES
from fieldmark.training.closed_form import PENALTIES, Regressed, regressed
from fieldmark.training.collapse import Look, collapsed
from fieldmark.training.fitting import FitSettings, fit
from fieldmark.training.folders import train
from fieldmark.training.objectives import Fast, Free, Objective, Pgd, Standard, Trades
from fieldmark.training.plans import Plan
from fieldmark.training.recipes import (
    RECIPE_VERSION,
    Closed,
    Forest,
    Guess,
    Method,
    Nearest,
    Network,
    Recipe,
    Ridge,
    Svm,
    Voting,
    digit_recipes,
)
from fieldmark.training.regression import regress
from fieldmark.training.runs import Trained, Training, Watch
from fieldmark.training.subjects import subject

__all__ = [
    "BASELINES",
    "PENALTIES",
    "RECIPE_VERSION",
    "Augmented",
    "Closed",
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
    "Regressed",
    "Ridge",
    "ShiftTransform",
    "Standard",
    "Svm",
    "Trades",
    "Trained",
    "Training",
    "Voting",
    "Watch",
    "collapsed",
    "digit_recipes",
    "fit",
    "regress",
    "regressed",
    "subject",
    "train",
]
