"""The name of a dataset on the hub: `hub:OWNER/NAME`, with `@REVISION` where one is meant."""

from __future__ import annotations

import re

from probing.errors import SpecError

PREFIX = "hub:"
_NAME = re.compile(r"hub:((?:[\w.-]+/)?[\w.-]+)(?:@(\S+))?")


def is_hub(path: str) -> bool:
    """Whether an entry names a dataset on the hub, not a file."""
    return path.startswith(PREFIX)


def repo_of(path: str) -> tuple[str, str | None]:
    """The repository and the revision in a name; raises `SpecError` where it is none."""
    found = _NAME.fullmatch(path)
    if found is None:
        hint = "write hub:OWNER/NAME, or hub:OWNER/NAME@REVISION"
        raise SpecError(f"path = {path!r} is not a dataset of the hub", where="path", hint=hint)
    return found[1], found[2]
