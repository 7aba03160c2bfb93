"""Where a user's files lie: what they set, and what the app keeps between two starts."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "PROBE_TUI_CONFIG"


def config_path() -> Path:
    """The config file: `$PROBE_TUI_CONFIG`, else `config.toml` in the platform's config folder."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    import platformdirs  # 0.01 s

    return Path(platformdirs.user_config_dir("probe-tui")) / "config.toml"


def state_folder() -> Path:
    """The platform's folder for what a program keeps between two starts."""
    import platformdirs

    return Path(platformdirs.user_state_dir("probe-tui"))
