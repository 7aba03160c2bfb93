"""Scores in rows and columns: layers × poolers, models × datasets, trained on × tested on …"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from probing.metric_names import METRICS
from tui.plot.along.x_axes import NAMED, family_key
from tui.plot.comparisons.transfers import ARROW
from tui.plot.levels_beside import chance_of, controls_by_probe
from tui.plot.pictures.picture import Grid
from tui.plot.series import PARTS, Key, Point, Series, common_parts
from tui.texts.names import shown_name

LAYER, TRAINED, TESTED = "layer", "trained on", "tested on"
OFFERED = (
    (LAYER, "pooler"),
    (LAYER, "position"),
    (LAYER, "site"),
    (LAYER, "classifier"),
    (LAYER, "dataset"),
    (LAYER, "model"),
    ("model", "dataset"),
    (TRAINED, TESTED),
)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
DATASET = PARTS.index("dataset")
Cells = Mapping[tuple[str, str], tuple[Series, Point | None]]


def grids_in(series: Sequence[Series], focus: Key) -> list[tuple[str, str]]:
    """The rows and columns of which a grid around a series has several columns."""
    found = []
    for rows_by, columns_by in OFFERED:
        kept = _beside(series, focus, rows_by, columns_by)
        n_rows = len({_name(one, rows_by) for one in kept}) if rows_by != LAYER else 2
        n_columns = len({_name(one, columns_by) for one in kept})
        if n_columns > 1 and n_rows > 1:
            found.append((rows_by, columns_by))
    return found


def grid_of(
    series: Sequence[Series],
    focus: Key,
    by: tuple[str, str],
    metric: str,
    layer: int | None = None,
) -> Grid:
    """The grid around a series: of those that differ from it in the rows and the columns alone.

    Where the rows are no layers, a cell is at `layer`, or at the highest layer of its series with
    the band over all layers. Of transfers it is the layer that is best for what is trained on.
    """
    rows_by, columns_by = by
    kept = _beside(series, focus, rows_by, columns_by)
    columns = list(dict.fromkeys(_name(one, columns_by) for one in kept))
    if columns_by == "position":
        columns.sort(key=float)
    elif len({NUMBER.sub("", name) for name in columns}) == 1:  # checkpoints, sizes of a probe
        columns.sort(key=lambda name: [float(one) for one in NUMBER.findall(name)])
    cells = _cells(kept, rows_by, columns_by, metric, layer)
    rows = list(dict.fromkeys(row for row, _ in cells))
    if rows_by == LAYER:
        rows.sort(key=_number)
    beside = controls_by_probe(series, [one.key for one in kept])
    table = [[cells.get((row, column)) for column in columns] for row in rows]
    same = [part for part in PARTS[1:-1] if part not in _parts_of(by)]
    return Grid(
        rows_by,
        columns_by,
        tuple(map(shown_name, rows)),
        tuple(map(shown_name, columns)),
        tuple(tuple(cell[1] if cell else None for cell in row) for row in table),
        tuple(tuple(cell[0].key if cell else None for cell in row) for row in table),
        tuple(tuple(_controls(cell, beside) for cell in row) for row in table),
        " · ".join(name for name in common_parts(kept, same) if name),
        _note(rows_by, layer, kept),
        chance_of(kept, beside, metric),
    )


def _parts_of(by: tuple[str, str]) -> list[str]:
    """The parts of a key that rows and columns tell."""
    parts = {"position": "pooler", TRAINED: "dataset", TESTED: "dataset"}
    return [parts.get(one, one) for one in by]


def _beside(series: Sequence[Series], focus: Key, rows_by: str, columns_by: str) -> list[Series]:
    """The tasks that differ from a series in what the rows and columns tell alone."""
    by = (rows_by, columns_by)
    loose = {PARTS.index(part) for part in _parts_of(by) if part in PARTS} | {len(PARTS) - 1}
    is_position = "position" in by
    focus = _positioned(series, focus) if is_position else focus
    own = _family(focus) if is_position else focus
    if is_position:
        loose.discard(PARTS.index("pooler"))
    found = []
    for one in series:
        if one.control or (is_position and NAMED["position"].number(one.key[4]) is None):
            continue
        if TRAINED not in by and ARROW in one.key[DATASET] and one.key[DATASET] != focus[DATASET]:
            continue
        key = _family(one.key) if is_position else one.key
        if all(key[at] == own[at] for at in range(len(PARTS)) if at not in loose):
            found.append(one)
    if TRAINED in by and not any(ARROW in one.key[DATASET] for one in found):
        return []
    return found


def _positioned(series: Sequence[Series], focus: Key) -> Key:
    """A series that takes one position, and is else as `focus`, which may take all tokens."""
    at, number = PARTS.index("pooler"), NAMED["position"].number
    alike = [focus, *(one.key for one in series if not one.control)]
    return next(
        (
            key
            for key in alike
            if number(key[at]) is not None
            and all(key[part] == focus[part] for part in range(len(PARTS) - 1) if part != at)
        ),
        focus,
    )


def _family(key: Key) -> Key:
    return family_key(key, NAMED["position"])


def _name(one: Series, by: str) -> str:
    """What a series is called in the rows or columns."""
    if by == "position":
        return f"{NAMED['position'].number(one.key[PARTS.index('pooler')]):g}"
    if by in (TRAINED, TESTED):
        trained, arrow, tested = one.key[DATASET].partition(ARROW)
        return trained if by == TRAINED or not arrow else tested
    return one.key[PARTS.index(by)] if by in PARTS else ""


def _cells(
    kept: Sequence[Series], rows_by: str, columns_by: str, metric: str, layer: int | None
) -> Cells:
    found: dict[tuple[str, str], tuple[Series, Point | None]] = {}
    layers = _trained_layers(kept, metric) if rows_by == TRAINED else {}
    for one in kept:
        column = _name(one, columns_by)
        if rows_by == LAYER:
            for point in one.points:
                found[one.place(point), column] = one, point
        elif rows_by == TRAINED:
            at = layers.get(_name(one, TRAINED), layer)
            found[_name(one, TRAINED), column] = one, one.flat or _at(one, at)
        else:
            own = _highest(one, metric) if layer is None else one.at(layer)
            found[_name(one, rows_by), column] = one, one.flat or own
    return found


def _at(one: Series, layer: int | None) -> Point | None:
    xs = one.xs
    if layer is None and xs:
        layer = xs[len(xs) // 2]
    return None if layer is None else one.at(layer)


def _highest(one: Series, metric: str) -> Point:
    """The highest point of a series; since it was picked for its score, with the band."""
    sign = 1 if METRICS[metric].higher_is_better else -1
    point = max(one.points, key=lambda point: sign * point.value)
    low, high = point.bounds(together=True)
    return replace(point, low=low, high=high)


def _trained_layers(kept: Sequence[Series], metric: str) -> dict[str, int]:
    """For each dataset the layer that is best by its own folds; what others score has no part."""
    own = [one for one in kept if ARROW not in one.key[DATASET] and one.xs]
    found = {one.key[DATASET]: _highest(one, metric).layer for one in own}
    return {name: layer for name, layer in found.items() if layer is not None}


def _controls(
    cell: tuple[Series, Point | None] | None, beside: Mapping[Key, Sequence[Series]]
) -> tuple[tuple[str, float], ...]:
    one, point = cell or (None, None)
    if one is None or point is None:
        return ()
    found = []
    for control in beside.get(one.key, ()):
        level = control.flat or (control.at(point.layer) if point.layer is not None else None)
        if level is not None:
            found.append((control.label_of_control, level.value))
    return tuple(found)


def _number(name: str) -> int:
    return int(name) if name.lstrip("-").isdigit() else -1


def _note(rows_by: str, layer: int | None, kept: Sequence[Series]) -> str:
    if rows_by == LAYER:
        return ""
    if rows_by == TRAINED:
        own = {_name(one, TRAINED) for one in kept if ARROW not in one.key[DATASET]}
        others = {_name(one, TRAINED) for one in kept} - own
        rest = "; of the others the middle layer" if others and layer is None else ""
        return (
            "the layer of a row is the best of what it is trained on, by its own folds, so that "
            f"its own score was picked and the others were not{rest}"
        )
    if layer is not None:
        return f"layer {layer}"
    has_bands = any(point.band_low is not None for one in kept for point in one.points)
    band = ", with the band over all layers" if has_bands else ", picked for its score"
    return f"the highest layer of each{band}"
