"""A run that can be killed: forks a child per line of its input, and says the child's number.

Importing torch takes seconds, a fork takes none, so thirty runs can be killed in a minute.
"""

import os
import sys
from math import inf

import torch

from fieldmark.attacks import FAB, PGD
from fieldmark.records import Budget, Condition
from fieldmark.shifts import shift
from fieldmark.store import open_store
from fieldmark.testbed import Options, run
from tests.testbed.bars import examples, net_subject, plain_subject


def whole_run(folder: str) -> None:
    bars = examples(n=330)
    conditions = [
        Condition(bars),
        Condition(bars, shift("gaussian-noise", 3)),
        Condition(bars, PGD(Budget("linf", 0.05), steps=4)),
        Condition(bars, FAB(Budget("l2", inf), steps=4)),
    ]
    subjects = [net_subject("one"), net_subject("two"), plain_subject()]
    options = Options(jobs=2, batch=20, part=60, attack_part=100)
    run(subjects, conditions, open_store(folder, create=True), options=options)


def main() -> None:
    torch.set_num_threads(1)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            whole_run(line.strip())
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
