"""Stores to test with, and small things to put into them."""

import importlib.util
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from fieldmark.store import open_store

HERE = Path(__file__).parent

collect_ignore = ["writer.py"]  # a program of its own, for a process that is to be killed


@pytest.fixture(scope="session")
def make():
    """The module ``making`` beside this file, which also the subprocesses of tests import."""
    spec = importlib.util.spec_from_file_location("store_making", HERE / "making.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["disk", "memory"])
def url(request, tmp_path):
    return str(tmp_path / "store") if request.param == "disk" else f"memory://{uuid4().hex}"


@pytest.fixture
def store(url):
    return open_store(url, create=True)


@pytest.fixture
def disk(tmp_path):
    return open_store(tmp_path / "store", create=True)


@pytest.fixture(scope="session")
def files():
    """Every file of a store on disk that is kept, not derived: its name and its bytes."""

    def read(store):
        root = Path(store.url)
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and not str(path.relative_to(root)).startswith(("index", ".lock"))
        }

    return read
