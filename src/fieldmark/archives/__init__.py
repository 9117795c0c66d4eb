"""Predictions that come from elsewhere: published files, people's trials, a rehearsal."""

from fieldmark.archives.admitting import REPAIRS
from fieldmark.archives.attack_tables import read_attack_table
from fieldmark.archives.importing import Import, Imported, imported
from fieldmark.archives.rehearsal import rehearsal
from fieldmark.archives.suspicions import Suspicion, suspicions
from fieldmark.archives.tables import read_scores

__all__ = [
    "REPAIRS",
    "Import",
    "Imported",
    "Suspicion",
    "imported",
    "read_attack_table",
    "read_scores",
    "rehearsal",
    "suspicions",
]
