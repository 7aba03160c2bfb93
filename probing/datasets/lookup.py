"""Find a dataset: by path, by glob, or by name in `data/` and among those that ship."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from probing.datasets.formats.endings import ending, stem
from probing.datasets.formats.folders import split_files
from probing.datasets.formats.reader_choice import READERS, is_dataset, is_of_class_files
from probing.datasets.hub.fetching import snapshot_of
from probing.errors import DatasetError, nearest
from probing.spec import DatasetSpec, is_hub

_PACKAGE = Path(__file__).resolve().parents[1]


def resolve(spec: DatasetSpec, base: Path) -> list[Path]:
    """The files and folders that an entry refers to: a path or glob from `base`, then a name.

    Names are looked up in `base/data`, then among those that ship; if one name exists in several
    formats, the first in `reader_choice.READERS` wins. A folder that is one dataset, such as one
    with `train.csv` and `test.csv`, is found itself, also where a glob matches all its parts; any
    other folder stands for the datasets in it.
    Of a dataset on the hub it is the folder of its commit in the cache.
    Raises `DatasetError` that says where it looked and suggests the nearest known name, and
    `NotFetchedError` for files of the hub that are still to be fetched.
    """
    if is_hub(spec.path):
        return [snapshot_of(spec)]
    path = base / Path(spec.path).expanduser()
    try:
        found = _found(spec.path, path, base)
    except OSError as error:
        raise DatasetError(f"cannot be read ({error.strerror})", where=str(path)) from None
    if not found:
        raise _missing(spec.path, base, path)
    return found


def _found(name: str, path: Path, base: Path) -> list[Path]:
    if path.exists():
        return _within(path)
    return _matches(name, base) if glob.has_magic(name) else _by_name(name, base)


def shipped_folder() -> Path:
    """The folder of the datasets that ship: inside the installed package, or `data/` beside it."""
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data"


def shipped() -> list[Path]:
    """The datasets that ship, sorted by name."""
    return _inside(shipped_folder())


def _within(path: Path) -> list[Path]:
    if path.is_file() or is_dataset(path):
        return [path]
    return _inside(path) or ([path] if is_of_class_files(path) else [])


def _inside(folder: Path) -> list[Path]:
    return sorted(filter(is_dataset, folder.iterdir())) if folder.is_dir() else []


def _matches(pattern: str, base: Path) -> list[Path]:
    path = str(Path(pattern).expanduser())
    # glob and not Path.glob, which takes no absolute pattern.
    found = glob.iglob(path, root_dir=base, recursive=True)  # noqa: PTH207
    return _gathered({base / match for match in found if is_dataset(base / match)})


def _gathered(paths: set[Path]) -> list[Path]:
    """The paths without what lies inside one, and a folder in place of all of its parts."""
    paths = {path for path in paths if paths.isdisjoint(path.parents)}
    for folder in {path.parent for path in paths}:
        files = set(split_files.files_of(folder))
        if files and files <= paths:
            paths = (paths - files) | {folder}
    return sorted(paths)


def _by_name(name: str, base: Path) -> list[Path]:
    if Path(name).name != name:
        return []
    for folder in (base / "data", shipped_folder()):
        if (folder / name).exists():
            return _within(folder / name)
        same = [path for path in _inside(folder) if path.is_file() and stem(path) == name]
        if same:
            return [min(same, key=_rank)]
    return []


def _rank(path: Path) -> int:
    suffix = ending(path)
    return list(READERS).index(suffix) if suffix in READERS else len(READERS)


def _missing(name: str, base: Path, path: Path) -> DatasetError:
    known = _names([base / "data", shipped_folder()])
    hint = nearest(stem(Path(name)), known) if known else "check the path"
    if path.is_dir():
        return DatasetError("no dataset in this folder", where=str(path), hint=hint)
    if glob.has_magic(name):
        return DatasetError(f"no dataset matches {name!r}", where=str(path.parent), hint=hint)
    what = f"no dataset {name!r}: not a path in {base}, not in its data/ and not one that ships"
    return DatasetError(what, where="datasets", hint=hint)


def _names(folders: Iterable[Path]) -> list[str]:
    return sorted({stem(path) for folder in folders for path in _inside(folder)})
