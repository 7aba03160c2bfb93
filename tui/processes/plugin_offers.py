"""The classifiers of a plug-in file, listed by a separate process: the app never imports it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from probing.errors import PluginError, nearest, process_end
from probing.parameters import Parameter
from probing.registry import CLASSIFIERS, EVERY_TASK, Entry, classifier
from probing.spec import ClassifierSpec, Spec

PATIENCE_S = 60.0
LARGEST = 2**24  # bytes of a description
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
    with tempfile.TemporaryFile() as answer:
        code = _described(file, answer)
        answer.seek(0)
        try:
            told = json.loads(answer.read(LARGEST))
        except ValueError:
            what = f"the process that imports it {process_end(code)}"
            raise PluginError(what, where=str(file), hint="fix the file") from None
    if "error" in told:
        raise PluginError(str(told["error"]))
    return {one["name"]: _entry(file, one) for one in told["classes"]}


def _described(file: Path, answer: IO[bytes]) -> int:
    """Have a process describe `file` in `answer`; its exit code. Nothing of it stays behind."""
    command = [sys.executable, "-P", "-m", "probing.describe", str(file)]
    none = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=none, stdout=answer, stderr=none, start_new_session=True
        )
    except OSError as error:
        raise PluginError(f"cannot be described ({error.strerror})", where=str(file)) from None
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise PluginError(f"import takes longer than {PATIENCE_S:.0f} s", where=str(file)) from None
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _entry(file: Path, one: Mapping[str, Any]) -> Entry:
    parameters = (
        Parameter(told["name"], told["default"], "must be given" if told["required"] else "")
        for told in one["parameters"]
    )
    name = one["name"]
    return Entry(name, f"{file}:{name}", tuple(one["tasks"]), one["doc"], tuple(parameters))
