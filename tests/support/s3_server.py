"""An S3 server on this machine, of which one request in so many can fail; needs moto."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Failing:
    """A WSGI application that answers one request of `every` with an error 500; 0: none."""

    def __init__(self, app: App, every: int = 0) -> None:
        self._app, self.every, self.n_asked, self.n_failed = app, every, 0, 0
        self._alone = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with self._alone:
            self.n_asked += 1
            fails = bool(self.every) and not self.n_asked % self.every
            self.n_failed += fails
        if not fails:
            return self._app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start("500 Internal Server Error", [("Content-Type", "text/plain")])
        return [b"the server fails"]


@contextmanager
def s3_server(bucket: str) -> Iterator[tuple[dict[str, str], Failing]]:
    """A server with a bucket: what the environment of its users has, and how it fails."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = Failing(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        import boto3

        # what it holds lies in this process, and another server may have been here
        urllib.request.urlopen(f"{address}/moto-api/reset", data=b"").close()
        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
        options = {"endpoint_url": address, "region_name": "us-east-1", **keys}
        boto3.client("s3", **options).create_bucket(Bucket=bucket)
        yield (
            {
                "AWS_ENDPOINT_URL": address,
                "AWS_DEFAULT_REGION": "us-east-1",
                **{name.upper(): value for name, value in keys.items()},
            },
            app,
        )
    finally:
        server.shutdown()
        thread.join()
