"""A server on this machine that speaks the hub's API for datasets, as far as its client asks."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

CONVERTED = "refs/convert/parquet"
_INFO = re.compile(r"/api/datasets/([^/]+/[^/]+)(?:/revision/(.+))?")
_LISTING = re.compile(r"/api/datasets/([^/]+/[^/]+)/parquet")
_CHECK = re.compile(r"/api/datasets/([^/]+/[^/]+)/auth-check")
_FILE = re.compile(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Repo:
    """A dataset repository: the files of each branch, its card's metadata, who may read it.

    `refused` is the status that its files are refused with. The first download of a file stops
    after `breaks_at` bytes where that is set. Of one that `hides_branches` the main one alone
    can be asked for.
    """

    branches: dict[str, Mapping[str, bytes]]
    card: Mapping[str, Any] = field(default_factory=dict)
    refused: int = 0
    breaks_at: int = 0
    hides_branches: bool = False
    history: dict[str, Mapping[str, bytes]] = field(default_factory=dict)

    def commit(self, revision: str) -> str | None:
        """The commit of a branch, or `revision` itself where it is a commit."""
        for branch in self.branches:
            self.history[self._commit(branch)] = self.branches[branch]
        if revision in self.branches:
            return self._commit(revision)
        return revision if revision in self.history else None

    def _commit(self, branch: str) -> str:
        digest = hashlib.sha1()
        for name, data in sorted(self.branches[branch].items()):
            digest.update(name.encode() + b"\0" + data)
        return digest.hexdigest()


@dataclass
class Hub:
    """The repositories by name, the address, and all that was asked for."""

    repos: dict[str, Repo] = field(default_factory=dict)
    address: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def downloads(self) -> list[str]:
        """The files that were sent, in order; a part of one with the range in brackets."""
        return [
            line.removeprefix("GET ")
            for line in self.asked
            if "/resolve/" in line and line.startswith("GET")
        ]


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub, answering at its address."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        # "/" inside a revision is quoted, so parts are told before they are unquoted
        path, part = urlsplit(self.path).path, self.headers.get("Range", "")
        self.hub.asked.append(f"{self.command} {unquote(path)}{f' [{part}]' if part else ''}")
        if found := _FILE.fullmatch(path):
            return self._file(*map(unquote, found.groups()))
        if found := _LISTING.fullmatch(path):
            return self._listing(found[1])
        if found := _CHECK.fullmatch(path):
            repo = self.hub.repos.get(found[1])
            return self._refuse(repo) if repo and repo.refused else self._send(200, b"{}")
        if found := _INFO.fullmatch(path):
            return self._info(found[1], unquote(found[2] or "main"))
        return self._send(404, b"{}")

    def _info(self, name: str, revision: str) -> None:
        repo = self.hub.repos.get(name)
        if repo is None:
            return self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        commit = repo.commit(revision)
        if commit is None or (repo.hides_branches and revision == CONVERTED):
            return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        files = repo.history[commit]
        told = {
            "id": name,
            "sha": commit,
            "gated": "auto" if repo.refused else False,
            "siblings": [{"rfilename": each, "size": len(files[each])} for each in files],
            "cardData": dict(repo.card) if revision != CONVERTED else {},
        }
        return self._send(200, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _listing(self, name: str) -> None:
        """The addresses of the converted files, by configuration and split."""
        repo, told = self.hub.repos.get(name), dict[str, dict[str, list[str]]]()
        for path in repo.branches.get(CONVERTED, {}) if repo else ():
            config, split, _ = path.split("/")
            files = told.setdefault(config, {}).setdefault(split, [])
            address = f"/api/datasets/{name}/parquet/{config}/{split}"
            files.append(f"{self.hub.address}{address}/{len(files)}.parquet")
        self._send(200 if told else 404, json.dumps(told).encode())

    def _file(self, name: str, revision: str, path: str) -> None:
        repo = self.hub.repos.get(name)
        commit = repo and repo.commit(revision)
        if repo is None or commit is None:
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if repo.refused:
            return self._refuse(repo)
        data = repo.history[commit].get(path)
        if data is None:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
        etag = hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        start = int((re.search(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        cut, repo.breaks_at = (repo.breaks_at, 0) if self.command == "GET" else (0, repo.breaks_at)
        return self._send(206 if start else 200, data[start:], headers, cut)

    def _refuse(self, repo: Repo) -> None:
        self._send(repo.refused, b"", {"X-Error-Code": "GatedRepo"})

    def _send(
        self, code: int, data: bytes, headers: Mapping[str, str] | None = None, cut: int = 0
    ) -> None:
        self.send_response(code)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: cut or None])
        if cut:
            self.wfile.flush()
            self.connection.close()
            self.close_connection = True
