"""The commands that use a probe, to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from probing.probes.lookup import SavedProbe


def apply_command(probes: Sequence[SavedProbe]) -> str:
    """The line that applies them to a file of texts."""
    named = " ".join(shlex.quote(f"{one.run}/{one.name}") for one in probes)
    return f"probe-tui apply {named} texts.jsonl"


def load_line(one: SavedProbe) -> str:
    """The lines that load it in Python."""
    return f'from probing import Probe\n\nprobe = Probe.load("{one.run}/{one.name}")'
