"""Cells grouped by some of their parts, in rows and columns; what a place shows is said plainly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probing.metric_names import METRICS
from tui.plot.axis import short
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.series import PARTS, chance_level
from tui.texts.names import shown_name
from tui.texts.of_runs.plans import texts_and_groups
from tui.texts.tables.text_table import TextTable

if TYPE_CHECKING:
    import polars as pl

GROUPED = (*PARTS[1:-1], "layer", "step", "size", "position", "run")
VALUES = ("highest", "mean")
RANGE = "mean (lowest–highest; number of cells): how far cells spread, not an interval"
_ENDS = ("_low", "_high", "_band_low", "_band_high")


@dataclass(frozen=True)
class PivotWish:
    """The parts that make the rows and the columns, and what a place of several cells shows."""

    rows: tuple[str, ...]
    column: str
    value: str = "highest"


def parts_in(frame: pl.DataFrame) -> list[str]:
    """What cells can be grouped by: the parts in which they differ."""
    tasks = _tasks(frame)
    known = [name for name in GROUPED if name in tasks.columns]
    return [name for name in known if tasks[name].drop_nulls().n_unique() > 1]


def first_wish(frame: pl.DataFrame) -> PivotWish:
    """Models and classifiers, or what differs, against layers."""
    known = parts_in(frame) or ["classifier"]
    column = next((name for name in ("layer", "pooler") if name in known), known[-1])
    wanted = [name for name in ("model", "classifier", *known) if name in known]
    rows = [name for name in dict.fromkeys(wanted) if name != column][:2]
    return PivotWish(tuple(rows) or ("classifier",), column)


def needed(metric: str) -> list[str]:
    """The columns of results that a pivot reads."""
    ends = [f"{metric}{end}" for end in _ENDS]
    more = ["trained_on", "task", "n_texts", "n_groups"]
    return list(dict.fromkeys([*PARTS, *GROUPED, *more, metric, *ends]))


def pivoted(frame: pl.DataFrame, metric: str, wish: PivotWish) -> TextTable:
    """The table of a pivot; its caption says what its places show."""
    import polars as pl

    tasks = _tasks(frame).filter(pl.col(metric).is_finite())
    rows = [name for name in wish.rows if name != wish.column]
    groups = tasks.group_by([*rows, wish.column], maintain_order=True)
    best = (
        pl.col(metric).arg_max() if METRICS[metric].higher_is_better else pl.col(metric).arg_min()
    )
    of_best = [metric, *(f"{metric}{end}" for end in _ENDS), "layer"]
    found = groups.agg(
        *(pl.col(name).get(best).alias(f"best {name}") for name in of_best),
        pl.col(metric).mean().alias("mean"),
        pl.col(metric).min().alias("least"),
        pl.col(metric).max().alias("most"),
        pl.len().alias("n"),
    )
    table = TextTable()
    columns = sorted(found[wish.column].unique().to_list(), key=_order)
    keys = list(found.select(rows).unique(maintain_order=True).iter_rows())
    told = {
        (*(row[name] for name in rows), row[wish.column]): _told(row, metric, wish)
        for row in found.iter_rows(named=True)
    }
    for at, name in enumerate(rows):
        table.add_column(name, [_name(key[at]) for key in keys])
    for column in columns:
        title = f"layer {_name(column)}" if wish.column == "layer" else _name(column)
        table.add_column(title, [told.get((*key, column), "") for key in keys])
    several = found["n"].max()
    table.title = f"{METRICS[metric].title} by {' × '.join(rows)} and {wish.column}"
    table.caption = "\n".join(_notes(frame, tasks, metric, wish, several))
    return table


def _tasks(frame: pl.DataFrame) -> pl.DataFrame:
    return named_transfers(frame.filter(frame["control"].fill_null("") == ""))


def _order(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, (int, float))
    return value is not None, value if is_number else 0, "" if is_number else str(value)


def _name(value: Any) -> str:
    return "-" if value in (None, "") else shown_name(value)


def _told(row: dict[str, Any], metric: str, wish: PivotWish) -> str:
    if row["n"] > 1 and wish.value == "mean":
        spread = f"{short(row['least'], 3)}–{short(row['most'], 3)}"
        return f"{short(row['mean'], 3)} ({spread}; {row['n']})"
    ends = ("_band_low", "_band_high") if row["n"] > 1 else ("_low", "_high")
    low, high = (row[f"best {metric}{end}"] for end in ends)
    if low is None or high is None:
        low, high = (row[f"best {metric}{end}"] for end in ("_low", "_high"))
    text = short(row[f"best {metric}"], 3)
    if low is not None and high is not None:
        text += f" [{short(low, 3)}, {short(high, 3)}]"
    is_placed = row["n"] > 1 and wish.column != "layer" and "layer" not in wish.rows
    layer = row["best layer"]
    return f"{text} at {layer}" if is_placed and layer is not None else text


def _notes(
    frame: pl.DataFrame, tasks: pl.DataFrame, metric: str, wish: PivotWish, several: Any
) -> list[str]:
    """What the places show, the texts behind them, and chance."""
    notes = []
    if several and several > 1:
        word = "highest" if METRICS[metric].higher_is_better else "lowest"
        picked = (
            f"{word}: of the cells of a place, up to {several:,}, picked after looking at their "
            "scores; [ ] is the 95 % band over all layers of its series: it allows for the choice "
            "of a layer, for no other choice"
        )
        notes.append(RANGE if wish.value == "mean" else picked)
        apart = [name for name in parts_in(frame) if name not in (*wish.rows, wish.column)]
        notes.append(f"the cells of a place differ in {', '.join(apart)}")
    else:
        notes.append("[ ] is the 95 % interval of each cell")
    sizes = tasks.select("n_texts", "n_groups").drop_nulls("n_texts").unique()
    if sizes.height == 1:
        n_texts, n_groups = sizes.row(0)
        groups = " groups" if n_groups and n_groups < n_texts else ""
        notes.append(f"n {texts_and_groups(n_texts, n_groups)}{groups}")
    elif sizes.height:
        numbers = sizes["n_texts"].to_list()
        notes.append(f"n {min(numbers):,} to {max(numbers):,} texts")
    chance = chance_level(frame, metric) if frame.height else None
    notes.append(
        "chance differs between the cells" if chance is None else f"chance {short(chance)}"
    )
    return notes


def of_choices(first: str, second: str, column: str, value: str) -> PivotWish:
    """A wish by what is chosen in its fields; `-` is none."""
    rows = [one for one in dict.fromkeys((first, second)) if one not in ("-", column)]
    return PivotWish(tuple(rows) or ("run",), column, value)
