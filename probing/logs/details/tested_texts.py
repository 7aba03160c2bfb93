"""The texts that finished runs tested: what was decided of each, with what a row marks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from probing.errors import RunError
from probing.logs.results.closing_tables import has_table, read_table
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl

CELL = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier", "control")
_MARK = "start", "end"


def texts_tested(
    views: Iterable[RunView],
    warn: Callable[[str], object] = lambda line: None,
    choose: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
) -> pl.DataFrame:
    """For each cell and text a row, of finished runs: fold, target, prediction and score.

    `correct` is 1 or 0, empty for numbers; `shown` is the text with brackets around what the row
    marks, empty for runs of versions that kept no texts. `choose` takes rows of a run before the
    next is read. Of a run whose tables cannot be used `warn` is told.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    found = [pl.DataFrame(schema=_schema())]
    for view in views:
        if not has_table(view, view.run.predictions):
            continue
        try:
            found.append(choose(_of_run(view)))
        except (RunError, OSError) as error:
            path = view.run.predictions
            warn(str(error) if isinstance(error, RunError) else f"{path}: {error.strerror}")
    return pl.concat(found)


def _of_run(view: RunView) -> pl.DataFrame:
    import polars as pl

    table = read_table(view, view.run.predictions)
    if "target" not in table.columns:  # no cell was done
        return pl.DataFrame(schema=_schema())
    named = table.with_columns(
        pl.lit(view.run.column_name).alias("run"),
        correct(),
    )
    texts = _shown(view, table)
    joined = named.join(texts, on=["dataset", "text"], how="left", maintain_order="left")
    known = joined.with_columns(
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in _schema().items()
        if name not in joined.columns
    )
    return known.select(pl.col(name).cast(kind) for name, kind in _schema().items())


def correct() -> pl.Expr:
    """Whether predictions are right, 1 or 0; empty where they are numbers, and so the scores.

    A class may be called as a score is written, but not all predictions of a dataset are.
    """
    import polars as pl

    is_score = pl.col("prediction").eq_missing(pl.col("score").cast(pl.String))
    right = (pl.col("prediction") == pl.col("target")).cast(pl.Int64)
    return pl.when(~is_score.all().over("dataset")).then(right).alias("correct")


def _shown(view: RunView, table: pl.DataFrame) -> pl.DataFrame:
    """The text of every row that was tested, with brackets around what it marks."""
    import polars as pl

    from probing.datasets.marks.marked_text import bracketed  # numpy, only readers of texts pay

    schema: dict[str, Any] = {"dataset": pl.String, "text": table["text"].dtype}
    schema |= {"shown": pl.String}
    if not has_table(view, view.run.texts):
        return pl.DataFrame(schema=schema)
    texts = read_table(view, view.run.texts)
    marks = [name for name in table.columns if name.startswith(_MARK)]
    rows = table.select("dataset", "text", *marks).unique(maintain_order=True)
    told = rows.join(texts, on=["dataset", "text"], maintain_order="left")
    shown = [
        text if not ends or ends[0] is None else bracketed(text, _spans(ends))
        for text, *ends in told.select("content", *marks).iter_rows()
    ]
    return told.select("dataset", "text").with_columns(pl.Series("shown", shown, pl.String))


def _spans(ends: list[int | None]) -> list[tuple[int, int]]:
    known = [end for end in ends if end is not None]
    return list(zip(known[::2], known[1::2], strict=True))


def _schema() -> dict[str, Any]:
    import polars as pl

    cell = {key: pl.Int64 if key == "layer" else pl.String for key in CELL}
    decided = {"fold": pl.Int64, "target": pl.String, "prediction": pl.String, "correct": pl.Int64}
    told = {"score": pl.Float64, "probability": pl.Float64, "shown": pl.String}
    return {"run": pl.String, **cell, "text": pl.Int64, **decided, **told}
