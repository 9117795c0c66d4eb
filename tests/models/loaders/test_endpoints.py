import base64
import io
import json
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from fieldmark.models import loaders
from fieldmark.records import ConfigError, ModelError, UnknownNameError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), np.uint8)


def expected(images):
    return images.reshape(len(images), -1)[:, :3].astype(np.float32)


def npy(array):
    held = io.BytesIO()
    np.save(held, array)
    return held.getvalue()


@pytest.fixture
def served():
    """A server whose manners a test chooses; every question is noted."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.headers, body))
            with suppress(BrokenPipeError, ConnectionResetError):
                self.server.manners(self, body, len(asked))

        def log_message(self, *told):
            pass

        def answer(self, body, kind="application/x-npy", status=200, length=None, **headers):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.asked = asked
    server.url = f"http://127.0.0.1:{server.server_port}/predict"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def honest(handler, body, turn):
    handler.answer(npy(expected(np.load(io.BytesIO(body)))))


def load(url, options="", **more):
    return loaders.subject(f"{url}#{options}" if options else url, **more).load()


def test_an_honest_endpoint_is_asked_in_batches(served):
    served.manners = honest
    found = load(served.url, "batch=2")
    np.testing.assert_array_equal(found(IMAGES), expected(IMAGES))
    assert len(served.asked) == 3


def test_pictures_go_as_png_in_json(served):
    def manners(handler, body, turn):
        read = [
            np.asarray(Image.open(io.BytesIO(base64.b64decode(one))))
            for one in json.loads(body)["images"]
        ]
        said = expected(np.stack(read)).tolist()
        handler.answer(json.dumps({"scores": said}).encode(), "application/json")

    served.manners = manners
    found = load(served.url, "format=json")
    np.testing.assert_array_equal(found(IMAGES), expected(IMAGES))
    np.testing.assert_array_equal(found(IMAGES.astype(np.float32) / 255), expected(IMAGES))


@pytest.mark.slow
def test_what_passes_is_tried_again(served):
    def manners(handler, body, turn):
        if turn < 3:
            return handler.answer(b"busy", "text/plain", 503, Retry_After="0")
        return honest(handler, body, turn)

    served.manners = manners
    np.testing.assert_array_equal(load(served.url, "retries=2")(IMAGES), expected(IMAGES))


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (lambda h: h.answer(npy(np.zeros((4, 3)))), r"sent 5 pictures .* shape \(4, 3\)"),
        (lambda h: h.answer(npy(np.full((5, 3), np.nan))), "NaN or infinite scores for 5 of 5"),
        (lambda h: h.answer(b"<html>oops", "text/html"), "no array of scores but text/html"),
        (lambda h: h.answer(npy(np.array([{}], object))), "no array of scores"),
        (lambda h: h.answer(b'{"scores": [[1], [1, 2]]}', "application/json"), "no array of"),
        (lambda h: h.answer(b'{"label": "cat"}', "application/json"), "no array of scores"),
        (lambda h: h.answer(b'[["1e999", "a"]]', "application/json"), "no array of scores"),
        (lambda h: h.answer(b"[" * 100_000, "application/json"), "no array of scores"),
        (lambda h: h.answer(b"no entry", "text/plain", 401), "asked once: status 401, 'no entry'"),
        (lambda h: h.answer(b"", status=302, Location="http://elsewhere/"), "status 302"),
        (lambda h: h.answer(npy(np.zeros((5, 3))), length=10_000), "ended before the answer did"),
        (lambda h: h.answer(npy(np.zeros((5, 3))), length=90), "no array of scores|shape"),
    ],
)
def test_lies_are_told(served, answer, line):
    def manners(handler, body, turn):
        answer(handler)
        handler.wfile.flush()
        handler.connection.close()

    served.manners = manners
    with pytest.raises(ModelError, match=line):
        load(served.url, "retries=0")(IMAGES)


@pytest.mark.slow
def test_one_that_is_silent_and_one_that_drips_end_in_time(served):
    def drip(handler, body, turn):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    for manners in (lambda *_: time.sleep(1.5), drip):
        served.manners = manners
        begun = time.monotonic()
        with pytest.raises(ModelError, match=r"no whole answer within 0\.3 seconds"):
            load(served.url, "retries=0&timeout=0.3")(IMAGES)
        assert time.monotonic() - begun < 1.2


def test_one_that_dies_half_way_is_asked_as_often_as_told(served):
    def manners(handler, body, turn):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"\x93NUMPY")
        handler.wfile.flush()
        handler.connection.close()

    served.manners = manners
    with pytest.raises(ModelError, match=r"asked 2 times: the connection ended before the answer"):
        load(served.url, "retries=1")(IMAGES)
    assert len(served.asked) == 2


def test_nobody_is_there():
    with pytest.raises(ModelError, match=r"http://127.0.0.1:1/x, asked once: .*refused"):
        load("http://127.0.0.1:1/x", "retries=0&timeout=2")(IMAGES)


def test_a_width_that_changes_is_no_class_space(served):
    served.manners = lambda h, body, turn: h.answer(npy(np.zeros((1, 2 + turn))))
    with pytest.raises(ModelError, match="3 and then 4 scores a picture"):
        load(served.url, "batch=1")(IMAGES[:2])


def test_secrets_are_sent_and_never_shown(served):
    served.manners = honest
    named = served.url.replace("http://", "http://me:pass@")
    for address, token, sent in (
        (f"{served.url}?key=hidden", "secret", "Bearer secret"),
        (named, "", "Basic bWU6cGFzcw=="),
    ):
        found = loaders.subject(f"{address}#version=7", token=token)
        found.load()(IMAGES)
        headers, _ = served.asked[-1]
        assert headers["Authorization"] == sent
        shown = repr(found) + repr(found.load()) + str(found.load().card)
        assert not any(word in shown for word in ("secret", "pass@", "hidden"))


def test_options_are_read_with_care():
    with pytest.raises(ConfigError, match="is no address"):
        loaders.subject("http:predict")
    with pytest.raises(ConfigError, match="timeout=0 is in seconds"):
        loaders.subject("http://host/x#timeout=0")
    with pytest.raises(UnknownNameError, match="Did you mean retries"):
        loaders.subject("http://host/x#retrys=1")
    one, other = (loaders.subject(f"http://host/x#version={v}") for v in (1, 2))
    assert one.fingerprint != other.fingerprint
