"""The classifiers of a plug-in file, listed by a separate process: the app never imports it."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from probing.errors import PluginError, nearest
from probing.parameters import Parameter
from probing.registry import CLASSIFIERS, EVERY_TASK, Entry, classifier
from probing.spec import ClassifierSpec, Spec

PATIENCE_S = 60.0
GROUP = "probing.classifiers"

PickerEntries = Mapping[str, Entry]

_told: dict[Path, tuple[int, PickerEntries]] = {}


def describe(file: Path) -> PickerEntries:
    """The classes of `file` by name; read again when the file changes.

    Raises `PluginError` if the file is missing or cannot be used.
    """
    try:
        stamp = file.stat().st_mtime_ns
    except OSError:
        raise PluginError("no such plug-in file", where=str(file), hint="check the path") from None
    known = _told.get(file)
    if known is None or known[0] != stamp:
        _told[file] = known = (stamp, _ask(file))
    return known[1]


def known(entry: ClassifierSpec, base: Path) -> Entry | None:
    """The facts of a built-in classifier, or of a plug-in that was read before; else None."""
    if not entry.is_file:
        return CLASSIFIERS.get(entry.name)
    file, name = _parted(entry, base)
    return _told[file][1].get(name) if file in _told else None


def unasked(spec: Spec, base: Path) -> list[Path]:
    """The plug-in files of `spec` that nobody has picked yet: to describe them runs their code."""
    files = [_parted(entry, base)[0] for entry in spec.classifiers if entry.is_file]
    return [file for file in dict.fromkeys(files) if file not in _told]


def check(entry: ClassifierSpec, base: Path) -> Sequence[str]:
    """The tasks of a classifier; raises `SpecError` or `PluginError` if it does not exist."""
    if not entry.is_file:
        if entry.name in CLASSIFIERS or entry.name not in _entry_points():
            return classifier(entry.name).tasks
        return EVERY_TASK
    file, name = _parted(entry, base)
    offered = describe(file)
    if name not in offered:
        raise PluginError(f"no classifier {name!r}", where=str(file), hint=nearest(name, offered))
    return offered[name].tasks


def found(line: str, base: Path) -> list[ClassifierSpec]:
    """The classifiers of a typed line: one, or all of a file."""
    if line.endswith(".py"):
        return [
            ClassifierSpec(f"{line}:{name}") for name in describe(base / Path(line).expanduser())
        ]
    check(ClassifierSpec(line), base)
    return [ClassifierSpec(line)]


def tasks_of(spec: Spec, base: Path) -> Callable[[str], Sequence[str]]:
    """The tasks of each classifier of `spec`, by its name."""
    tasks = {entry.name: check(entry, base) for entry in spec.classifiers}
    return lambda name: tasks[name]


def _parted(entry: ClassifierSpec, base: Path) -> tuple[Path, str]:
    file, _, name = entry.name.rpartition(":")
    return base / Path(file).expanduser(), name


def _entry_points() -> set[str]:
    return {point.name for point in importlib.metadata.entry_points(group=GROUP)}


def _ask(file: Path) -> PickerEntries:
    command = [sys.executable, "-P", "-m", "probing.describe", str(file)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise PluginError(f"import takes longer than {PATIENCE_S:.0f} s", where=str(file)) from None
    except (OSError, ValueError):
        raise PluginError("cannot be described", where=str(file)) from None
    if "error" in answer:
        raise PluginError(str(answer["error"]))
    return {one["name"]: _entry(file, one) for one in answer["classes"]}


def _entry(file: Path, one: Mapping[str, Any]) -> Entry:
    parameters = (
        Parameter(told["name"], told["default"], "must be given" if told["required"] else "")
        for told in one["parameters"]
    )
    name = one["name"]
    return Entry(name, f"{file}:{name}", tuple(one["tasks"]), one["doc"], tuple(parameters))
