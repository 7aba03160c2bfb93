"""What Results shows: the rows of a filter, metric and level, and the series of the plot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import ref

from probing.metric_names import METRICS
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.metric_choice import chosen_metric
from tui.plot.series import PARTS, Key, Series, chance_level, chosen
from tui.results.rows import ResultRows, whole

if TYPE_CHECKING:
    import polars as pl

    from probing.logs.index.cells import Cells
    from tui.results.listing import Listing
    from tui.results.series_table import Mask, SeriesTable

MOST_DRAWN = 12
OF_EACH_ROW = (*PARTS[1:], "trained_on", "layer")


@dataclass(frozen=True)
class Wish:
    """What the user asked to see."""

    query: str = ""
    metric: str = ""
    by_cell: bool = False
    unfolded: bool = False


@dataclass(frozen=True)
class Shown:
    """The rows of the cells that are kept, and every series; without a metric there are none."""

    cells: Cells
    kept: Mask | None
    rows: ResultRows
    metric: str
    metrics: tuple[str, ...]
    series: Sequence[Series]
    n_cells: int
    n_folded: int = 0
    listing: Listing | None = None
    drawn: dict[object, Drawn] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The filtered cells in all their columns: memory for each of them."""
        return self.chosen()

    def chosen(self, names: Collection[str] = ()) -> pl.DataFrame:
        """The filtered cells in these columns, or in all."""
        at = None if self.kept is None else self.kept.nonzero()[0]
        return self.cells.frame(at, names)


@dataclass(frozen=True)
class Drawn:
    """The series of a plot and their chance level."""

    series: tuple[Series, ...]
    chance: float | None
    left_out: int = 0


def shown_of(
    cells: Cells | pl.DataFrame, wish: Wish, tagged: Callable[[str], Collection[str]] | None = None
) -> Shown:
    """The rows for a wish; a series keeps all its points, even those that the filter hides.

    `tagged` names the runs that fulfil a filter of tags. Raises `SpecError` if the filter is not
    valid.
    """
    cells = _as_cells(cells)
    reading = cells.read_ahead(OF_EACH_ROW)
    # NumPy: 0.06 s, which the thread of the first rows pays while it reads
    from tui.results.lines import Lines, ListedSeries
    from tui.results.listing import Listing

    reading.join()
    table = _table_of(cells)
    kept = _kept(table.cells, wish.query, tagged)
    metrics = _metrics_in(table.cells, kept)
    metric = chosen_metric(wish.metric, metrics)
    n_cells = table.cells.height if kept is None else int(kept.sum())
    if not metric:
        return Shown(table.cells, kept, ResultRows(), "", (), (), n_cells)
    listing = Listing(table, metric, kept, wish.unfolded)
    lines = Lines(listing, wish.by_cell)
    columns = whole(lines.columns, lines.looked_at(), len(lines.parts))
    rows = ResultRows(columns, lines, lines.shared)
    every = ListedSeries(listing, listing.every, listing.is_known)
    return Shown(
        table.cells, kept, rows, metric, tuple(metrics), every, n_cells, listing.n_folded, listing
    )


def _kept(cells: Cells, query: str, tagged: Callable[[str], Collection[str]] | None) -> Mask | None:
    """Which cells fulfil a filter; None where there is none."""
    if not query:
        return None
    from probing.logs.folders.tagged_runs import without_tags
    from probing.logs.index.cell_filter import mask_of, mask_of_runs

    tags, rest = without_tags(query) if tagged is not None else ("", query)
    kept = mask_of(cells, rest) if rest else None
    if not tags or tagged is None:
        return kept
    of_runs = mask_of_runs(cells, tagged(tags))
    return of_runs if kept is None else kept & of_runs


def _as_cells(cells: Cells | pl.DataFrame) -> Cells:
    from probing.logs.index.cells import Cells

    return cells if isinstance(cells, Cells) else Cells.of(cells)


def _table_of(cells: Cells) -> SeriesTable:
    """The series of some cells, found once for them while any rows of theirs are shown."""
    from tui.results.series_table import SeriesTable

    known = cells.kept.get("series")
    table: SeriesTable | None = known and known()
    if table is None:
        table = SeriesTable(cells)
        # a table holds its cells: held by them too, both would outlive their use by minutes
        cells.kept["series"] = ref(table)
    return table


def _metrics_in(cells: Cells, kept: Mask | None) -> list[str]:
    """Metrics with a value in any row that is kept, in the order of the table's columns."""
    there = [metric for metric in METRICS if cells.has(metric)]
    if kept is None:
        return there
    return [metric for metric in there if bool((_has_value(cells, metric) & kept).any())]


def _has_value(cells: Cells, metric: str) -> Mask:
    key = f"has {metric}"
    if key not in cells.kept:
        cells.kept[key] = cells.passing(metric).is_not_null().to_numpy()
    found: Mask = cells.kept[key]
    return found


def drawn_of(shown: Shown, key: Key | None, pinned: Sequence[Key]) -> Drawn:
    """The highlighted series with its controls, then the pinned ones, up to the limit.

    What was read last is kept: a thread may ask before the screen does.
    """
    asked = key, tuple(pinned)
    found = shown.drawn.get(asked)
    if found is None:
        found = _drawn_of(shown, key, pinned)
        shown.drawn.clear()
        shown.drawn[asked] = found
    return found


def _drawn_of(shown: Shown, key: Key | None, pinned: Sequence[Key]) -> Drawn:
    if shown.listing is None:
        return Drawn((), None)
    from tui.results.lines import read_series

    listing, table = shown.listing, shown.listing.table
    is_there, size = listing.is_in_every, len(PARTS)
    numbers: list[int] = []
    if key is not None:
        alike = table.alike(key[: size - 1], with_gaps=True)
        numbers += sorted(alike[is_there[alike]].tolist(), key=lambda at: table.key(at)[-1])
    for one in pinned:
        at = table.find(one)
        numbers += [at] if at is not None and is_there[at] else []
    numbers = list(dict.fromkeys(numbers))
    drawn = numbers[:MOST_DRAWN]
    series = read_series(listing, drawn, listing.is_known)
    kept = chosen(series, [one.key for one in series])
    chance = chance_level(_rows_of(shown, kept), shown.metric) if kept else None
    return Drawn(tuple(kept), chance, len(numbers) - len(drawn))


def _rows_of(shown: Shown, kept: Sequence[Series]) -> pl.DataFrame:
    """The cells of the series `kept`, and of their probes' controls."""
    assert shown.listing is not None
    table = shown.listing.table
    bases = {one.key[:-1] for one in kept}
    numbers = dict.fromkeys(int(at) for one in bases for at in table.alike(one, with_gaps=True))
    names = [*PARTS, "trained_on", "task", shown.metric]
    return named_transfers(table.cells.frame(table.rows_of(numbers), names))
