"""Import a plug-in file and find the classifiers in it."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType

from probing.engine.classifiers.protocol import kind_of
from probing.errors import PluginError, in_one_line, is_interruption, nearest

PREFIX = "probing_plugin_"
DIGEST = "__probing_digest__"


def digest_of(path: Path) -> str:
    """What tells one version of a file from another."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def import_file(path: Path) -> ModuleType:
    """Run the file at `path` as a module of its own; once, unless it has changed since.

    Raises `PluginError` with the line and the exception where that fails.
    """
    if not path.is_file():
        raise PluginError("no such file", where=str(path), hint="check the path")
    name = f"{PREFIX}{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"
    digest = digest_of(path)
    if getattr(known := sys.modules.get(name), DIGEST, None) == digest:
        return known  # type: ignore[return-value]
    source = importlib.util.spec_from_file_location(name, path)
    assert source is not None and source.loader is not None
    module = importlib.util.module_from_spec(source)
    sys.modules[name] = module
    vars(module)[DIGEST] = digest
    try:
        source.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if is_interruption(error):
            raise
        raise _failed(path, error) from error
    return module


def class_in(module: ModuleType, name: str, where: str) -> type:
    """The class `name` of a module; raises `PluginError` with the nearest match."""
    found = getattr(module, name, None)
    if isinstance(found, type) and kind_of(found):
        return found
    if isinstance(found, type):
        hint = "subclass SingleStepOpt or MultiStepOpt, or add fit(X, y) and predict(X)"
        raise PluginError(f"{name} is not a classifier", where=where, hint=hint)
    offered = [cls.__name__ for cls in offered_classes(module)]
    hint = nearest(name, offered) if offered else "the file defines no classifier"
    raise PluginError(f"no class {name!r}", where=where, hint=hint)


def offered_classes(module: ModuleType) -> list[type]:
    """The classifiers that a module defines itself, in the order of the file."""
    return [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and one.__module__ == module.__name__
        and not one.__name__.startswith("_")
        and not inspect.isabstract(one)
        and kind_of(one)
    ]


def _failed(path: Path, error: BaseException) -> PluginError:
    line = _line(path, error)
    where = f"{path}, line {line}" if line else str(path)
    return PluginError(
        f"the plug-in fails to import: {in_one_line(error)}", where=where, hint="fix the file"
    )


def _line(path: Path, error: BaseException) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] if lines else None
