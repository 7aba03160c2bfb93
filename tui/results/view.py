"""What Results shows: the rows of a filter, metric and level, and the series of the plot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.query import matches
from probing.spec import is_of
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.series import (
    OF_SERIES,
    PARTS,
    Key,
    Series,
    chance_level,
    chosen,
    is_shared,
    series_of,
)
from tui.plot.transfers import named_transfers
from tui.results.rows import ResultRows, rows_of_cells, rows_of_series

if TYPE_CHECKING:
    import polars as pl

MOST_DRAWN = 12
OF_CURVES = (*PARTS, *OF_SERIES, "layer", "n_texts", "n_groups")


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
    named, whole = named_transfers(kept), named_transfers(frame)
    listed = series_of(named, metric)
    every = series_of(_with_rest(named, whole, metric), metric) if wish.query else listed
    # a level is for all layers: a filter of layers does not take it from the rows
    keys = {one.key for one in listed}
    levels = [one for one in every if is_shared(one.key) and one.key not in keys]
    beside = {} if wish.unfolded else controls_of([*listed, *levels])
    folded = {one.key for controls in beside.values() for one in controls.values()}
    rest = [one for one in listed if one.key not in folded]
    if wish.by_cell:
        rows = rows_of_cells(rest, metric, every, beside)
    else:
        rows = rows_of_series(rest, metric, beside)
    n_folded = len(listed) - len(rest)
    return Shown(kept, rows, metric, tuple(metrics), tuple(every), kept.height, n_folded)


def _with_rest(kept: pl.DataFrame, frame: pl.DataFrame, metric: str) -> pl.DataFrame:
    """The cells of the probes that have some among `kept`, and the controls of several probes.

    Of their columns those that a curve of `metric` needs.
    """
    import polars as pl

    parts = list(PARTS[:-1])
    needed = [name for name in frame.columns if name in OF_CURVES or name.startswith(metric)]
    is_empty = pl.any_horizontal(pl.col(name).fill_null("") == "" for name in parts)
    numbered, probes = frame.select(needed).with_row_index("at"), kept.select(parts).unique()
    found = [
        numbered.filter(is_empty),
        numbered.filter(~is_empty).join(probes, on=parts, how="semi"),
    ]
    return pl.concat(found).sort("at").drop("at")


def controls_of(series: list[Series]) -> dict[Key, dict[str, Series]]:
    """By the key of each task that is listed: its controls, which its row can say."""
    folded: dict[Key, dict[str, Series]] = {one.key: {} for one in series if not one.control}
    for one in series:
        for task in _tasks_of(one.key, folded):
            folded[task][one.control] = one
    return folded


def _tasks_of(key: Key, tasks: Iterable[Key]) -> list[Key]:
    """The keys among `tasks` of which a series is a control."""
    if not key[-1]:
        return []
    if is_shared(key):
        return [task for task in tasks if is_of(key[:-1], task[:-1])]
    return [(*key[:-1], "")] if (*key[:-1], "") in tasks else []


def drawn_of(frame: pl.DataFrame, shown: Shown, key: Key | None, pinned: list[Key]) -> Drawn:
    """The highlighted series with its controls, then the pinned ones, up to the limit."""
    size = len(PARTS)
    keys: list[Key] = []
    if key is not None:
        base = key[: size - 1]
        own = [one.key for one in shown.series if is_of(one.key[:-1], base)]
        keys += sorted(own, key=lambda each: each[-1])
    keys += [one for one in pinned if one not in keys]
    series = chosen(shown.series, keys)
    kept = series[:MOST_DRAWN]
    chance = chance_level(rows_of(frame, kept, shown.series), shown.metric) if kept else None
    return Drawn(tuple(kept), chance, len(series) - len(kept))


def rows_of(frame: pl.DataFrame, kept: Sequence[Series], every: Sequence[Series]) -> pl.DataFrame:
    """The cells of the series `kept`, and of their probes' controls among `every`."""
    import polars as pl

    bases = {one.key[:-1] for one in kept}
    found = {one.key[:-1] for one in every if any(is_of(one.key[:-1], base) for base in bases)}
    probes = pl.DataFrame(
        list(bases | found), schema=dict.fromkeys(PARTS[:-1], pl.String), orient="row"
    )
    return named_transfers(frame).join(probes, on=list(PARTS[:-1]), how="semi")
