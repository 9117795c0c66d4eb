import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldmark.cli import main
from tests.cli.hostile import MODELS, files, pictures


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def fieldmark(capsys, monkeypatch) -> Command:
    """Runs the command line as a shell would, in this process."""

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["fieldmark", *words])
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache, monkeypatch):
    """Tests neither read nor fill the cache of whoever runs them."""
    from fieldmark.catalog import cache_folder

    monkeypatch.setenv("FIELDMARK_CACHE", str(cache))
    cache_folder.cache_clear()
    yield
    cache_folder.cache_clear()


@pytest.fixture(scope="session")
def small_store(tmp_path_factory) -> Path:
    """A store of three quick subjects under eight conditions."""
    import fieldmark as fm

    folder = tmp_path_factory.mktemp("stores") / "small"
    fm.run(
        ["chance", "nearest-neighbour", "ridge"],
        ["mnist-test", "uci-digits", "mnist-test+contrast@*", "mnist-test+pgd-linf@26/255"],
        folder,
    )
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An own folder to work in, with pictures of digits and a module of models."""
    pictures(tmp_path / "photos")
    (tmp_path / "hostile_models.py").write_text(MODELS)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("hostile_models", None)


@pytest.fixture
def ask(fieldmark, place):
    """Runs subjects on conditions, into the store ``kept``."""

    def run(subjects: str, conditions: str, *more: str):
        words = ("--subjects", subjects, "--conditions", conditions, "--store", "kept", *more)
        return fieldmark("run", *words)

    return run


@pytest.fixture
def kept(ask, place):
    """The store ``kept``, which holds one answered cell; its files by name."""
    assert ask("chance", "folder:photos").status == 0
    return files(place / "kept")
