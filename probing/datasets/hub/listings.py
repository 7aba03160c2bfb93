"""What a dataset repository holds at a commit: asked of the hub, and kept beside the files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probing.datasets.hub import asking
from probing.datasets.hub.answers import UnreachableError
from probing.datasets.hub.converted import BRANCH
from probing.errors import DatasetError
from probing.hub_cache import cache_folder, is_offline

PARQUET = ".parquet"
MAIN = "main"
FRESH_S = 60.0  # a branch is not asked for again while a spec is being edited
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Listing:
    """A repository at a commit: its Parquet files with their bytes, and its card's metadata."""

    repo: str
    commit: str
    files: Mapping[str, int]
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the cache keeps its files."""
        return repo_folder(self.repo) / "snapshots" / self.commit


_asked: dict[tuple[str, str, str], tuple[float, Listing]] = {}


def repo_folder(repo: str) -> Path:
    """The folder of a dataset repository in the cache of the Hugging Face libraries."""
    return cache_folder() / f"datasets--{repo.replace('/', '--')}"


def listing_of(repo: str, revision: str | None) -> Listing:
    """What `repo` holds at `revision`, else in its main branch.

    A commit that was listed before is not asked for again. Where the hub cannot be asked, what
    was listed or fetched last counts. Raises `DatasetError` where nothing is known.
    """
    revision = None if revision == MAIN else revision
    key = (str(repo_folder(repo)), repo, revision or MAIN)
    then, known = _asked.get(key, (0.0, None))
    if known is not None and (_is_commit(revision) or time.monotonic() - then < FRESH_S):
        return known
    kept = _kept(repo, revision or MAIN)
    if kept is not None and (_is_commit(revision) or is_offline()):
        return kept
    if is_offline():
        return _in_cache(repo, revision)
    try:
        listing = Listing(repo, *asking.ask(repo, revision))
    except UnreachableError as error:
        if kept is None:
            raise DatasetError(error.what, where=error.where, hint=error.hint) from None
        return kept
    _asked[key] = time.monotonic(), listing
    _asked[(key[0], repo, listing.commit)] = _asked[key]
    _keep(listing, revision or MAIN)
    return listing


def forget() -> None:
    """Ask for everything again."""
    _asked.clear()


def _is_commit(revision: str | None) -> bool:
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def _record(repo: str, revision: str) -> Path:
    return repo_folder(repo) / "probe-tui" / f"{revision.replace('/', '--')}.json"


def _kept(repo: str, revision: str) -> Listing | None:
    try:
        told = json.loads(_record(repo, revision).read_bytes())
        files = {str(name): int(size) for name, size in told["files"].items()}
        return Listing(repo, str(told["commit"]), files, dict(told["card"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _keep(listing: Listing, revision: str) -> None:
    told = {"commit": listing.commit, "files": listing.files, "card": listing.card}
    for name in (listing.commit, revision):
        path = _record(listing.repo, name)
        with contextlib.suppress(OSError):  # a cache that cannot be written to
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
            draft.write_text(json.dumps(told, default=str))
            draft.replace(path)


def _in_cache(repo: str, revision: str | None) -> Listing:
    """What other programs fetched, where the hub may not be asked."""
    for name in (revision,) if revision else (MAIN, BRANCH):
        root = repo_folder(repo)
        ref = root / "refs" / name
        commit = ref.read_text(errors="replace").strip() if ref.is_file() else name
        folder = root / "snapshots" / commit
        files = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in folder.rglob(f"*{PARQUET}")
            if path.is_file()
        }
        if files:
            return Listing(repo, commit, files, asking.card_of(folder / "README.md"))
    what = "not on this machine, and HF_HUB_OFFLINE forbids a download"
    hint = "unset HF_HUB_OFFLINE, or fetch it where there is a network and copy the cache"
    raise DatasetError(what, where=f"hub:{repo}", hint=hint)
