"""Find models in the local Hugging Face cache, and fetch a `config.json` from the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from probing.errors import ModelError
from probing.hub_cache import cache_folder, is_offline


def snapshot(repo: str, revision: str | None) -> Path | None:
    """The cached folder of `repo` at `revision` (main unless given), None if it is not there."""
    root = cache_folder() / f"models--{repo.replace('/', '--')}"
    ref = root / "refs" / (revision or "main")
    commit = ref.read_text(errors="replace").strip() if ref.is_file() else revision
    if not commit:
        return None
    folder = root / "snapshots" / commit
    return folder if (folder / "config.json").is_file() else None


def cached() -> Iterator[tuple[str, Path]]:
    """Every cached model that has a configuration: its hub id and its folder."""
    for root in sorted(cache_folder().glob("models--*")):
        repo = root.name.removeprefix("models--").replace("--", "/")
        folder = snapshot(repo, None) or _newest(root / "snapshots")
        if folder is not None:
            yield repo, folder


def _newest(snapshots: Path) -> Path | None:
    folders = [path.parent for path in snapshots.glob("*/config.json")]
    return max(folders, key=lambda folder: folder.stat().st_mtime, default=None)


def fetch_config(repo: str, revision: str | None, name: str, hint: str) -> Path:
    """Download the configuration of `repo`; the folder that holds it.

    Raises `ModelError` where the hub has no such model or cannot be reached.
    """
    if is_offline():
        what = "not on this machine, and HF_HUB_OFFLINE forbids a download"
        raise ModelError(what, where=name, hint=hint)
    # huggingface_hub: about 0.3 s, only a model that is not on this machine pays
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, RepositoryNotFoundError

    try:
        # asked first: a download retries for 20 s where there is no network
        HfApi().model_info(repo, revision=revision, timeout=5)
        return Path(hf_hub_download(repo, "config.json", revision=revision)).parent
    except GatedRepoError:
        what, hint = "access is restricted", "accept its terms on the hub, then run: hf auth login"
    except RepositoryNotFoundError:
        what = "not on this machine, and the hub has no such model"
    except EntryNotFoundError:
        what = "its repository on the hub has no config.json"
    except Exception:  # the client's many network errors share no ancestor
        what = "not on this machine, and the hub cannot be reached"
    raise ModelError(what, where=name, hint=hint)
