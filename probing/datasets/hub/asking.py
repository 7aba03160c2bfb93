"""Ask the hub about a dataset repository; every refusal is a line that says what helps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import DatasetError, in_one_line

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import DatasetInfo

CONVERTED = "refs/convert/parquet"  # where the hub keeps what it converts itself
TIMEOUT_S = 10.0
_PARQUET = ".parquet"
_SIGN_IN = "accept its terms on its page, then run: hf auth login"
_OF_CARD = ("configs", "dataset_info")


class UnreachableError(DatasetError):
    """The hub does not answer."""


def ask(repo: str, revision: str | None) -> tuple[str, Mapping[str, int], Mapping[str, Any]]:
    """The commit, the Parquet files with their bytes, and the metadata of the card of `repo`.

    A repository of other files has them in the branch that the hub converts. Raises
    `DatasetError` where there are none, or access is refused.
    """
    with refusals(repo, revision):
        api = client()
        info = api.dataset_info(repo, revision=revision, files_metadata=True, timeout=TIMEOUT_S)
        if info.gated:
            api.auth_check(repo, repo_type="dataset")
        card, files = _card(info), _files(info)
    if files:
        return str(info.sha), files, card
    if revision is not None:
        what = f"has no Parquet files at revision {revision!r}"
        hint = "leave revision out: the hub converts the main branch of most datasets"
        raise DatasetError(what, where=f"hub:{repo}", hint=hint)
    return (*_converted(repo), card)


def client() -> HfApi:
    """The client of the hub that `HF_ENDPOINT` names."""
    from huggingface_hub import HfApi  # 0.3 s, only who asks the hub pays

    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"))


def card_of(readme: Path) -> dict[str, Any]:
    """The metadata in the card of a repository, as far as reading needs them."""
    from huggingface_hub.repocard import metadata_load

    try:
        return _of_card(metadata_load(readme) or {})
    except Exception:  # no card, or one that is no YAML: reading does without
        return {}


def _converted(repo: str) -> tuple[str, Mapping[str, int]]:
    from huggingface_hub.errors import RevisionNotFoundError

    try:
        with refusals(repo, None):
            info = client().dataset_info(
                repo, revision=CONVERTED, files_metadata=True, timeout=TIMEOUT_S
            )
        files = _files(info)
    except DatasetError as error:
        if not isinstance(error.__cause__, RevisionNotFoundError):
            raise
        files = {}
    if not files:
        what = "has no Parquet files, and the hub has converted none"
        hint = f"download its files (hf download {repo} --repo-type dataset) and name their path"
        raise DatasetError(what, where=f"hub:{repo}", hint=hint)
    return str(info.sha), files


def _files(info: DatasetInfo) -> dict[str, int]:
    every = {one.rfilename: one.size or 0 for one in info.siblings or ()}
    return {name: size for name, size in sorted(every.items()) if name.endswith(_PARQUET)}


def _card(info: DatasetInfo) -> dict[str, Any]:
    return _of_card(vars(info.card_data) if info.card_data else {})


def _of_card(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: told[key] for key in _OF_CARD if key in told}


def _first_cause(error: BaseException) -> BaseException:
    """What went wrong first: the client's own errors tell of its cache."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


@contextmanager
def refusals(repo: str, revision: str | None) -> Iterator[None]:
    """Raises `DatasetError` for whatever the client of the hub raises inside."""
    from huggingface_hub import errors

    where = f"hub:{repo}"
    try:
        yield
    except DatasetError:
        raise
    except errors.GatedRepoError as error:
        what = f"access is restricted ({error.response.status_code})"
        raise DatasetError(what, where=where, hint=_SIGN_IN) from error
    except errors.RevisionNotFoundError as error:
        what = f"has no revision {revision!r}" if revision else "has no main branch"
        hint = 'set revision = "main", a tag or a commit'
        raise DatasetError(what, where=where, hint=hint) from error
    except errors.RepositoryNotFoundError as error:
        hint = "check hub:OWNER/NAME; for a private one run: hf auth login"
        raise DatasetError("the hub has no such dataset", where=where, hint=hint) from error
    except errors.RemoteEntryNotFoundError as error:
        what, hint = "a file is gone from the hub", "set revision to a commit that has it"
        raise DatasetError(what, where=where, hint=hint) from error
    except errors.HfHubHTTPError as error:
        code = error.response.status_code
        if code in (401, 403):
            what = f"access is refused ({code})"
            raise DatasetError(what, where=where, hint=_SIGN_IN) from error
        raise UnreachableError(f"the hub answers {code}", where=where, hint="try again") from error
    except Exception as error:  # the client's many network errors share no ancestor
        what = f"the hub cannot be reached ({in_one_line(_first_cause(error), 120)})"
        hint = "check the network; what was fetched before is read with HF_HUB_OFFLINE=1"
        raise UnreachableError(what, where=where, hint=hint) from error
