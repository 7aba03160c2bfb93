"""Fetch the files of an entry into the cache of the Hugging Face libraries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from probing.datasets.hub.answers import refusals
from probing.datasets.hub.data_files import Splits, chosen_files, is_whole
from probing.datasets.hub.listings import Listing, listing_of
from probing.errors import DatasetError
from probing.hub_cache import cache_folder, endpoint, is_offline
from probing.spec import DatasetSpec, repo_of


@dataclass(frozen=True)
class Fetch:
    """What is still to be fetched for an entry: files of a repository at a commit, with sizes."""

    name: str
    repo: str
    commit: str
    files: tuple[tuple[str, int], ...]

    @property
    def told(self) -> str:
        """What it is in words, such as `hub:OWNER/NAME (2 files, 3.1 MiB)`."""
        n, mib = len(self.files), self.n_bytes / 2**20
        return f"{self.name} ({n} file{'s' * (n != 1)}, {mib:.1f} MiB)"

    @property
    def n_bytes(self) -> int:
        """The bytes of all files."""
        return sum(size for _, size in self.files)


class NotFetchedError(DatasetError):
    """The files of an entry are on the hub, and not all of them here; `fetch` says which."""

    def __init__(self, fetch: Fetch) -> None:
        super().__init__(f"to fetch: {fetch.told}", hint="a run fetches them first")
        self.fetch = fetch


@dataclass(frozen=True)
class Located:
    """Where the files of an entry are, or are to be: the listing, the configuration, the splits."""

    listing: Listing
    config: str
    splits: Splits

    @property
    def lacking(self) -> tuple[tuple[str, int], ...]:
        """The files that are not here, with their bytes."""
        names = dict.fromkeys(name for files in self.splits.values() for name in files)
        sizes, folder = self.listing.files, self.listing.folder
        return tuple((name, sizes[name]) for name in names if not (folder / name).is_file())


def located(spec: DatasetSpec, commit: str | None = None) -> Located:
    """What an entry `hub:OWNER/NAME` means, or meant at a commit.

    Raises `DatasetError` where the hub has no such thing, or refuses access to it.
    """
    repo, revision = repo_of(spec.path)
    listing = listing_of(repo, commit or spec.revision or revision)
    said = (spec.split,) if isinstance(spec.split, str) else spec.split or ()
    return Located(listing, *chosen_files(listing, spec.config, said))


def pinned(spec: DatasetSpec) -> DatasetSpec:
    """The entry with the commit that it means today."""
    repo, _ = repo_of(spec.path)
    return replace(spec, path=f"hub:{repo}", revision=located(spec).listing.commit)


def snapshot_of(spec: DatasetSpec) -> Path:
    """The folder with the files of an entry; raises `NotFetchedError` where some are missing."""
    found = located(spec)
    if found.lacking:
        repo, commit = found.listing.repo, found.listing.commit
        raise NotFetchedError(Fetch(f"hub:{repo}", repo, commit, found.lacking))
    for split, files in found.splits.items():
        if not is_whole(files):
            what = f"split {split!r} lacks shards"
            raise DatasetError(what, where=f"hub:{found.listing.repo}", hint="fetch it again")
    return found.listing.folder


def fetch(wanted: Fetch) -> None:
    """Download the files; those that came whole before are not fetched again.

    A connection that breaks is taken up where it broke. Raises `DatasetError` where a file cannot
    be had.
    """
    name, _ = wanted.files[0]
    if is_offline():
        what = f"{name} is not on this machine, and HF_HUB_OFFLINE forbids a download"
        raise DatasetError(what, where=wanted.name, hint="unset HF_HUB_OFFLINE")
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    with refusals(wanted.repo, wanted.commit):
        for name, _ in wanted.files:
            hf_hub_download(
                wanted.repo,
                name,
                repo_type="dataset",
                revision=wanted.commit,
                cache_dir=cache_folder(),
                endpoint=endpoint(),
            )


def fetched(spec: DatasetSpec) -> Path:
    """The folder with the files of an entry, which are fetched where they are missing."""
    try:
        return snapshot_of(spec)
    except NotFetchedError as error:
        fetch(error.fetch)
    return snapshot_of(spec)
