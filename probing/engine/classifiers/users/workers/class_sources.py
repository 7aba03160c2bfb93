"""Where a worker process can find a user's class."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from probing.engine.classifiers.plugin_files import DIGEST, PREFIX, digest_of, import_file

_BEGAN = time.time()


class Source(NamedTuple):
    """The module, or the plug-in file, that defines a class, and the class's name in it."""

    module: str
    file: str
    name: str

    def load(self) -> type:
        """The class."""
        module = import_file(Path(self.file)) if self.file else import_module(self.module)
        found: type = attrgetter(self.name)(module)
        return found


def source_in_a_fork(cls: type) -> Source | None:
    """Where a fork of this process finds `cls`; None for one that has no name of its own."""
    try:
        source = Source(cls.__module__, "", cls.__qualname__)
        return source if source.load() is cls else None
    except (ImportError, AttributeError, ValueError):
        return None


def source_of(cls: type) -> Source | None:
    """Where to find `cls`; None for a class that only this process has.

    Those are the classes of a script or a notebook (`__main__`), those defined inside a
    function, and those whose file has changed since it was read.
    """
    module = sys.modules.get(cls.__module__)
    found: Any = getattr(module, cls.__qualname__, None)
    if module is None or not isinstance(found, type) or cls.__module__ in _OWN:
        return None
    file = getattr(module, "__file__", None)
    if file is None or _has_changed(module, Path(file)):
        return None
    is_plug_in = cls.__module__.startswith(PREFIX)
    return Source(cls.__module__, file if is_plug_in else "", cls.__qualname__)


_OWN = {"__main__", "__mp_main__"}


def _has_changed(module: ModuleType, file: Path) -> bool:
    try:
        digest = getattr(module, DIGEST, None)
        return digest_of(file) != digest if digest else file.stat().st_mtime > _BEGAN
    except OSError:
        return True
