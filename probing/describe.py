"""Describe the classifiers in a plug-in file: `python -P -m probing.describe FILE` prints JSON.

`{"file", "classes": [{"name", "kind", "tasks", "doc", "parameters": [{"name", "default",
"required"}]}]}` and exit code 0, or `{"error"}` and exit code 2. It is a separate
process because it runs the file, which loads torch. What the file prints goes to stderr.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from probing.engine.classifiers.plugin_files import import_file, offered_classes
from probing.engine.classifiers.protocol import constructor_parameters, kind_of, tasks_of
from probing.engine.classifiers.users.building import GIVEN
from probing.errors import PluginError, ProbingError, in_one_line

PLAIN = (bool, int, float, str, type(None))


def describe(path: Path) -> dict[str, Any]:
    """The classifiers in the file at `path`; raises `PluginError` if it cannot be used."""
    classes = offered_classes(import_file(path))
    if not classes:
        hint = (
            "subclass SingleStepOpt or MultiStepOpt, or write a class with fit(X, y) and predict(X)"
        )
        raise PluginError("the file defines no classifier", where=str(path), hint=hint)
    try:
        return {"file": str(path), "classes": [_described(cls) for cls in classes]}
    except BaseException as error:  # whatever a class makes of being looked at
        what = f"cannot be described: {in_one_line(error)}"
        raise PluginError(what, where=str(path)) from error


def _described(cls: type) -> dict[str, Any]:
    parameters = [
        _parameter(name, one)
        for name, one in constructor_parameters(cls).items()
        if name not in GIVEN and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    own = cls.__dict__.get("__doc__") or ""
    return {
        "name": cls.__name__,
        "kind": kind_of(cls),
        "tasks": list(map(str, tasks_of(cls))),
        "doc": inspect.cleandoc(own).partition("\n")[0],
        "parameters": parameters,
    }


def _parameter(name: str, one: inspect.Parameter) -> dict[str, Any]:
    required = one.default is inspect.Parameter.empty
    default = None if required else one.default
    plain = default if isinstance(default, PLAIN) else repr(default)
    return {"name": name, "default": plain, "required": required}


def main(arguments: Sequence[str], answer: TextIO) -> int:
    """Describe the file named on the command line; returns the exit code."""
    try:
        if len(arguments) != 1:
            raise PluginError("give exactly one file", hint="python -P -m probing.describe FILE")
        told, code = describe(Path(arguments[0]).expanduser().resolve()), 0
    except ProbingError as error:
        told, code = {"error": str(error)}, error.exit_code
    print(json.dumps(told), file=answer, flush=True)
    return code


def _only_for_the_answer() -> TextIO:
    """The standard output, which from now on is the standard error to all others."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answer


if __name__ == "__main__":
    ended = main(sys.argv[1:], _only_for_the_answer())
    os._exit(ended)  # a thread that the file has started may never end
