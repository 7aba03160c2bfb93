"""The Parquet files that the hub converts of a repository of other files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from probing.datasets.hub.answers import refusals
from probing.errors import DatasetError
from probing.hub_cache import endpoint

BRANCH = "refs/convert/parquet"
TIMEOUT_S = 10.0
_RESOLVED = re.compile(r".*/resolve/[^/]+/(.+\.parquet)")

Files = tuple[str, Mapping[str, int]]


def converted(repo: str) -> Files:
    """The commit, and the files with their bytes: of the branch, else as the listing names them.

    Raises `DatasetError` where the hub has converted nothing.
    """
    from huggingface_hub import HfApi  # 0.3 s, only who asks the hub pays
    from huggingface_hub.errors import RevisionNotFoundError

    try:
        with refusals(repo, None):
            api = HfApi(endpoint=endpoint())
            info = api.dataset_info(repo, revision=BRANCH, files_metadata=True, timeout=TIMEOUT_S)
        found: Files = str(info.sha), parquet_files(info)
    except DatasetError as error:
        if not isinstance(error.__cause__, RevisionNotFoundError):
            raise
        found = _listed(repo)
    if not found[1]:
        what = "has no Parquet files, and the hub has converted none"
        hint = f"download its files (hf download {repo} --repo-type dataset) and name their path"
        raise DatasetError(what, where=f"hub:{repo}", hint=hint)
    return found


def parquet_files(info: Any) -> dict[str, int]:
    """The Parquet files of a repository with their bytes, by name."""
    every = {one.rfilename: one.size or 0 for one in info.siblings or ()}
    return {name: size for name, size in sorted(every.items()) if name.endswith(".parquet")}


def _listed(repo: str) -> Files:
    """What `/api/datasets/OWNER/NAME/parquet` lists by configuration and split."""
    from huggingface_hub import constants, get_hf_file_metadata, get_session, hf_hub_url
    from huggingface_hub.utils._headers import build_hf_headers

    hub = endpoint() or constants.ENDPOINT
    with refusals(repo, None):
        url = f"{hub}/api/datasets/{repo}/parquet"
        answer = get_session().get(url, headers=build_hf_headers(), timeout=TIMEOUT_S)
        names = list(_names(answer.json())) if answer.status_code == 200 else []
        heads = {
            name: get_hf_file_metadata(
                hf_hub_url(repo, name, repo_type="dataset", revision=BRANCH, endpoint=hub)
            )
            for name in names
        }
    commits = {head.commit_hash for head in heads.values()}
    if len(commits) > 1:
        hint = "try again"
        raise DatasetError("is being converted by the hub", where=f"hub:{repo}", hint=hint)
    return str(next(iter(commits), "")), {name: head.size or 0 for name, head in heads.items()}


def _names(listing: Any) -> Iterator[str]:
    """The names of the files: those in addresses of the branch, else as the hub numbers them."""
    configs = listing.items() if isinstance(listing, Mapping) else ()
    for config, splits in configs:
        for split, urls in splits.items() if isinstance(splits, Mapping) else ():
            for at, url in enumerate(urls):
                resolved = _RESOLVED.fullmatch(str(url))
                yield resolved[1] if resolved else f"{config}/{split}/{at:04d}.parquet"
