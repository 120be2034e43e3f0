"""Partitions on object storage: a server that speaks S3, ranges counted, faults, what is missing.

Needs ``moto[server]`` and ``s3fs``; without them the tests that need a server are skipped.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from country import Land
from fsspec.registry import _registry

from geo.cli import root
from geo.errors import BusyError, NotFoundError, UsageError
from geo.flow.streamed.storage import TAIL, paths

KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
AREA = ("--by", "kind", "--json")


class Server:
    """S3 in this process; counts what is sent of objects, and answers 503 when it is told to."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self.sent: list[tuple[str, int]] = []
        self.faults = 0
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _answer(self, environ, start):
        asked = environ.get("HTTP_RANGE", "")
        if asked and self.faults:
            self.faults -= 1
            start("503 Slow Down", [("Content-Length", "0")])
            return [b""]

        def begin(status, headers, *more):
            if asked:
                self.sent.append((asked, int(dict(headers)["Content-Length"])))
            return start(status, headers, *more)

        return self._app(environ, begin)

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    pytest.importorskip("s3fs", reason="s3fs reads S3: pip install s3fs")
    pytest.importorskip("moto.server", reason="moto plays S3: pip install 'moto[server]'")
    import s3fs

    made = Server()
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": made.url}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield made
    s3fs.S3FileSystem.clear_instance_cache()
    made.close()


@pytest.fixture
def bucket(server, land) -> Server:
    import boto3

    client = boto3.client("s3")
    client.create_bucket(Bucket="kraj")
    for name in ("a.parquet", "b.parquet"):
        client.upload_file(f"{land.plots}/{name}", "kraj", f"plots/{name}")
    client.upload_file(str(land.zones), "kraj", "zones.parquet")
    server.sent.clear()
    return server


def call(land: Land, tmp_path, source: str, *words: str, zones: str = "") -> dict:
    named = ["measure", source, "--zones", zones or str(land.zones), *AREA, *words]
    found = CliRunner().invoke(root, [*named, "--data", str(tmp_path / "data")])
    assert found.exit_code == 0, (found.output, found.exception)
    return json.loads(found.stdout)


def answer(told: dict) -> list:
    return [told["rows"], told["ledger"]]


@pytest.mark.parametrize("source", ["s3://kraj/plots/", "s3://kraj/plots/*.parquet"])
def test_a_folder_and_a_pattern_give_what_the_disk_gives(bucket, land, tmp_path, source):
    far = call(land, tmp_path, source, zones="s3://kraj/zones.parquet")
    assert answer(far) == answer(call(land, tmp_path, land.plots))


def test_no_byte_is_fetched_beside_the_plan_and_the_footers(bucket, land, tmp_path):
    plan = call(land, tmp_path, "s3://kraj/plots/", "--explain")["plan"]
    footers = sum(size for _, size in bucket.sent)
    assert len(bucket.sent) == 2, "a footer is one request"
    assert footers <= 2 * TAIL
    bucket.sent.clear()
    call(land, tmp_path, "s3://kraj/plots/")
    fetched = sum(size for _, size in bucket.sent)
    # Planned once more, and opened once more where a row group is read.
    again = fetched - plan["bytes_read"]
    assert footers < again <= 2 * footers, (bucket.sent, plan["bytes_read"])


def test_a_storage_that_falters_is_asked_again(bucket, land, tmp_path):
    bucket.faults = 2
    far = call(land, tmp_path, "s3://kraj/plots/")
    assert bucket.faults == 0
    assert answer(far) == answer(call(land, tmp_path, land.plots))


def test_what_is_not_there_is_said(bucket):
    assert paths("s3://kraj/nothing/") == []
    named = ["measure", "s3://kraj/x.parquet", "--zones", "s3://kraj/zones.parquet"]
    found = CliRunner().invoke(root, named)
    assert isinstance(found.exception, NotFoundError)


def test_a_storage_that_is_away_is_said(server, monkeypatch):
    import botocore.exceptions
    import s3fs

    def away(*_: object, **__: object) -> None:
        raise botocore.exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(s3fs.S3FileSystem, "isdir", away)
    with pytest.raises(BusyError, match=r"(?s)does not answer.*AWS_ENDPOINT_URL"):
        paths("s3://kraj/plots/")


def test_a_storage_that_refuses_is_said(server, monkeypatch):
    import s3fs

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "isdir", refused)
    with pytest.raises(UsageError, match="refuses access"):
        paths("s3://kraj/plots/")


def test_what_is_missing_is_named(monkeypatch):
    """Without s3fs: what, where, how to mend it."""
    monkeypatch.delitem(_registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UsageError, match=r"s3://kraj/plots/.*s3fs.*\n.*pip install"):
        paths("s3://kraj/plots/")
