"""Measure our own code, so that drift is seen: sizes, long functions, tests, mocks.

python scripts/measure.py            a table
python scripts/measure.py --check    the same, and status 1 where a limit is passed
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 400
LONG_FUNCTION = 60
MOCKS = ("unittest.mock", "MagicMock", "mocker")


@dataclass(frozen=True)
class Measure:
    """One number about the code, and the limit that it should keep."""

    what: str
    value: float
    limit: str
    kept: bool


def measures() -> Iterator[Measure]:
    """Every measure, in the order of the table."""
    sources = {path: path.read_text() for path in sorted((ROOT / "src").rglob("*.py"))}
    tests = {path: path.read_text() for path in sorted((ROOT / "tests").rglob("*.py"))}
    sizes = {path: text.count("\n") for path, text in sources.items()}
    functions = [size for text in sources.values() for size in _functions(text)]
    cases = sum(text.count("def test_") for text in tests.values())
    mocks = sum(text.count(word) for text in tests.values() for word in MOCKS)
    lines, test_lines = sum(sizes.values()), sum(t.count("\n") for t in tests.values())
    long = sum(size > LONG_FUNCTION for size in functions)
    largest = max(sizes, key=lambda path: sizes[path])
    yield Measure("files", len(sizes), "", True)
    yield Measure("lines", lines, "", True)
    yield Measure("lines of the median file", median(sizes.values()), "about 100", True)
    yield Measure(
        f"lines of the longest file ({largest.relative_to(ROOT)})",
        sizes[largest],
        f"<= {LONGEST_FILE}",
        sizes[largest] <= LONGEST_FILE,
    )
    yield Measure("functions", len(functions), "", True)
    yield Measure("lines of the median function", median(functions), "about 8", True)
    yield Measure(
        f"share of functions over {LONG_FUNCTION} lines",
        round(long / len(functions), 4),
        "<= 0.02",
        long / len(functions) <= 0.02,
    )
    yield Measure("tests", cases, "", True)
    yield Measure("test lines per line", round(test_lines / lines, 2), "about 1", True)
    yield Measure(
        "mocks per test", round(mocks / max(cases, 1), 3), "<= 0.05", mocks <= 0.05 * cases
    )


def _functions(text: str) -> list[int]:
    """Lines of code of every function: its docstring and signature are not held against it."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            end = node.end_lineno or node.lineno
            found.append(end - body[0].lineno + 1 if body else 1)
    return found


if __name__ == "__main__":
    table = list(measures())
    for one in table:
        flag = "" if one.kept else "  <-- passed"
        print(f"{one.what:<70} {one.value:>9g}  {one.limit}{flag}")
    if "--check" in sys.argv and not all(one.kept for one in table):
        sys.exit(1)
