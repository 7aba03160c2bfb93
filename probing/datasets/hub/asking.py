"""Ask the hub what a dataset repository holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.datasets.hub.answers import refusals
from probing.datasets.hub.converted import TIMEOUT_S, converted, parquet_files
from probing.errors import DatasetError
from probing.hub_cache import endpoint

if TYPE_CHECKING:
    from huggingface_hub.hf_api import DatasetInfo

_OF_CARD = ("configs", "dataset_info")


def ask(repo: str, revision: str | None) -> tuple[str, Mapping[str, int], Mapping[str, Any]]:
    """The commit, the Parquet files with their bytes, and the metadata of the card of `repo`.

    A repository of other files has them in the branch that the hub converts. Raises
    `DatasetError` where there are none, or access is refused.
    """
    with refusals(repo, revision):
        from huggingface_hub import HfApi  # 0.3 s, only who asks the hub pays

        api = HfApi(endpoint=endpoint())
        info = api.dataset_info(repo, revision=revision, files_metadata=True, timeout=TIMEOUT_S)
        if info.gated:
            api.auth_check(repo, repo_type="dataset")
        card, files = _card(info), parquet_files(info)
    if files:
        return str(info.sha), files, card
    if revision is not None:
        what = f"has no Parquet files at revision {revision!r}"
        hint = "leave revision out: the hub converts the main branch of most datasets"
        raise DatasetError(what, where=f"hub:{repo}", hint=hint)
    return (*converted(repo), card)


def card_of(readme: Path) -> dict[str, Any]:
    """The metadata in the card of a repository, as far as reading needs them."""
    from huggingface_hub.repocard import metadata_load

    try:
        return _of_card(metadata_load(readme) or {})
    except Exception:  # no card, or one that is no YAML: reading does without
        return {}


def _card(info: DatasetInfo) -> dict[str, Any]:
    return _of_card(vars(info.card_data) if info.card_data else {})


def _of_card(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: told[key] for key in _OF_CARD if key in told}
