"""The demo: which digit classifiers hold up outside their test set?"""

from fieldmark.catalog.grids import Grid
from fieldmark.catalog.subjects import SUBJECTS

CHANGES = (
    "gaussian-noise",
    "impulse-noise",
    "gaussian-blur",
    "contrast",
    "brightness",
    "pixelate",
    "rotation",
    "translation",
)
"""Of the many shifts eight that tell much about digits, at five severities each."""

LINF_BUDGETS = ("13/255", "51/255")
"""About 0.05 and 0.2: where standard nets falter, and where they are all gone."""

ENSEMBLE_BUDGETS = ("26/255", "51/255")
"""Where the brief AutoAttack searches: in between, where it finds what PGD misses, and beside PGD
at the largest budget."""

L2_BUDGETS = ("1", "2")


def demo_grid(store: str, *, jobs: int = 0) -> Grid:
    """Every built-in subject on the digits as they are, naturally shifted, corrupted and attacked.

    Example:
        >>> grid = demo_grid("somewhere")
        >>> len(grid.subjects), grid.conditions[:2]
        (18, ('mnist-test', 'uci-digits'))
    """
    return Grid(
        subjects=tuple(SUBJECTS.own),
        conditions=(
            "mnist-test",
            "uci-digits",
            *(f"mnist-test+{name}@*" for name in CHANGES),
            *(f"mnist-test+pgd-linf@{budget}" for budget in LINF_BUDGETS),
            *(f"mnist-test+autoattack-brief-linf@{budget}" for budget in ENSEMBLE_BUDGETS),
            *(f"mnist-test+pgd-l2@{budget}" for budget in L2_BUDGETS),
        ),
        store=store,
        jobs=jobs,
    )


GRID_TEMPLATE = """\
# A Fieldmark grid: who is asked, and what.   fieldmark run grid.toml
# Relative paths start from the folder of this file.

store = "fieldmark-store"   # a folder, or any fsspec URL such as s3://bucket/store
seed = 0                    # every random number comes from it and from the examples' ids

# Names from `fieldmark list subjects`, or short names from [models] below.
subjects = ["linear", "cnn-small", "cnn-medium", "cnn-medium-adversarial"]

# Names from `fieldmark list conditions`: data set, or data set+change@level.
# @* stands for all levels of a shift; budgets of attacks are in pixel units.
conditions = [
  "mnist-test",
  "uci-digits",
  "mnist-test+gaussian-noise@*",
  "mnist-test+pgd-linf@26/255",
]

[models]
# my-net = "python:my_package.my_module:load"     # returns a torch module, or images -> scores
# my-forest = "sklearn:forest.skops"

[datasets]
# photos = { source = "folder:photos", size = 28, channels = 1, reference = "mnist-test" }
# more = "npz:more.npz"

[run]
jobs = 0      # batches asked at the same time; 0 takes every core
batch = 0     # images a model is shown at once; 0 takes what suits their size
# device = "auto"      # a GPU where there is one; or cpu, cuda:1, mps
# channels_last = true # how convolutions like pictures to lie; fold = true folds normalisation too
# decoders = 4         # processes that make pictures; chosen when nothing is said
# memory = 8           # GiB for the weights of models loaded together; half of what is free
# engine = "ray"       # a cluster; address = "ray://host:10001" says which
"""
"""What `fieldmark init` writes."""
