"""The results that a run wrote at its end, as today's version would give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from probing.errors import RunError
from probing.logs.results.closing_tables import has_table, read_table
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl


def kept_results(
    view: RunView, schema: Mapping[str, Any], warn: Callable[[str], object] | None = None
) -> pl.DataFrame | None:
    """The rows of `results.parquet` in these columns; None where the run has no such table.

    A column that it lacks is empty, one that `schema` lacks is left out. A table that cannot be
    used is None too, and `warn` is told.
    """
    import polars as pl

    path, n_rows = view.run.results, view.state.n_done
    if not has_table(view, path):
        return None
    try:
        frame = read_table(view, path, n_rows + 1)
        if frame.height <= n_rows:
            return _fitted(frame, schema, view.run.column_name)
        reason = str(RunError("has more rows than cells", where=str(path)))
    except RunError as error:
        reason = str(RunError(error.what, where=error.where))
    except OSError as error:
        reason = str(RunError(f"cannot be read ({error.strerror})", where=str(path)))
    except pl.exceptions.PolarsError as error:  # columns of other types
        reason = str(RunError(f"cannot be read ({str(error)[:200]})", where=str(path)))
    if warn is not None:
        warn(f"{reason}; the run's events are read instead")
    return None


def _fitted(frame: pl.DataFrame, schema: Mapping[str, Any], run: str) -> pl.DataFrame:
    """The columns of `schema`; the run is called as its folder is now."""
    import polars as pl

    if frame.schema != schema:
        # runs before transfer trained on what they tested
        given = {"trained_on": ""}
        missing = [
            pl.lit(given.get(name)).alias(name) for name in schema if name not in frame.columns
        ]
        frame = frame.with_columns(missing)
        frame = frame.select(pl.col(name).cast(kind) for name, kind in schema.items())
    names = pl.repeat(run, frame.height, dtype=pl.String, eager=True).alias("run")
    return frame.replace_column(frame.get_column_index("run"), names)
