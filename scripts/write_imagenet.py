"""Writes ImageNet-1k's classes and all that is above them in WordNet, from WordNet's own file.

    python scripts/write_imagenet.py DATA_NOUN [CLASSES]

DATA_NOUN is ``data.noun`` of WordNet 3.0 (Debian has it in ``wordnet-base``). CLASSES is a text
with the 1,000 ids in it, in any form; without it, those of the present file are written again: a
class is what is above nothing.
"""

import argparse
import csv
import io
import re
from pathlib import Path

RECORDS = Path(__file__).parents[1] / "src" / "fieldmark" / "records" / "published"
TABLE = RECORDS / "wordnet.csv"
LICENCE = RECORDS / "WORDNET-LICENSE.txt"

Synsets = dict[str, tuple[list[str], list[str]]]


def synsets(text: str) -> Synsets:
    """From the id of every noun to its words and the ids right above it (kinds and instances)."""
    found: Synsets = {}
    for line in text.splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields = line.partition(" | ")[0].split()
        words = int(fields[3], 16)
        first = 4 + 2 * words
        pointers = [fields[first + 1 + 4 * place :][:4] for place in range(int(fields[first]))]
        found[f"n{fields[0]}"] = (
            [fields[4 + 2 * place].replace("_", " ") for place in range(words)],
            [f"n{one[1]}" for one in pointers if one[0] in ("@", "@i")],
        )
    return found


def closed(classes: list[str], known: Synsets) -> list[str]:
    """The classes and everything above them, sorted."""
    found, todo = set(classes), list(classes)
    while todo:
        above = set(known[todo.pop()][1]) - found
        found |= above
        todo += above
    return sorted(found)


def table(classes: list[str], known: Synsets) -> str:
    """The file's text: id, words, what is right above."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["id", "words", "above"])
    for one in closed(classes, known):
        words, above = known[one]
        rows.writerow([one, "|".join(words), " ".join(above)])
    return written.getvalue()


def leaves(text: str) -> list[str]:
    """The ids of a table that nothing else lists as above it."""
    rows = list(csv.DictReader(io.StringIO(text)))
    above = {one for row in rows for one in row["above"].split()}
    return [row["id"] for row in rows if row["id"] not in above]


def main() -> None:
    """Write the table and the licence that belongs beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_noun", type=Path)
    parser.add_argument("classes", type=Path, nargs="?")
    given = parser.parse_args()
    noun = given.data_noun.read_text()
    if given.classes:
        classes = sorted(set(re.findall(r"\bn\d{8}\b", given.classes.read_text())))
    else:
        classes = leaves(TABLE.read_text())
    if len(classes) != 1000:
        raise SystemExit(f"ImageNet-1k has 1,000 classes, not {len(classes)}")
    TABLE.write_text(table(classes, synsets(noun)))
    licence = [re.sub(r"^ *\d+ ", "", line) for line in noun.splitlines() if line.startswith("  ")]
    LICENCE.write_text("\n".join(line.rstrip() for line in licence).strip() + "\n")


if __name__ == "__main__":
    main()
