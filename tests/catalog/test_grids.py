from pathlib import Path

import numpy as np
import pytest

from fieldmark.catalog import GRID_TEMPLATE, read_grid
from fieldmark.records import ConfigError, Placement


def written(folder: Path, text: str) -> Path:
    path = folder / "grid.toml"
    path.write_text(text)
    return path


def test_the_template_is_a_grid(tmp_path):
    grid = read_grid(written(tmp_path, GRID_TEMPLATE))
    assert grid.subjects[0] == "linear"
    assert grid.store == str(tmp_path / "fieldmark-store")
    made = grid.make_conditions()
    assert [condition.name for condition in made][:2] == ["mnist-test", "uci-digits"]
    assert len(made) == 8


def test_own_models_and_data_get_the_names_of_the_file(tmp_path):
    np.savez(
        tmp_path / "own.npz",
        images=np.zeros((4, 28, 28, 1), np.uint8),
        labels=np.array([0, 1, 2, 3]),
    )
    (tmp_path / "my_bright_model.py").write_text(
        "import numpy as np\n"
        "def load():\n    return lambda images: np.zeros((len(images), 4), np.float32)\n"
    )
    grid = read_grid(
        written(
            tmp_path,
            'subjects = ["mine"]\nconditions = ["own", "own+contrast@2"]\n'
            '[models]\nmine = "python:my_bright_model:load"\n'
            '[datasets]\nown = { source = "npz:own.npz", reference = "mnist-test" }\n',
        )
    )
    assert [subject.name for subject in grid.make_subjects()] == ["mine"]
    own, shifted = grid.make_conditions()
    assert (own.name, own.kind) == ("own", "natural shift")
    assert (shifted.name, shifted.kind) == ("own+contrast@2", "shift")


BASE = 'subjects = ["linear"]\nconditions = ["mnist-test"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subjects = [", "is no TOML"),
        ('subjects = ["linear"]\n', "conditions is missing"),
        ('subjects = []\nconditions = ["mnist-test"]\n', "subjects: name at least one"),
        (BASE + 'conditons = ["x"]\n', "unknown key conditons. Did you mean conditions?"),
        (BASE + "[run]\njob = 3\n", "unknown key run.job. Did you mean jobs?"),
        (BASE + '[run]\njobs = "two"\n', "run.jobs: write a whole number"),
        (BASE + "seed = -1\n", "seed: input should be greater than or equal to 0"),
        (BASE + '[datasets]\nx = { source = "npz:x", sise = 3 }\n',
         "unknown key datasets.x.sise. Did you mean size?"),
        (BASE + '[models]\nridge = "python:a:b"\n',
         "models.ridge: the catalogue has a subject of that name"),
        (BASE + '[datasets]\nuci-digits = "npz:x.npz"\n',
         "datasets.uci-digits: the catalogue has a data set of that name"),
        (BASE + "[models]\nx = 3\n", "models.x: write text in quotes"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_is_one_line_that_names_the_key(tmp_path, text, message):
    with pytest.raises(ConfigError) as raised:
        read_grid(written(tmp_path, text))
    assert message in str(raised.value)
    assert str(tmp_path / "grid.toml") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_absent_or_unreadable_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match="No such file or directory"):
        read_grid(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8 text"):
        read_grid(tmp_path / "bytes.toml")


def test_how_to_run_may_stand_in_the_file(tmp_path):
    grid = read_grid(
        written(
            tmp_path,
            BASE + "[run]\njobs = 3\ndecoders = 2\nmemory = 8\nchannels_last = true\n"
            'device = "cuda:1"\n',
        )
    )
    assert (grid.jobs, grid.batch, grid.decoders, grid.memory, grid.engine) == (3, 0, 2, 8, "local")
    assert grid.placement == Placement("cuda:1", channels_last=True)
    assert read_grid(written(tmp_path, BASE)).placement is None
