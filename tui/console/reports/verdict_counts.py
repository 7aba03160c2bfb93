"""What many series beat, counted, with the best and the worst of them: a few lines for hundreds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from probing.metric_names import METRICS, default_metric
from tui.plot.axis import short
from tui.plot.comparisons.transfers import source_layer
from tui.texts.facts.verdicts import (
    ENOUGH,
    LEVEL,
    PARTS,
    Comparison,
    below_chance,
    compared_series,
    comparisons,
)
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean

SHOWN = 3  # of the best, the worst, and those below chance
Rows = Sequence[Mapping[str, Any]]
Sources = Mapping[str, Sequence[str]]


class _Series(NamedTuple):
    """A series of a group by its name in it, and the row that is told of it."""

    name: str
    rows: Rows
    told: Mapping[str, Any] | None


def verdict_counts(frame: pl.DataFrame, every: pl.DataFrame, sources: Sources) -> list[str]:
    """The series of `frame` in a few lines for each group of them.

    Groups are of one model, pooler and classifier, or of one dataset: whichever are fewer. Of a
    transfer the layer is the best by the folds of what is trained on, whose rows are among those
    of `every`; else the best by its own. `sources` are the datasets of each name that is trained
    on.
    """
    home = [row for row in every.iter_rows(named=True) if not row["control"]]
    series = compared_series(frame)
    n_by_place, n_by_dataset = (len({key[cut] for key in series}) for cut in (_REST, _DATASET))
    together, apart = (_REST, _DATASET) if n_by_place <= n_by_dataset else (_DATASET, _REST)
    groups: dict[tuple[str, ...], list[_Series]] = defaultdict(list)
    for key, rows in series.items():
        own = [row for row in home if _place(row) == key[_REST]]
        told = _Series(_names(key, series, apart), rows, _told_row(rows, own, sources))
        groups[key[together]].append(told)
    return [
        line
        for key, own in groups.items()
        for line in _lines(_group_name(key, series, together), own)
    ]


_DATASET, _REST = slice(0, 1), slice(1, None)


def _group_name(key: tuple[str, ...], series: Collection[tuple[str, ...]], together: slice) -> str:
    whole = (*key, *[""] * (len(PARTS) - 1)) if together == _DATASET else ("", *key)
    name = _names(whole, series, together)
    return f"{name}: " if name else ""


def _names(key: tuple[str, ...], series: Collection[tuple[str, ...]], parts: slice) -> str:
    """Those of the parts of a key that differ between series; the dataset always."""
    places = range(len(PARTS))[parts]
    told = [at for at in places if not at or len({one[at] for one in series}) > 1]
    return clean(" ".join(dict.fromkeys(shown_name(key[at]) for at in told)))


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[part] for part in PARTS[1:])


def _told_row(rows: Rows, home: Rows, sources: Sources) -> Mapping[str, Any] | None:
    """The row whose score stands for a series."""
    metric, trained_on = _metric(rows), rows[0]["trained_on"] or ""
    known = [row for row in rows if row[metric] is not None]
    if not trained_on:
        sign = 1 if METRICS[metric].higher_is_better else -1
        return max(known, key=lambda row: sign * row[metric], default=None)
    there = [row for row in home if row[metric] is not None]
    layer = source_layer(there, sources.get(trained_on, [trained_on]), metric)
    return next((row for row in known if row["layer"] == layer), None)


def _metric(rows: Rows) -> str:
    return "auroc" if rows[0]["task"] != "regression" else default_metric(rows[0]["task"])


def _lines(name: str, series: Sequence[_Series]) -> list[str]:
    kind = "transfers" if any(one.rows[0]["trained_on"] for one in series) else "series"
    found = [f"{name}{len(series):,} {kind}", f"  beat: {_beaten(series)}"]
    lower = [one.name for one in series if below_chance(one.rows)]
    if lower:
        more = f" and {len(lower) - SHOWN} more" if len(lower) > SHOWN else ""
        found.append(f"  AUROC below chance: {', '.join(lower[:SHOWN])}{more}")
    by_task: dict[str, list[_Series]] = defaultdict(list)
    for one in series:
        by_task[_metric(one.rows)].append(one)
    for metric, own in by_task.items():
        found += _best_and_worst(metric, own)
    return found


def _beaten(series: Sequence[_Series]) -> str:
    """How many series beat what they were compared with, one after another."""
    every: dict[str, list[Comparison]] = defaultdict(list)
    for one in series:
        for each in comparisons(one.rows):
            every[each.what].append(each)
    told = []
    for what, own in every.items():
        n_open = sum(each.is_open for each in own)
        text = f"{what} {sum(each.p <= LEVEL for each in own)} of {len(own)}"
        if n_open:
            n = own[0].n_permutations
            text += f" ({n_open} better than all {n} permutations: set n_shuffles = {ENOUGH})"
        told.append(text)
    return " · ".join(told)


def _best_and_worst(metric: str, series: Sequence[_Series]) -> list[str]:
    """The series with the highest and the lowest scores, each once."""
    known = [(one, one.told) for one in series if one.told is not None]
    ordered = sorted(known, key=lambda both: both[1][metric], reverse=True)
    if not ordered:
        return []
    title, n = METRICS[metric].title, min(SHOWN, -(-len(ordered) // 2))
    parts = {"highest": ordered[:n], "lowest": ordered[n:][-n:][::-1]}
    return [
        f"  {how} {title}: {', '.join(_score(one.name, row, metric) for one, row in part)}"
        for how, part in parts.items()
        if part
    ]


def _score(name: str, row: Mapping[str, Any], metric: str) -> str:
    where = "" if row["layer"] is None else f" (layer {row['layer']})"
    return f"{name} {short(row[metric])}{where}"
