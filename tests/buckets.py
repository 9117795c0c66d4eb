"""A real S3 server on this machine, and what may go wrong with one, for all who keep in buckets."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest

Environ = dict[str, Any]
Fault = Callable[[Environ], tuple[str, str] | None]
"""From a request to the status and the code of an answer that is none; None lets it through."""

KEYS = {
    "AWS_ACCESS_KEY_ID": "anybody",
    "AWS_SECRET_ACCESS_KEY": "anything",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}


class Server:
    """S3 over HTTP on loopback, in a thread, with a bucket for every test that asks for one."""

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.fault: Fault | None = None
        self.deaf = False
        self.asked: list[tuple[str, str]] = []
        self._inside = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def bucket(self) -> str:
        """The URL of a new bucket."""
        import fsspec

        name = f"bucket-{uuid4().hex[:8]}"
        fsspec.filesystem("s3").mkdir(name)
        return f"s3://{name}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Environ, start: Callable[..., Any]) -> Any:
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if self.deaf:  # a server that knows nothing of put-if-absent
            environ.pop("HTTP_IF_NONE_MATCH", None)
        wrong = self.fault and self.fault(environ)
        if not wrong:
            return self._inside(environ, start)
        with suppress(Exception):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, code = wrong
        body = f"<Error><Code>{code}</Code><Message>{code} here</Message></Error>".encode()
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def server() -> Iterator[Server]:
    """A server whose address and keys are in the environment while inside."""
    from s3fs import S3FileSystem

    opened = Server()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": opened.url}.items():
            patch.setenv(name, value)
        S3FileSystem.clear_instance_cache()
        try:
            yield opened
        finally:
            S3FileSystem.clear_instance_cache()
            opened.stop()
