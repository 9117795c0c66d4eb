"""Every prediction is kept once and never changed: Parquet files in a folder or a bucket.

::

    fieldmark.json                                      the format's version, written first
    cells/CONDITION/SUBJECT.parquet                     a finished cell: header and answers
    parts/CONDITION/SUBJECT/FINGERPRINTS/0-500.parquet  rows of a cell that is not finished yet
    examples/FINGERPRINT.parquet                        ids, labels and classes
    specimens/CONDITION.parquet                         a few pictures to look at
    runs/TIME-MARK.json                                 what a run was asked, and what came of it
    index/                                              derived; may be deleted at any time
    .lock, .holder.json                                 who writes just now

Names are percent-quoted. docs/store-format.md says what is in each file.
"""

from fieldmark.store.begun import answers_begun
from fieldmark.store.correctness import Correctness
from fieldmark.store.examples import ExamplesTable
from fieldmark.store.manifests import keep_manifest, manifest_name, manifests
from fieldmark.store.store import Store, open_store

__all__ = [
    "Correctness",
    "ExamplesTable",
    "Store",
    "answers_begun",
    "keep_manifest",
    "manifest_name",
    "manifests",
    "open_store",
]
