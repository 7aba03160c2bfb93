"""The texts behind predictions: as the run kept them, or from a file that is still the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from probing.errors import RunError
from probing.logs import RunView
from probing.logs.details.prediction_rows import rows_where
from probing.logs.results.closing_tables import has_table
from probing.predictions.dataset_file import read_again


@dataclass(frozen=True)
class Texts:
    """Texts by their row number in the dataset; `problem` says why they are not to be had."""

    of_rows: Mapping[int, str] = field(default_factory=dict)
    source: str = ""
    problem: str = ""


def texts_of(view: RunView, dataset: str, rows: Iterable[int]) -> Texts:
    """The texts of these rows of a dataset of a run; never others than the run read.

    From `texts.parquet`, whose digest the run's log holds; where the run kept none, or it changed,
    from the file of the dataset, if its content has the digest that the plan holds.
    """
    wanted = sorted({int(row) for row in rows})
    kept = ""
    if has_table(view, view.run.texts):
        try:
            found = rows_where(view, view.run.texts, {"dataset": dataset}, {"text": wanted})
            known = dict(found.select("text", "content").iter_rows())
            return Texts(known, "as the run read them")
        except RunError as error:
            kept = f"{error.where}: {error.what}; "
    try:
        data = read_again(view, dataset)
    except RunError as error:
        return Texts(problem=f"texts not shown: {kept}{error}")
    return Texts({row: data.texts[row] for row in wanted if row < len(data)}, "from the dataset")


def marked(frame: pl.DataFrame) -> dict[int, list[tuple[int, int]]]:
    """What each text marks, the characters of its spans; none where rows are whole texts."""
    ends = [name for name in frame.columns if name.startswith(("start", "end"))]
    if not ends or frame[ends[0]].null_count() == frame.height:
        return {}
    rows = frame.select("text", *ends).unique("text").drop_nulls(ends[:2]).iter_rows()
    return {text: _spans(list(found)) for text, *found in rows}


def _spans(ends: list[int | None]) -> list[tuple[int, int]]:
    known = [end for end in ends if end is not None]
    return list(zip(known[::2], known[1::2], strict=True))
