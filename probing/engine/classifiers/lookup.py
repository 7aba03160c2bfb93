"""Load the classifier that a spec names: built in, from a file, an entry point or a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from probing.engine.classifiers.plugin_files import class_in, import_file
from probing.engine.classifiers.protocol import Classifier, kind_of
from probing.engine.classifiers.users.block_fits import Looped, Whole
from probing.engine.classifiers.users.building import check_parameters
from probing.errors import PluginError, SpecError, in_one_line, is_interruption, nearest
from probing.registry import CLASSIFIERS
from probing.spec import ClassifierSpec

GROUP = "probing.classifiers"


def load(given: ClassifierSpec | type, base: Path = Path()) -> Classifier:
    """The classifier that `given` names, ready to fit blocks.

    A relative `file.py:Class` is looked up from `base`. Raises `PluginError` for a file, class
    or entry point that cannot be used, `SpecError` for an unknown name or parameter, with the
    nearest match.
    """
    if isinstance(given, type):
        is_ours = given.__module__.partition(".")[0] == "probing"
        return _classifier(given, {}, given.__qualname__, is_ours)
    is_ours = given.name in CLASSIFIERS
    return _classifier(_class(given, base), given.parameters, given.name, is_ours)


def _class(given: ClassifierSpec, base: Path) -> type:
    if given.is_file:
        file, _, name = given.name.rpartition(":")
        path = (base / Path(file).expanduser()).resolve()
        return class_in(import_file(path), name, str(path))
    if given.name in CLASSIFIERS:
        home, _, name = CLASSIFIERS[given.name].path.partition(":")
        built_in: type = getattr(import_module(home), name)
        return built_in
    return _installed(given.name)


def _installed(name: str) -> type:
    found = {one.name: one for one in entry_points(group=GROUP)}
    if name not in found:
        hint = nearest(name, [*CLASSIFIERS, *found])
        raise SpecError(f"unknown classifier {name!r}", where="classifiers", hint=hint)
    return _entered(found[name])


def _entered(entry: EntryPoint) -> type:
    where = f"entry point {entry.name} = {entry.value}"
    try:
        cls = entry.load()
    except BaseException as error:
        if is_interruption(error):
            raise
        hint = "fix or uninstall the package"
        raise PluginError(
            f"fails to import: {in_one_line(error)}", where=where, hint=hint
        ) from error
    if not isinstance(cls, type):
        raise PluginError("is not a class", where=where)
    return cls


def _classifier(cls: type, parameters: Mapping[str, Any], name: str, is_ours: bool) -> Classifier:
    kind = kind_of(cls)
    if kind is None:
        hint = "subclass SingleStepOpt or MultiStepOpt, or add fit(X, y) and predict(X)"
        raise PluginError(f"{name} is not a classifier", where="classifiers", hint=hint)
    if kind != "block":
        return Looped(cls, parameters)
    check_parameters(cls, parameters)
    made: Classifier = _constructed(
        name, lambda: cls(**parameters) if is_ours else Whole(cls, parameters)
    )
    if not hasattr(made, "tasks"):
        raise PluginError(f"{name} has no tasks", where="classifiers", hint=_TASKS)
    return made


_TASKS = 'add tasks = ("binary", "multiclass", "regression"), or those of them that it serves'


def _constructed(name: str, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except SpecError:
        raise
    except BaseException as error:
        if is_interruption(error):
            raise
        what = f"{name} cannot be created: {in_one_line(error)}"
        raise SpecError(what, where="classifiers") from error
