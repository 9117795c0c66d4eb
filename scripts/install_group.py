"""Install a dependency group with whatever pip there is; its own --group needs pip 25.1."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def requirements(group: str) -> list[str]:
    """The requirements of a group, with the groups that it includes."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    found: list[str] = []
    for one in groups[group]:
        found += requirements(one["include-group"]) if isinstance(one, dict) else [one]
    return found


if __name__ == "__main__":
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--constraint", "constraints.txt"]
    sys.exit(subprocess.call([*command, *requirements(sys.argv[1])], cwd=ROOT))
