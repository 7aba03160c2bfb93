"""Stores that fail: one request in so many, or all of them; they count what they are asked."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable
from typing import Any

import fsspec

from probing.stores import ObjectStore, requests

ASKED = ("cat_file", "pipe_file", "put_file", "get_file", "find", "rm_file", "mv")


class FailingFiles:
    """The file system of a URL, where one request of `every` fails: 1 fails all, 0 none."""

    def __init__(self, url: str, every: int = 0) -> None:
        self._files = fsspec.filesystem(url.partition("://")[0])
        self.every, self.n_asked, self.asked = every, 0, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._files, name)
        return self._counted(name, found) if name in ASKED else found

    def _counted(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*values: Any, **options: Any) -> Any:
            self.n_asked += 1
            self.asked[name] += 1
            if self.every and not self.n_asked % self.every:
                raise OSError(errno.EREMOTEIO, "the server fails")
            return work(*values, **options)

        return asked


def failing_store(url: str, monkeypatch: Any, every: int = 0) -> tuple[ObjectStore, FailingFiles]:
    """A store of which one request of `every` fails, tried again without a wait."""
    monkeypatch.setattr(requests, "FIRST_WAIT_S", 0.0)
    files = FailingFiles(url, every)
    return ObjectStore(url, files), files
