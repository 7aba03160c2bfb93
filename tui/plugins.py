"""What a plug-in file offers, told by a process of its own: the app never imports it."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from probing.errors import PluginError, nearest
from probing.registry import CLASSIFIERS, EVERY_TASK, classifier
from probing.spec import ClassifierSpec, Spec

PATIENCE_S = 60.0
GROUP = "probing.classifiers"

Offer = Mapping[str, Mapping[str, Any]]

_told: dict[tuple[Path, int], Offer] = {}


def describe(file: Path) -> Offer:
    """The classes that `file` offers, by name, each with what it tells of itself.

    Raises `PluginError` where the file is missing or does not import.
    """
    try:
        key = (file, file.stat().st_mtime_ns)
    except OSError:
        raise PluginError("no such plug-in file", where=str(file), hint="check the path") from None
    if key not in _told:
        _told[key] = _ask(file)
    return _told[key]


def check(entry: ClassifierSpec, base: Path) -> Sequence[str]:
    """The tasks that a classifier serves; raises `SpecError` for one that cannot be had."""
    if not entry.is_file:
        if entry.name in CLASSIFIERS or entry.name not in _entry_points():
            return classifier(entry.name).tasks
        return EVERY_TASK
    file, _, name = entry.name.rpartition(":")
    offered = describe(base / Path(file).expanduser())
    if name not in offered:
        hint = nearest(name, offered) if offered else "it has no SingleStepOpt or MultiStepOpt"
        raise PluginError(f"no classifier {name!r}", where=file, hint=hint)
    return offered[name].get("tasks") or EVERY_TASK


def tasks_of(spec: Spec, base: Path) -> Callable[[str], Sequence[str]]:
    """Which tasks each classifier of `spec` serves, by its name."""
    tasks = {entry.name: check(entry, base) for entry in spec.classifiers}
    return lambda name: tasks[name]


def _entry_points() -> set[str]:
    return {point.name for point in importlib.metadata.entry_points(group=GROUP)}


def _ask(file: Path) -> Offer:
    command = [sys.executable, "-P", "-m", "probing.describe", str(file)]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        raise PluginError(f"does not import within {PATIENCE_S:.0f} s", where=str(file)) from None
    try:
        answer = json.loads(told.stdout)
    except ValueError:  # the file ended the process
        reason = (told.stderr.strip().splitlines() or ["its import ends the process"])[-1]
        raise PluginError(f"does not import: {reason}", where=str(file)) from None
    if "error" in answer:
        raise PluginError(answer["error"])
    return {one["name"]: one for one in answer["classes"]}
