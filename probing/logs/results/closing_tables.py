"""Write the tables with which a run closes, and read them unless they changed since."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from probing.errors import RunError, in_one_line
from probing.events import RunDone
from probing.logs.folders.plain_files import draft_of, opened
from probing.logs.folders.run_folder import RunFolder
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl


def write_table(path: Path, write: Callable[[IO[bytes]], object]) -> str:
    """Have `write` write a table, whole or not at all; returns its SHA-256."""
    draft, descriptor = draft_of(path)
    with os.fdopen(descriptor, "wb") as file:
        write(file)
        file.flush()
        os.fsync(descriptor)
    with draft.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    draft.replace(path)
    return digest


def has_table(view: RunView, path: Path) -> bool:
    """Whether the run says that it closed with this table."""
    return path.name in _told(view)


def read_table(view: RunView, path: Path, most: int | None = None) -> pl.DataFrame:
    """A closing table of a finished run, or its first `most` rows.

    Raises `RunError` for one that was changed since, or is no table, and `OSError` for one that
    is not there.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    with opened(path) as file:
        # before it is held: it may be of any size now
        if has_table(view, path) and not _is_as_told(view, path.name, file):
            raise RunError(_WHAT, where=str(path), hint=_HINT)
        file.seek(0)
        data = file.read()
    try:
        return pl.read_parquet(io.BytesIO(data), n_rows=most)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        what = f"cannot be read ({in_one_line(error, 200)})"
        raise RunError(what, where=str(path), hint=_HINT) from None


def rows_of_runs(
    views: Iterable[RunView],
    path_of: Callable[[RunFolder], Path],
    schema: Mapping[str, Any],
    warn: Callable[[str], object],
) -> pl.DataFrame:
    """The closing tables of finished runs below each other, in the columns of `schema`.

    `run` names the run of each row. Of a table that cannot be used `warn` is told.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    frames = [pl.DataFrame(schema=dict(schema))]
    for view in views:
        path = path_of(view.run)
        if not has_table(view, path):
            continue
        try:
            table = read_table(view, path)
        except (RunError, OSError) as error:
            warn(str(error) if isinstance(error, RunError) else f"{path}: {error.strerror}")
            continue
        named = table.with_columns(pl.lit(view.run.column_name).alias("run"))
        frames.append(named.select(pl.col(name).cast(kind) for name, kind in schema.items()))
    return pl.concat(frames)


def is_as_written(view: RunView, path: Path) -> bool:
    """Whether a file has the SHA-256 that the run closed with."""
    try:
        with opened(path) as file:
            return _is_as_told(view, path.name, file)
    except OSError:
        return False


def changed_tables(view: RunView) -> list[str]:
    """Warnings about closing tables that are missing or have changed since."""
    folder = view.run.path
    return [
        str(RunError(_WHAT, where=str(folder / name), hint=_HINT))
        for name in _told(view)
        if name == Path(name).name and not is_as_written(view, folder / name)
    ]


_WHAT = "has changed since the run wrote it"
_HINT = "use probe-tui results, which reads the run's events instead"


def _told(view: RunView) -> dict[str, str]:
    end = view.state.end
    return dict(end.tables) if isinstance(end, RunDone) else {}


def _is_as_told(view: RunView, name: str, file: BufferedReader) -> bool:
    end = view.state.end
    n_bytes = end.table_bytes.get(name) if isinstance(end, RunDone) else None
    if n_bytes is not None and os.fstat(file.fileno()).st_size != n_bytes:
        return False
    return hashlib.file_digest(file, "sha256").hexdigest() == _told(view).get(name)
