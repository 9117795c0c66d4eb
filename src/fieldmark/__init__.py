"""Fieldmark: does this classifier, or this benchmark, hold up in the field?

import fieldmark as fm

store = fm.run(["linear", "cnn-small"], ["mnist-test", "uci-digits"], "my-store")
print(fm.effective_robustness(store, on="uci-digits").statement)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fieldmark._version import __version__

if TYPE_CHECKING:
    from fieldmark.api import (
        accuracy_grid,
        audit,
        certify,
        check_claims,
        compare,
        cross_check,
        duplicates,
        effective_robustness,
        filter_wrong,
        import_predictions,
        leaderboard,
        leaks,
        rehearse,
        replicate,
        report,
        robustness_curves,
        run,
        run_grid,
        show,
        show_shifts,
        subject,
        train,
        write_shifted,
    )
    from fieldmark.catalog import Grid, demo_grid, read_grid
    from fieldmark.records import (
        Budget,
        ClassSpace,
        Condition,
        Estimate,
        Examples,
        Finding,
        Subject,
    )
    from fieldmark.reports import render
    from fieldmark.store import Store, open_store
    from fieldmark.testbed import Options

# Torch, Parquet and plotting are heavy: a name is imported when it is first asked for.
_HOMES = {
    "fieldmark.api": (
        "accuracy_grid",
        "audit",
        "certify",
        "check_claims",
        "compare",
        "cross_check",
        "duplicates",
        "effective_robustness",
        "filter_wrong",
        "import_predictions",
        "leaderboard",
        "leaks",
        "rehearse",
        "replicate",
        "report",
        "robustness_curves",
        "run",
        "run_grid",
        "show",
        "show_shifts",
        "subject",
        "train",
        "write_shifted",
    ),
    "fieldmark.catalog": ("Grid", "demo_grid", "read_grid"),
    "fieldmark.records": (
        "Budget",
        "ClassSpace",
        "Condition",
        "Estimate",
        "Examples",
        "Finding",
        "Subject",
    ),
    "fieldmark.reports": ("render",),
    "fieldmark.store": ("Store", "open_store"),
    "fieldmark.testbed": ("Options",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Budget",
    "ClassSpace",
    "Condition",
    "Estimate",
    "Examples",
    "Finding",
    "Grid",
    "Options",
    "Store",
    "Subject",
    "__version__",
    "accuracy_grid",
    "audit",
    "certify",
    "check_claims",
    "compare",
    "cross_check",
    "demo_grid",
    "duplicates",
    "effective_robustness",
    "filter_wrong",
    "import_predictions",
    "leaderboard",
    "leaks",
    "open_store",
    "read_grid",
    "rehearse",
    "render",
    "replicate",
    "report",
    "robustness_curves",
    "run",
    "run_grid",
    "show",
    "show_shifts",
    "subject",
    "train",
    "write_shifted",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    if name not in _HOME_OF:
        raise AttributeError(f"module 'fieldmark' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
