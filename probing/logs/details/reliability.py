"""Reliability tables of finished runs: how often predictions of a confidence are right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from probing.errors import RunError
from probing.logs.results.closing_tables import has_table, read_table
from probing.logs.results.tables import KEYS, results
from probing.logs.states.run_view import RunView

if TYPE_CHECKING:
    import polars as pl

CELL = tuple(key for key in KEYS if key != "task")
_Teller = Callable[[str], object]
N_BINS = 15  # those of the expected calibration error


def reliability(
    views: Iterable[RunView],
    warn: Callable[[str], object] | None = None,
    lacks: Callable[[str], object] | None = None,
) -> pl.DataFrame:
    """For each finished cell whose classifier gives probabilities, a row for each bin with texts.

    The bins are those of the calibration error: 15 of equal width over the confidence, the
    probability of the likeliest class. `n` texts have a mean `confidence`, and a share `accuracy`
    of them is decided rightly, with Wilson's 95 % interval, in which texts of a group count as
    fewer. A run whose `predictions.parquet` cannot be used has no rows, and `warn` is told; one
    without it, or of a version whose table has no probabilities, has none, and `lacks` is told.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    ordered = sorted(views, key=lambda view: view.run.column_name)
    rows = [row for view in ordered for row in _rows(view, warn or _silent, lacks or _silent)]
    return pl.DataFrame(rows, schema=_schema(), orient="row")


def _silent(line: str) -> None:
    """Tell nobody."""


def _schema() -> dict[str, Any]:
    import polars as pl

    cell = {key: pl.Int64 if key == "layer" else pl.String for key in CELL}
    ends = dict.fromkeys(("bin_low", "bin_high"), pl.Float64)
    shares = ("confidence", "accuracy", "accuracy_low", "accuracy_high")
    return {"run": pl.String, **cell, **ends, "n": pl.Int64, **dict.fromkeys(shares, pl.Float64)}


def _rows(view: RunView, warn: _Teller, lacks: _Teller) -> Iterator[list[Any]]:
    table = _predictions(view, warn, lacks)
    if table is None:
        return
    facts = {
        tuple(row[key] for key in CELL): row["positive"]
        for row in results([view]).select(*CELL, "positive").to_dicts()
    }
    known = table.drop_nulls("probability")
    for cell, frame in known.partition_by(CELL, as_dict=True, maintain_order=True).items():
        if cell in facts:
            for row in reliability_bins(frame, facts[cell]):
                yield [view.run.column_name, *cell, *row]


def _predictions(view: RunView, warn: _Teller, lacks: _Teller) -> pl.DataFrame | None:
    path = view.run.predictions
    if not has_table(view, path):
        lacks(f"{view.run.column_name}: has no predictions.parquet; a run writes it at its end")
        return None
    try:
        table = read_table(view, path)
    except (RunError, OSError) as error:
        warn(str(error) if isinstance(error, RunError) else f"{path}: {error.strerror}")
        return None
    if "probability" in table.columns:
        return table
    if table.columns:
        lacks(f"{path}: holds no probabilities; the run is of an earlier version")
    return None


def reliability_bins(frame: pl.DataFrame, positive: str | None) -> Iterator[list[Any]]:
    """Ends, texts, mean confidence, accuracy and its interval of each bin that has texts."""
    import numpy as np

    from probing.uncertainty import share_bounds

    confidence, right = _decided(frame, positive)
    group = frame["group"].to_numpy()
    bins = np.clip(np.ceil(confidence * N_BINS).astype(int), 1, N_BINS)
    for at in np.unique(bins):
        rows = bins == at
        shares = float(confidence[rows].mean()), float(right[rows].mean())
        low, high = share_bounds(right[rows], group[rows])
        yield [(at - 1) / N_BINS, at / N_BINS, int(rows.sum()), *shares, low, high]


def _decided(frame: pl.DataFrame, positive: str | None) -> tuple[Any, Any]:
    """The probability of the likeliest class of each text, and whether it is the text's."""
    import numpy as np

    chances = frame["probability"].to_numpy()
    if not positive:
        return chances, (frame["prediction"] == frame["target"]).to_numpy()
    is_positive = (frame["target"] == positive).to_numpy()
    return np.maximum(chances, 1 - chances), (chances > 0.5) == is_positive
