"""The kept predictions of one cell, read from the table of a run without reading the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import RunError, in_one_line
from probing.events import RunDone
from probing.logs.results.closing_tables import has_table, is_as_written
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl

CELL = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier", "control")
CLASS_SCORES = "class_scores"
MOST_CLASSES = 20  # of which a run keeps the scores of each: 4 bytes for every text of a cell
_sound: set[tuple[Path, str, int, int, int]] = set()  # files that were found as written
_HINT = "take the table from a copy, or run the spec again"


def prediction_rows(view: RunView, cell: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of `predictions.parquet` of a cell, in the order of its folds.

    `cell` names the columns of `CELL`; those that the table of an earlier version lacks are not
    asked for. The rows of other cells are skipped by the statistics of the file. Raises `RunError`
    where the run keeps none (yet), or its table is not as it was written.
    """
    return rows_where(view, view.run.predictions, {key: cell.get(key) for key in CELL})


def rows_where(
    view: RunView, path: Path, equal: Mapping[str, Any], among: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """The rows of a closing table whose columns equal these values, or are `among` others.

    Raises `RunError` where the run has no such table, or it changed since.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    _need(view, path)
    try:
        # Polars decodes paths as UTF-8
        source = str(path) if _is_text(str(path)) else path.read_bytes()
        table = pl.scan_parquet(source, glob=False)
        known = table.collect_schema().names()
        terms = [pl.col(key).eq_missing(value) for key, value in equal.items() if key in known]
        terms += [pl.col(key).is_in(values) for key, values in (among or {}).items()]
        return table.filter(*terms).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        what = f"cannot be read ({in_one_line(error, 200)})"
        raise RunError(what, where=str(path), hint=_HINT) from None
    except OSError as error:
        raise RunError(f"cannot be read ({error.strerror})", where=str(path)) from None


def _need(view: RunView, path: Path) -> None:
    """Raise `RunError` unless the run closed with this table and it is as it was then."""
    if not has_table(view, path):
        lacks = f"has no {path.name}"
        if view.state.end is None:
            raise RunError(f"{lacks} yet", where=view.run.column_name, hint="a run writes it last")
        hint = "resume it: a run writes it last" if view.status() != "done" else "run it again"
        raise RunError(lacks, where=view.run.column_name, hint=hint)
    try:
        is_sound = _is_sound(view, path)
    except OSError as error:
        raise RunError(f"cannot be read ({error.strerror})", where=str(path)) from None
    if not is_sound:
        raise RunError("has changed since the run wrote it", where=str(path), hint=_HINT)


def _is_sound(view: RunView, path: Path) -> bool:
    """Whether a file has the digest that the run closed with; read once for each state of it."""
    end, stat = view.state.end, path.stat()
    digest = end.tables.get(path.name, "") if isinstance(end, RunDone) else ""
    stamp = path, digest, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
    if stamp not in _sound:
        if not is_as_written(view, path):
            return False
        _sound.add(stamp)
    return True


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
