"""Public sets: the table is well formed; a download arrives whole or leaves nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import io
import json
import threading
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probing import public_sets
from probing.errors import DatasetError
from probing.public_sets import PUBLIC_SETS, PublicSet, fetch, find

BODY = b"statement,label\nTwo is even.,1\nThree is even.,0\n" * 4000
NAME = "true_false_cities"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path != "/missing" else 404)
        announced = len(BODY) * (2 if self.path == "/short" else 1)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def _point_to(monkeypatch: pytest.MonkeyPatch, url: str, sha256: str | None = None) -> PublicSet:
    public = dataclasses.replace(PUBLIC_SETS[NAME], url=url, sha256=sha256)
    monkeypatch.setitem(public_sets.PUBLIC_SETS, NAME, public)
    return public


def _offline(url: str) -> Any:
    raise urllib.error.URLError("Network is unreachable")


def test_fetches_reports_progress_and_notes_the_source(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = _point_to(monkeypatch, f"{server}/data", hashlib.sha256(BODY).hexdigest())
    steps: list[tuple[int, int | None]] = []
    path = fetch(NAME, tmp_path / "new", lambda done, total: steps.append((done, total)))
    assert path == tmp_path / "new" / public.file_name
    assert path.read_bytes() == BODY
    assert steps[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    source = json.loads((path.parent / f"{NAME}.source.json").read_text())
    assert source["sha256"] == public.sha256
    assert (source["url"], source["licence"]) == (public.url, public.licence)
    assert sorted(entry.name for entry in path.parent.iterdir()) == [
        path.name,
        f"{NAME}.source.json",
    ]


@pytest.mark.parametrize(
    ("page", "sha256"), [("data", "0" * 64), ("short", None), ("missing", None)]
)
def test_a_broken_download_leaves_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, sha256: str | None
) -> None:
    _point_to(monkeypatch, f"{server}/{page}", sha256)
    with pytest.raises(DatasetError) as caught:
        fetch(NAME, tmp_path)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_download_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / PUBLIC_SETS[NAME].file_name
    old.write_text("old")
    with pytest.raises(DatasetError):
        fetch(NAME, tmp_path, opener=_offline)
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(NAME, tmp_path, interrupt, opener=lambda url: io.BytesIO(BODY))
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Network is unreachable") as caught:
        fetch(NAME, tmp_path, opener=_offline)
    assert PUBLIC_SETS[NAME].url in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_an_empty_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        fetch(NAME, tmp_path, opener=lambda url: io.BytesIO(b""))


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(DatasetError, match="senteval_past_present"):
        find("senteval_past_presnt")


def test_the_table_is_well_formed() -> None:
    keys = {"text", "target", "group", "split", "task", "positive", "template", "limit"}
    assert len(PUBLIC_SETS) > 90
    for name, public in PUBLIC_SETS.items():
        assert public.name == name
        assert public.url.startswith("https://")
        assert public.task in {"binary", "multiclass", "regression"}
        assert public.licence and public.citation and public.description
        assert set(public.read) <= keys
        assert "/" not in public.file_name


@pytest.mark.parametrize("announced", [True, False])
def test_a_download_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    class Endless(io.RawIOBase):
        headers = {"Content-Length": "5000"} if announced else {}
        n_read = 0

        def read(self, size: int = -1) -> bytes:
            Endless.n_read += 1
            return b"x" * 1000

    monkeypatch.setattr("probing.public_sets.fetching._LARGEST", 3000)
    with pytest.raises(DatasetError, match="is larger than"):
        fetch(NAME, tmp_path, opener=lambda url: Endless())
    assert Endless.n_read == (0 if announced else 4) and not list(tmp_path.iterdir())
