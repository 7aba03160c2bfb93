"""Upload a probe to the Hugging Face hub."""

from __future__ import annotations

import os
from pathlib import Path

from probing.errors import InputError


def push(folder: Path, repo: str, *, private: bool = True, message: str = "") -> str:
    """Upload an exported folder to a model repository, which is made if need be; its address.

    The token is that of the hub's own login. Raises `InputError` where the hub refuses.
    """
    from huggingface_hub import HfApi  # 0.3 s
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        made = api.create_repo(repo, private=private, exist_ok=True)
        told = message or f"Add {folder.name}"
        api.upload_folder(repo_id=made.repo_id, folder_path=folder, commit_message=told)
    except (HfHubHTTPError, LocalTokenNotFoundError, ValueError, OSError) as error:
        line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        hint = "log in with: hf auth login"
        raise InputError(f"the hub refuses it ({line[:200]})", where=repo, hint=hint) from None
    return str(made)
