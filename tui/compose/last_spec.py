"""The last spec of a user, kept in the platform's state folder."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import platformdirs

from probing import spec as specs
from probing.errors import DatasetError, SpecError
from probing.plan.absolute_paths import absolute
from probing.spec import Spec


def last_spec_path() -> Path:
    """The file that holds the last spec."""
    return Path(platformdirs.user_state_dir("probe-tui")) / "last_spec.json"


def keep(spec: Spec, base: Path) -> None:
    """Keep `spec`, its paths relative to `base`; does nothing if the folder is not writable."""
    path = last_spec_path()
    draft = path.with_suffix(".draft")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_text(json.dumps({"base": str(base), "spec": specs.to_toml(spec)}))
        draft.replace(path)


def read(base: Path) -> Spec | None:
    """The last spec, its paths relative to `base`; None if there is none."""
    try:
        kept = json.loads(last_spec_path().read_text())
        spec = specs.parse(kept["spec"])
        came_from = Path(kept["base"])
    except (OSError, ValueError, KeyError, TypeError, SpecError):
        return None
    try:
        return spec if came_from == base else absolute(spec, came_from, pins=False)
    except DatasetError:  # a dataset is gone: the pickers say so
        return spec
