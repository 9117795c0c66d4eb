"""Names to recipes: the only place where something is chosen by a string."""

from fieldmark.catalog.changes import (
    ATTACKS,
    CERTIFICATES,
    FROM_SURROGATES,
    OWN_SHIFTS,
    SEQUENCES,
    SHIFTS,
    TRANSFERS,
    change,
    levels,
)
from fieldmark.catalog.claims import Claims, read_claims
from fieldmark.catalog.conditions import ConditionName, Conditions
from fieldmark.catalog.datasets import DATASETS, Source, source
from fieldmark.catalog.demo import GRID_TEMPLATE, demo_grid
from fieldmark.catalog.grids import Grid, read_grid
from fieldmark.catalog.loaders import LOADERS, NEEDS, LoaderNeeds, loader_lines
from fieldmark.catalog.places import cache_folder, data_folder, data_set_folders
from fieldmark.catalog.readers import READERS, is_published, published_names, shelf
from fieldmark.catalog.studies import STUDIES, study
from fieldmark.catalog.subjects import SUBJECTS, TrainingWatch, subject
from fieldmark.catalog.tables import Entry, Table
from fieldmark.catalog.training import ARCHITECTURES, METHODS, Wish, architecture, plan

__all__ = [
    "ARCHITECTURES",
    "ATTACKS",
    "CERTIFICATES",
    "DATASETS",
    "FROM_SURROGATES",
    "GRID_TEMPLATE",
    "LOADERS",
    "METHODS",
    "NEEDS",
    "OWN_SHIFTS",
    "READERS",
    "SEQUENCES",
    "SHIFTS",
    "STUDIES",
    "SUBJECTS",
    "TRANSFERS",
    "Claims",
    "ConditionName",
    "Conditions",
    "Entry",
    "Grid",
    "LoaderNeeds",
    "Source",
    "Table",
    "TrainingWatch",
    "Wish",
    "architecture",
    "cache_folder",
    "change",
    "data_folder",
    "data_set_folders",
    "demo_grid",
    "is_published",
    "levels",
    "loader_lines",
    "plan",
    "published_names",
    "read_claims",
    "read_grid",
    "shelf",
    "source",
    "study",
    "subject",
]
