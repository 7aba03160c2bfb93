"""Small multiples: a panel of curves for each pair of values of two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.plot.levels_beside import chance_of, controls_by_probe
from tui.plot.pictures.picture import Panel
from tui.plot.series import OF_SEVERAL, PARTS, RUN, Key, Series, chosen, labelled
from tui.texts.names import shown_name

MOST_SERIES = 6  # probes of a panel
OFFERED = ("dataset", "model", "site", "pooler", "classifier", "run")


def parts_that_differ(series: Sequence[Series]) -> list[str]:
    """The parts in which tasks differ, those with most values last."""
    counts = {
        part: len({one.key[PARTS.index(part)] for one in series if not one.control} - {""})
        for part in OFFERED
    }
    return [part for part in OFFERED if counts[part] > 1]


def usual_parts(series: Sequence[Series]) -> tuple[str, str]:
    """The rows and the columns of panels where none are asked for; the columns may be empty."""
    parts = [part for part in parts_that_differ(series) if part != "run"] or ["dataset"]
    return parts[0], (parts[1] if len(parts) > 1 else "")


def panels_of(
    series: Sequence[Series], by: tuple[str, str], metric: str
) -> tuple[list[Panel], int]:
    """The panels, row by row, and how many stand in a row; those without a curve are left out.

    A probe of the same label has the same colour in all panels.
    """
    tasks = [one for one in series if not one.control]
    rows_by, columns_by = by
    rows = list(dict.fromkeys(_value(one, rows_by) for one in tasks))
    columns = list(dict.fromkeys(_value(one, columns_by) for one in tasks))
    beside = controls_by_probe(series, [one.key for one in tasks])
    panels = []
    for row in rows:
        for column in columns:
            own = [
                one
                for one in tasks
                if (_value(one, rows_by), _value(one, columns_by)) == (row, column)
            ]
            if own:
                panels.append(_panel(series, own, beside, metric, _title(row, column)))
    names = _labels(tasks, by)
    return _coloured(panels, names), len(columns) if columns_by else 0


def _value(one: Series, part: str) -> str:
    return one.key[PARTS.index(part)] if part else ""


def _title(row: str, column: str) -> str:
    return " · ".join(shown_name(name) for name in (row, column) if name)


def _panel(
    series: Sequence[Series],
    own: Sequence[Series],
    beside: dict[Key, list[Series]],
    metric: str,
    title: str,
) -> Panel:
    kept = list(own)[:MOST_SERIES]
    keys = [key for one in kept for key in (one.key, *(each.key for each in beside[one.key]))]
    left = len(own) - len(kept)
    more = f" ({left} more)" if left else ""
    return Panel(tuple(chosen(series, keys)), chance_of(kept, beside, metric), f"{title}{more}")


def _labels(tasks: Sequence[Series], by: tuple[str, str]) -> dict[Key, str]:
    """By probe what it is called in its panel: the parts that differ, but for what titles say."""
    places = {PARTS.index(part) for part in by if part}
    # the title of a panel tells the run too where no panel has two of them
    if len({one.key[1:] for one in tasks}) == len(tasks):
        places.add(RUN)
    bare = {
        one.key[:-1]: tuple("" if at in places else name for at, name in enumerate(one.key))
        for one in tasks
    }
    labels = labelled(list(dict.fromkeys(bare.values())))
    return {key: labels[own] for key, own in bare.items()}


def _coloured(panels: Sequence[Panel], names: dict[Key, str]) -> list[Panel]:
    """The panels with these labels; a probe of the same label has the same colour in all."""
    shown = [one for panel in panels for one in panel.series if one.key[:-1] in names]
    labels = dict.fromkeys(names[one.key[:-1]] for one in shown)
    places = {label: at for at, label in enumerate(labels)}

    def renamed(one: Series) -> Series:
        label = names.get(one.key[:-1])
        if label is None or one.index == OF_SEVERAL:
            return one
        return replace(one, label=label, index=places[label])

    return [replace(panel, series=tuple(map(renamed, panel.series))) for panel in panels]
