"""What Results shows: the rows of a filter, metric and level, and the series of the plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.query import matches
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.series import PARTS, Series, chance_level, chosen, series_of
from tui.results.rows import ResultRows, rows_of_cells, rows_of_series

if TYPE_CHECKING:
    import polars as pl

MOST_DRAWN = 12
Key = tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What the user asked to see."""

    query: str = ""
    metric: str = ""
    by_cell: bool = False
    unfolded: bool = False


@dataclass(frozen=True)
class Shown:
    """The filtered cells, their rows, and every series."""

    frame: pl.DataFrame
    rows: ResultRows
    metric: str
    metrics: tuple[str, ...]
    series: tuple[Series, ...]
    n_cells: int
    n_folded: int = 0


@dataclass(frozen=True)
class Drawn:
    """The series of a plot and their chance level."""

    series: tuple[Series, ...]
    chance: float | None
    left_out: int = 0


def shown_of(frame: pl.DataFrame, wish: Wish) -> Shown:
    """The rows for a wish; a series keeps all its points, even those that the filter hides.

    Raises `SpecError` if the filter is not valid.
    """
    kept = matches(frame, wish.query) if wish.query else frame
    metrics = metrics_in(kept)
    metric = chosen_metric(wish.metric, metrics)
    if not metric:
        return Shown(kept, ResultRows(), "", (), (), kept.height)
    listed = series_of(kept, metric)
    every = series_of(frame, metric) if wish.query else listed
    beside = {} if wish.unfolded else controls_of(listed)
    rest = [one for one in listed if not one.control or _task_of(one) not in beside]
    if wish.by_cell:
        rows = rows_of_cells(rest, metric, every, beside)
    else:
        rows = rows_of_series(rest, metric, beside)
    n_folded = len(listed) - len(rest)
    return Shown(kept, rows, metric, tuple(metrics), tuple(every), kept.height, n_folded)


def controls_of(series: list[Series]) -> dict[Key, dict[str, Series]]:
    """By the key of each task that is listed: its controls, which its row can say."""
    folded: dict[Key, dict[str, Series]] = {one.key: {} for one in series if not one.control}
    for one in series:
        if one.control and _task_of(one) in folded:
            folded[_task_of(one)][one.control] = one
    return folded


def _task_of(one: Series) -> Key:
    """The key of the task of which a series is a control."""
    return (*one.key[:-1], "")


def drawn_of(frame: pl.DataFrame, shown: Shown, key: Key | None, pinned: list[Key]) -> Drawn:
    """The highlighted series with its controls, then the pinned ones, up to the limit."""
    size = len(PARTS)
    keys: list[Key] = []
    if key is not None:
        base = key[: size - 1]
        keys += [one.key for one in shown.series if one.key[:-1] == base]
    keys += [one for one in pinned if one not in keys]
    series = chosen(shown.series, keys)
    kept = series[:MOST_DRAWN]
    chance = chance_level(rows_of(frame, kept), shown.metric) if kept else None
    return Drawn(tuple(kept), chance, len(series) - len(kept))


def rows_of(frame: pl.DataFrame, series: list[Series]) -> pl.DataFrame:
    """The cells of these series, and of their probes' majority controls."""
    import polars as pl

    probes = pl.DataFrame(
        [one.key[:-1] for one in series], schema=dict.fromkeys(PARTS[:-1], pl.String), orient="row"
    )
    return frame.join(probes.unique(), on=list(PARTS[:-1]), how="semi")
