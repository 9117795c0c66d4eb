"""A run of a small grid, as a program.

python -m tests.testbed.on_a_cluster STORE ENGINE ADDRESS GRID

Prints "stage DONE" lines as it goes, and what it came to as JSON, or one line of why it ended.
"""

import json
import os
import signal
import sys
import time
from dataclasses import asdict
from math import inf
from pathlib import Path

from fieldmark.attacks import FAB, PGD
from fieldmark.models import smoothed_subject
from fieldmark.records import Budget, Certificate, Condition, FieldmarkError
from fieldmark.shifts import shift
from fieldmark.store import open_store
from fieldmark.testbed import Options, Unwatched, run
from tests.testbed.bars import brightest, examples, net_subject, plain_subject

OPTIONS = {"jobs": 1, "batch": 20, "part": 20, "attack_part": 64}


class Aloud(Unwatched):
    """Says what is done."""

    def advance(self, stage, amount, note=""):
        if note:
            print(stage, note, flush=True)


def slowly(seconds):
    def answer(images):
        time.sleep(seconds)
        return brightest(images)

    return answer


def deadly(marker):
    """Kills its process: once, where a file is named that then says so; else always."""

    def answer(images):
        if not marker or not Path(marker).exists():
            if marker:
                Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return brightest(images)

    return answer


def raising(images):
    raise ZeroDivisionError("no")


def questions():
    bars = examples(n=130)
    return [
        Condition(examples("few", n=12)),
        Condition(bars),
        Condition(bars, shift("gaussian-noise", 3)),
        Condition(bars, PGD(Budget("linf", 0.05), steps=2)),
        Condition(bars, FAB(Budget("l2", inf), steps=2)),
    ]


def grid(name, store):
    if name == "small":
        return [net_subject(), plain_subject(), plain_subject("raising", raising)], questions()
    if name == "proof":
        asked = Condition(examples("few", n=45), Certificate(draws=20, selection=5))
        return [net_subject(), smoothed_subject(net_subject("s"), 0.25)], [asked]
    if name == "slow":
        return [plain_subject(one, slowly(0.6)) for one in ("a", "b")], questions()[1:3]
    once = f"{store}-died" if name == "dies-once" else ""
    subjects = [plain_subject(), plain_subject("deadly", deadly(once))]
    return subjects, questions()[:2]


def main(store, engine, address, name):
    options = Options(**OPTIONS, engine=engine, address=address)
    subjects, conditions = grid(name, store)
    try:
        tally = run(
            subjects, conditions, open_store(store, create=True), options=options, watch=Aloud()
        )
    except FieldmarkError as error:
        print(f"fieldmark: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    told = asdict(tally) | {"failed": {str(head.cell): head.reason for head in tally.failed}}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
