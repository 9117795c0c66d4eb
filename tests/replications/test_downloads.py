"""Raw data that nobody has yet: fetched from where they were published, and checked."""

import json
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from fieldmark.records import DataError
from fieldmark.replications import REPLICATIONS, Data, Origin, replicate, testbed_table
from fieldmark.replications import data as data_file
from fieldmark.replications import imagenetv2_predictions as predictions

LABEL_ERRORS = REPLICATIONS["label-errors"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A folder that a server on this machine publishes as GitHub publishes raw files."""
    folder = tmp_path / "published"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setattr(data_file, "_RAW", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    server.server_close()


def publish(folder, origin: Origin, content: bytes) -> None:
    place = folder / origin.repository / origin.commit / origin.original
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_files_are_fetched_once_and_serve_offline_ever_after(data, published, tmp_path):
    for origin in LABEL_ERRORS.origins:
        publish(published, origin, data.read(origin))
    cache = tmp_path / "cache"
    fetched = replicate([LABEL_ERRORS], Data(None, cache)).whole
    again = replicate([LABEL_ERRORS], Data(None, cache, offline=True)).whole
    assert fetched.table == again.table
    assert "10 agree" in fetched.statement


def test_other_bytes_are_not_taken(published, tmp_path):
    origin = LABEL_ERRORS.origins[0]
    publish(published, origin, b"other bytes")
    with pytest.raises(DataError, match="could not be downloaded") as caught:
        Data(None, tmp_path / "cache").path(origin)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "cache" / origin.path).exists()


def test_what_is_published_nowhere_any_more_is_named(published, tmp_path):
    with pytest.raises(DataError, match=r"could not be downloaded from http://127.*--data"):
        Data(None, tmp_path / "cache").path(LABEL_ERRORS.origins[0])


@pytest.mark.slow
def test_arrays_published_one_by_one_are_the_same_as_in_one_file(data, published, tmp_path):
    name = predictions.MATCHED
    whole = data.arrays(predictions.PREDICTIONS[name])
    folder = predictions.SETS[name]
    for stem in whole:
        if stem.startswith("__"):
            continue
        original = f"data/predictions/{folder}/{stem}.npy"
        place = published / predictions.REPOSITORY / predictions.COMMIT / original
        place.parent.mkdir(parents=True, exist_ok=True)
        np.save(place, whole[stem].astype(np.int64))
    for origin in (predictions.CLASSES, predictions.LABELS[name]):
        publish(published, origin, data.read(origin))
    found = predictions.top5(Data(None, tmp_path / "cache"), name)
    here = predictions.top5(data, name)
    assert found.models == here.models
    assert (found.classes == here.classes).all()
    broken = tmp_path / "cache" / "imagenetv2" / "data" / "predictions" / folder / "resnet50.npy"
    np.save(broken, np.zeros((10_000, 5), np.int64))
    with pytest.raises(DataError, match="does not hold the published answers"):
        predictions.top5(Data(None, tmp_path / "cache", offline=True), name)


def test_types_are_read_from_source_that_is_never_run(data, published, tmp_path):
    known = json.loads(data.read(testbed_table.TYPES))
    lines = [f"{name!r}: T.{kind['nat_model_type']}," for name, kind in known.items()]
    code = "raise SystemExit\nmodel_types_map = {\n" + "\n".join(lines) + "\n}\n"
    publish(published, testbed_table._TYPES_SOURCE, code.encode())
    away = Data(None, tmp_path / "cache")
    assert testbed_table.testbed_types(away) == testbed_table.testbed_types(data)
    kept = away.path(testbed_table._TYPES_SOURCE)
    kept.write_text(code.replace("T.STANDARD", "T.MORE_DATA", 1))
    with pytest.raises(DataError, match="does not hold the published types"):
        testbed_table.testbed_types(away)
