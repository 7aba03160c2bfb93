"""Defaults of the config file for the command line: what neither an option nor a variable says."""

from __future__ import annotations

import os
from argparse import Namespace

from tui.config.reading import Read, read_config
from tui.texts.characters import use_ascii


def apply_defaults(given: Namespace) -> Read:
    """Fill in what was not given; returns what was read, with what is wrong there."""
    read = read_config()
    if getattr(given, "logs", None) is None and not os.environ.get("PROBE_TUI_LOGS"):
        given.logs = read.config.logs or None
    wanted = getattr(given, "ascii", None)
    wanted = read.config.ascii if wanted is None else wanted
    use_ascii(wanted)
    return read
