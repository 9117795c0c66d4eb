"""The page about one's own test set: its commands run, one after the other, on small pictures."""

import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fieldmark.cli import main
from tests.cli.test_curating import FACTORY
from tests.datasets.duplicates.test_searching import pictures

PAGE = Path(__file__).parents[1] / "docs" / "your-own-test-set.md"
COMMANDS = [
    line
    for block in re.findall(
        r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    for line in block.splitlines()
]


def save(root, images):
    for row, image in enumerate(images):
        file = root / ("cat", "dog")[row % 2] / f"{row:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of photos with metadata, one to learn from that has two of them, and a model."""
    ours, theirs = pictures(0, 24), pictures(1, 24)
    ours[3], ours[4] = theirs[7], theirs[8][:, ::-1]
    save(tmp_path / "photos", theirs)
    save(tmp_path / "train", ours)
    lines = ["file_name,camera,year"]
    for row in range(20):
        camera = ("compact", "telephone", "reflex")[row % 3]
        lines.append(f"{('cat', 'dog')[row % 2]}/{row:02d}.png,{camera},{2015 + row % 7}")
    (tmp_path / "photos" / "metadata.csv").write_text("\n".join(lines))
    (tmp_path / "ink.py").write_text(FACTORY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_commands_of_the_page_run(place, monkeypatch, capsys):
    assert len(COMMANDS) >= 7
    for command in COMMANDS:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, f"{command}\n{capsys.readouterr().err}"
    assert (place / "pairs.html").exists()
    assert "22 of 24 stay" in capsys.readouterr().err
    assert np.all([(place / name).exists() for name in ("hard.json", "clean.json")])


def test_every_way_to_slice_that_the_page_names_is_one(place):
    from fieldmark.catalog import ConditionName

    names = re.findall(r"`(photos\[[^`]+)`", PAGE.read_text("utf-8"))
    assert len(names) >= 8
    for name in names:
        read = ConditionName.parse(name.replace("\\|", "|"))
        assert read.examples == "photos" and read.slices
