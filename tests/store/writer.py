"""A process that fills a store, to be killed: python writer.py STORE CELLS EXAMPLES PART."""

import sys

import making

from fieldmark.store import open_store


def grid(cells, n):
    shown = making.examples(n)
    return shown, [making.header(shown, f"subject-{i}") for i in range(cells)]


def fill(store, cells, n, part):
    """What a run does: hold, see what is there, answer what is missing, finish."""
    shown, heads = grid(cells, n)
    with store.hold():
        store.keep_examples(shown)
        for head in heads:
            if store.check(head):
                continue
            lot = (head.condition.fingerprint, head.subject.fingerprint)
            there = store.parts(head.cell, *lot)
            for start in range(0, n, part):
                if (start, min(n, start + part)) not in there:
                    store.commit(head, start, making.answers(head, start, start + part))
                    print("part", flush=True)  # the parent counts these
            store.finish(head)


if __name__ == "__main__":
    fill(open_store(sys.argv[1], create=True), *map(int, sys.argv[2:5]))
