"""What is shown, as commands of a shell."""

from __future__ import annotations

import shlex
from pathlib import Path


def batch_command(toml: str, logs: Path) -> str:
    """The command that runs a spec anew, with the spec in it, among the same runs."""
    end = "SPEC"
    while end in toml.splitlines():
        end += "_"
    start = shlex.join(["probe-tui", "--batch", "-", "--logs", str(logs)])
    return f"{start} <<'{end}'\n{toml.rstrip()}\n{end}\n"


def results_command(logs: Path, query: str) -> str:
    """The command that prints the rows of a filter."""
    parts = ["probe-tui", "results", "--logs", str(logs)]
    return shlex.join([*parts, *(["--where", query] if query else [])]) + "\n"


def compare_command(logs: Path, first: str, second: str, metric: str) -> str:
    """The command that compares two selections."""
    parts = ["probe-tui", "compare", first, second, "--metric", metric, "--logs", str(logs)]
    return shlex.join(parts) + "\n"
