"""The table of a comparison: what varies is a column, what all rows share is the title."""

from __future__ import annotations

from typing import Any

import polars as pl

from tui.plot.axis import short
from tui.texts.of_runs.plans import texts_and_groups
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

NUMBERS = ("a", "b", "difference", "low", "high", "band_low", "band_high", "p", "p_holm")
FACTS = (*NUMBERS, "metric", "test", "n_texts", "n_groups", "reason", "task")
SIDES = ("_a", "_b")
LEAST_P = 0.001


def comparison_table(frame: pl.DataFrame) -> TextTable:
    """A row for each pair: both values, the difference with its interval, and its p values."""
    keys = [name for name in frame.columns if name not in FACTS]
    same = [key for key in keys if frame[key].n_unique() == 1]
    shown = [key for key in keys if key not in same]
    metric = frame["metric"][0]
    right = ("layer", "A", "B", "A - B", "p", "p (Holm)", "n")
    table = TextTable([*shown, "A", "B", "A - B", "p", "p (Holm)", "n"], right)
    told = [
        _told(key, frame[key][0])
        for key in same
        if frame[key][0] not in (None, "") or key.endswith(SIDES)
    ]
    table.title = " · ".join([metric, *told])
    for row in frame.iter_rows(named=True):
        table.add_row(*("" if row[key] is None else clean(row[key]) for key in shown), *_cells(row))
    lines = [f"no number: {clean(reason)}" for reason in _reasons(frame)]
    if "McNemar" in frame["test"].to_list():
        lines.insert(0, "p by McNemar's exact test where at most 25 texts are decided differently")
    table.caption = "\n".join(lines)
    return table


def _told(key: str, value: Any) -> str:
    """A key that all rows share; of what tells A from B, its side too."""
    text = "" if value is None else clean(value)
    if key.endswith(SIDES):
        name, side = key[:-2], key[-1].upper()
        return f"{side}: {_named(name, text)}"
    return _named(key, text)


def _named(key: str, text: str) -> str:
    """A value that can be read without its column's name."""
    if key == "trained_on":
        return f"trained on {text or 'the same dataset'}"
    if not text:
        return f"no {key}"
    return f"layer {text}" if key == "layer" else text


def _cells(row: dict[str, Any]) -> list[str]:
    values = ["" if row[name] is None else short(row[name], 3) for name in ("a", "b")]
    if row["difference"] is None:
        return [*values, "", "", "", ""]
    n = texts_and_groups(row["n_texts"], row["n_groups"])
    told = f"{short(row['difference'], 3)} [{short(row['low'], 3)}, {short(row['high'], 3)}]"
    return [*values, told, shown_p(row["p"]), shown_p(row["p_holm"]), n]


def shown_p(p: float | None) -> str:
    """A p value as tables write it."""
    if p is None:
        return ""
    return f"<{short(LEAST_P, 3)}" if p < LEAST_P else short(p, 3)


def _reasons(frame: pl.DataFrame) -> list[str]:
    """Why pairs have no number, with how many share a reason."""
    counts: dict[str, int] = {}
    for reason in frame["reason"].to_list():
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    return [why if n == 1 else f"{why} ({n:,} pairs)" for why, n in counts.items()]
