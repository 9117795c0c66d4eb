"""The five lines of Python, and a user's own model and images from another folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fieldmark as fm
from fieldmark.records import Cell

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_a_grid_of_ones_own_runs_from_a_folder_outside(tmp_path):
    """`fieldmark run` on a TOML with a `python:` model and `folder:` images."""
    rng = np.random.default_rng(0)
    for row, name in enumerate(["dark", "bright"]):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 90, (20, 24, 3)) + 120 * row
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / name / f"{i}.png")
    (tmp_path / "my_model.py").write_text(
        "import torch\n"
        "class Brightness(torch.nn.Module):\n"
        "    classes = ('bright', 'dark')\n"
        "    def forward(self, x):\n"
        "        light = x.mean(dim=(1, 2, 3))\n"
        "        return torch.stack([light - 0.4, 0.4 - light], dim=1)\n"
        "def load():\n    return Brightness()\n"
    )
    (tmp_path / "grid.toml").write_text(
        'subjects = ["mine"]\n'
        'conditions = ["photos", "photos+brightness@*", "photos+pgd-linf@64/255"]\n'
        '[models]\nmine = "python:my_model:load"\n'
        '[datasets]\nphotos = "folder:photos"\n'
    )
    ended = subprocess.run(
        [sys.executable, "-m", "fieldmark", "run", "grid.toml", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "FIELDMARK_CACHE": str(tmp_path / "cache")},
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["done"] == 7
    store = fm.open_store(tmp_path / "fieldmark-store")
    clean = store.correct("photos").matrix()
    assert clean.mean() == 1
    assert store.correct("photos+pgd-linf@64/255").matrix().mean() < 1


def test_five_lines(tmp_path):
    store = fm.run(
        ["ridge", "nearest-neighbour", "chance"], ["mnist-test", "uci-digits"], tmp_path / "s"
    )
    assert store.header(Cell("ridge", "uci-digits")).status == "done"
    assert "uci-digits" in fm.effective_robustness(store, on="uci-digits").statement
    finding = fm.compare(tmp_path / "s", "nearest-neighbour", "ridge", condition="mnist-test")
    assert "nearest-neighbour" in fm.render(finding, format="md")
    page = fm.report(store, tmp_path / "report.html")
    assert page.read_text().startswith("<!doctype html>")


@pytest.mark.slow
def test_a_failed_cell_is_a_warning(tmp_path):
    def load():
        raise OSError("gone")

    with pytest.warns(UserWarning, match="lost × mnist-test failed: lost could not be loaded"):
        fm.run([fm.Subject("lost", "0", load)], ["mnist-test"], tmp_path / "s")


def snippet(language: str) -> str:
    """The first block of that language in the README."""
    text = (ROOT / "README.md").read_text()
    return text.split(f"```{language}\n", 1)[1].split("```", 1)[0]


@pytest.mark.slow
def test_the_snippet_of_the_readme_runs(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", snippet("python")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "FIELDMARK_CACHE": str(tmp_path / "cache")},
    )
    assert ended.returncode == 0, ended.stderr
    assert "uci-digits" in ended.stdout
    assert (tmp_path / "report.html").exists()
