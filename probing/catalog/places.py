"""Locate a model: from its name in the spec to its folder, GGUF file or hub id."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from probing.catalog import hub
from probing.catalog.files.adapters import base_of, is_adapter
from probing.catalog.files.folder_kinds import inner_model, several
from probing.catalog.files.foreign_files import is_folder
from probing.catalog.files.gguf import SUFFIX, check_whole, gguf_files
from probing.catalog.files.weights import has_weights
from probing.catalog.packages import PREFIX, carriers, package_model
from probing.catalog.types import Location, Source
from probing.errors import ModelError, nearest
from probing.spec import ModelSpec

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?(@[\w./-]+)?")
_SHOWN = 60  # characters of a name that cannot be one
_MARKS = ("config.json", "adapter_config.json", f"*{SUFFIX}")


def locate(spec: ModelSpec, base: Path) -> Location:
    """Where the model of `spec` lives; folders are looked up from `base`, nothing is fetched.

    Raises `ModelError` for a folder, file or package that is missing, or a name of no known kind.
    """
    name = spec.model
    if name.startswith(PREFIX):
        return _at(name, "package", package_model(name))
    path = _path(name, base)
    if path.is_dir() or (path.exists() and path.suffix == SUFFIX):
        return _at(name, "folder", path.resolve())
    if path.is_file():
        hint = f"give the folder that holds it: {Path(name).parent}"
        raise ModelError("is a file, not a model folder", where=name, hint=hint)
    if name.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(name) or name.endswith(SUFFIX):
        hint = "give a hub id, a folder that save_pretrained wrote, a GGUF file or package:NAME"
        raise ModelError(f"no such model folder: {path}", where=name, hint=hint)
    repo, _, revision = name.partition("@")
    cached = hub.snapshot(repo, revision or None)
    if cached is not None and not has_weights(cached):
        cached = None  # only its configuration has been fetched so far
    return Location(name, "hub cache" if cached else "hub", cached, repo, revision or None)


def _path(name: str, base: Path) -> Path:
    """Where a folder or file of that name would be; raises `ModelError` where none can be."""
    try:
        path = base / Path(name).expanduser()
        path.exists()  # a name may be too long for the file system
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelError(f"no such model ({reason})", where=name[:_SHOWN]) from None
    return path


def _at(name: str, source: Source, path: Path) -> Location:
    """A model in a folder, where GGUF files serve if there are no safetensors, or in a file."""
    if path.suffix == SUFFIX and not path.is_dir():
        check_whole(path, name)
        return Location(name, source, path.parent, gguf=path.name)
    if has_weights(path) or not (files := gguf_files(path)):
        return Location(name, source, path)
    if len(files) > 1:
        raise several([file.name for file in files], name)
    return _at(name, source, files[0])


def base_place(place: Location, base: Path) -> Location | None:
    """Where the base model of an adapter lives, None for a model of its own."""
    if place.folder is None or place.gguf or not is_adapter(place.folder):
        return None
    named = base_of(place.folder, place.name)
    own = place.folder / named
    return locate(ModelSpec(str(own) if is_folder(own) else named), base)


def local_places(folders: Sequence[Path]) -> Iterator[Location | tuple[Path, ModelError]]:
    """Every model on this machine, or what bars it: the hub cache, `folders` and packages.

    A folder counts itself and its direct children; of several GGUF files each is a model.
    """
    for repo, folder in hub.cached():
        if has_weights(folder):
            yield Location(repo, "hub cache", folder, repo)
    for root in folders:
        for folder in _candidates(root):
            yield from _in_folder(folder)
    for name, path in carriers():
        try:
            yield _at(name, "package", path)
        except ModelError as error:
            yield Path(name), error


def _candidates(root: Path) -> list[Path]:
    there = [root, *(path for path in _children(root) if path.is_dir())]
    return [path for path in there if _looks_like_a_model(path)]


def _children(root: Path) -> list[Path]:
    try:
        return sorted(root.iterdir())
    except OSError:  # missing, or not ours to read: there is nothing to pick
        return []


def _looks_like_a_model(folder: Path) -> bool:
    if any(any(folder.glob(mark)) for mark in _MARKS):
        return True
    inner = inner_model(folder)
    return inner is not None and (
        (folder / "modules.json").exists() or inner.name.startswith("checkpoint-")
    )


def _in_folder(folder: Path) -> Iterator[Location | tuple[Path, ModelError]]:
    try:
        os.fsencode(folder).decode()
        files = [] if has_weights(folder) else gguf_files(folder)
        if len(files) < 2:
            yield _at(str(folder), "folder", folder)
            return
    except UnicodeDecodeError:
        yield folder, ModelError("the folder's name is not UTF-8", hint="rename the folder")
        return
    except ModelError as error:
        yield folder, error
        return
    for file in files:
        try:
            yield _at(str(file), "folder", file)
        except ModelError as error:
            yield file, error


def nearest_local(name: str) -> str:
    """A hint that names the models of this machine that are nearest to `name`."""
    known = [repo for repo, _ in hub.cached()] + [found for found, _ in carriers()]
    return nearest(name, known) if known else "check the name, or give a local folder"
