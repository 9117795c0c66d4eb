"""The house itself: its doors, what importing loads, and its files."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "fieldmark").rglob("*.py"))
HEAVY = ("torch", "sklearn", "altair", "vl_convert", "duckdb", "pyarrow", "PIL", "scipy", "jinja2")


def climbs(code: str, room: str) -> list[str]:
    """Imports of ``code``, in ``room``, that enter another room by a file instead of its door."""
    modules = [
        node.module or "" for node in ast.walk(ast.parse(code)) if isinstance(node, ast.ImportFrom)
    ]
    steps = [module.split(".") for module in modules]
    return [
        ".".join(some)
        for some in steps
        if some[0] == "fieldmark" and len(some) > 2 and some[1] != room
    ]


def test_rooms_are_entered_by_their_doors():
    for path in SOURCES:
        room = path.relative_to(ROOT / "src" / "fieldmark").parts[0]
        assert climbs(path.read_text(), room) == [], f"{path} climbs in"


def test_the_door_test_bites():
    code = "from fieldmark.statistics.shares.intervals import wilson"
    assert climbs(code, "studies") == ["fieldmark.statistics.shares.intervals"]
    assert climbs(code, "statistics") == []


def loaded_by(code: str) -> set[str]:
    ended = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return {name.split(".")[0] for name in ended.stdout.split()}


def test_importing_fieldmark_loads_nothing_heavy():
    assert loaded_by("import fieldmark").isdisjoint((*HEAVY, "numpy"))


@pytest.mark.slow
def test_the_import_test_bites():
    assert "torch" in loaded_by("import fieldmark.testbed")


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nsys.argv = ['fieldmark', '--help']\n"
        "from fieldmark.cli import main\n"
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
    )
    assert loaded_by(code).isdisjoint((*HEAVY, "numpy"))


def test_the_reasoning_wing_never_loads_torch():
    rooms = ("statistics", "shifts", "datasets", "archives", "store", "studies", "reports")
    steps = ["import sys"]
    for room in (*rooms, "replications"):  # in one process: the first that loads it is named
        steps.append(f"import fieldmark.{room}\nassert 'torch' not in sys.modules, '{room}'")
    assert "torch" not in loaded_by("\n".join(steps))


def test_listing_the_catalogue_loads_nothing_that_computes():
    code = (
        "from fieldmark.catalog import SHIFTS, SUBJECTS, ATTACKS\n"
        "list(SHIFTS), list(SUBJECTS), list(ATTACKS)"
    )
    assert loaded_by(code).isdisjoint(("torch", "numba", "cv2", "scipy"))


def test_files_stay_small_and_say_their_idea():
    for path in SOURCES:
        text = path.read_text()
        assert text.count("\n") <= 400, f"{path} has more than 400 lines"
        assert ast.get_docstring(ast.parse(text)), f"{path} does not say its idea"


def test_nothing_of_this_machine_is_written_down():
    suspicious = re.compile(r"(?<![\w.])/(home|root|tmp|mnt|Users)/|[A-Z]:\\\\|--index-url")
    for path in [*SOURCES, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"]:
        found = suspicious.search(path.read_text())
        assert not found, f"{path.name} holds {found.group() if found else ''}"


def test_every_public_name_of_the_package_is_there():
    import fieldmark

    for name in fieldmark.__all__:
        assert getattr(fieldmark, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = fieldmark.nothing


def test_the_reference_is_current():
    script = ROOT / "scripts" / "write_reference.py"
    ended = subprocess.run([sys.executable, str(script), "--check"], cwd=ROOT)
    assert ended.returncode == 0, "python scripts/write_reference.py, and look at what changed"


def test_links_in_the_documents_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_documents_count_the_demo_as_it_is():
    from fieldmark.catalog import Conditions, demo_grid

    grid = demo_grid("")
    conditions = sum(len(Conditions().make(text)) for text in grid.conditions)
    said = f"{len(grid.subjects)} classifiers × {conditions} conditions"
    assert said in (ROOT / "CHANGELOG.md").read_text()
    assert (
        f"trains {len(grid.subjects)} classifiers, asks them {conditions} questions"
        in (ROOT / "README.md").read_text()
    )
