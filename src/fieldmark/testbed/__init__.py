"""Plan the grid of subjects × conditions, and run what is missing."""

from fieldmark.testbed.options import Options, usable_cores
from fieldmark.testbed.paces import Pace
from fieldmark.testbed.planning import Plan, plan
from fieldmark.testbed.provenance import code_versions
from fieldmark.testbed.running import Tally, run
from fieldmark.testbed.showing import Showing, along, showing, side_by_side
from fieldmark.testbed.specimens import specimen_rows
from fieldmark.testbed.watching import Unwatched, Watch

__all__ = [
    "Options",
    "Pace",
    "Plan",
    "Showing",
    "Tally",
    "Unwatched",
    "Watch",
    "along",
    "code_versions",
    "plan",
    "run",
    "showing",
    "side_by_side",
    "specimen_rows",
    "usable_cores",
]
