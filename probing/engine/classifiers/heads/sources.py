"""The class of a saved probe: which file it stands in, and how it is found again."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probing.engine.classifiers.builtin.network import Network, NetworkClassifier
from probing.engine.classifiers.lookup import load
from probing.engine.classifiers.plugin_files import PREFIX, digest_of
from probing.engine.classifiers.protocol import Classifier
from probing.engine.classifiers.users.block_fits import Looped
from probing.errors import CellError, PluginError, ProbeError
from probing.spec import ClassifierSpec

Class = tuple[type, Mapping[str, Any]]


def class_of(classifier: Classifier) -> Class | None:
    """The class whose objects a classifier fits, one by one, with its parameters; None without."""
    if isinstance(classifier, NetworkClassifier):
        return Network, classifier.parameters
    return (classifier.cls, classifier.parameters) if isinstance(classifier, Looped) else None


def source_of(cls: type) -> tuple[str, str]:
    """The file of a class and its SHA-256; empty for one that ships.

    Raises `CellError` for a class that no later process can load.
    """
    if cls.__module__.partition(".")[0] == "probing":
        return "", ""
    if not cls.__module__.startswith(PREFIX):
        what = f"{cls.__name__} stands in no file of its own"
        raise CellError(what, hint='name it "my_file.py:MyClass" in the spec')
    path = Path(inspect.getfile(cls))
    return str(path), digest_of(path)


def class_again(entry: Mapping[str, Any], source: str, sha256: str) -> Class:
    """The class of a card's entry; raises `ProbeError` where its file has changed or is gone."""
    if source:
        _check_source(Path(source), sha256)
    parameters = {key: value for key, value in entry.items() if key != "name"}
    try:
        found = class_of(load(ClassifierSpec(str(entry["name"]), parameters)))
    except PluginError as error:
        raise ProbeError(error.what, where=error.where, hint=error.hint) from None
    if found is None:
        raise ProbeError(f"{entry['name']} cannot be made again")
    return found


def _check_source(path: Path, sha256: str) -> None:
    if not path.is_file():
        what = "the file of its class is gone"
        raise ProbeError(what, where=str(path), hint="put it back, or fit the probe again")
    if digest_of(path) != sha256:
        what = "the file of its class has changed since it was fitted"
        raise ProbeError(what, where=str(path), hint="restore it, or fit the probe again")
