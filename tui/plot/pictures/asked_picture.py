"""The picture that is asked for of rows of results: which series, along what, in which panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from probing.errors import SpecError, nearest
from tui.plot.along.learning import over_texts
from tui.plot.along.x_axes import LAYER, NAMES, TEXTS, Along, kinds_of, middle_layer, over
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.drawing.fitting import Fit, Interval
from tui.plot.drawing.scales import Scale, can_be_logit
from tui.plot.grids.around import OFFERED, grid_of, grids_in
from tui.plot.levels_beside import chance_of, controls_by_probe
from tui.plot.panels.multiples import panels_of, parts_that_differ, usual_parts
from tui.plot.pictures.picture import Kind, Panel, Picture
from tui.plot.series import Series, chosen, series_of
from tui.texts.of_runs.plans import counted

MOST_PROBES = 7  # as there are colours
USUAL_COLUMNS = 3


@dataclass(frozen=True)
class Asked:
    """What is asked for; `by` are the rows and columns of a heat map or of panels."""

    kind: Kind
    metric: str
    x: str = LAYER
    by: tuple[str, str] = ("", "")
    layer: int | None = None
    interval: Interval = "whiskers"
    scale: Scale = "linear"
    fit: Fit = "task"


def asked_picture(
    frame: pl.DataFrame, kept: pl.DataFrame, asked: Asked, learned: pl.DataFrame | None = None
) -> tuple[Picture, list[str]]:
    """The picture of the probes in `kept`, with their controls in `frame`, and what to say of it.

    Raises `SpecError` where these rows have no such picture.
    """
    if asked.scale == "logit" and not can_be_logit(asked.metric):
        raise SpecError(f"{asked.metric} is no share", where="--scale", hint="leave --scale out")
    every = series_of(named_transfers(frame), asked.metric)
    keys = {one.key[:-1] for one in series_of(named_transfers(kept), asked.metric)}
    probes = [one for one in every if not one.control and one.key[:-1] in keys]
    if not probes:
        raise SpecError("no probe of these rows has this metric", where="--metric")
    series = _with_controls(every, probes)
    if asked.kind == "heatmap":
        return _heatmap(series, probes, asked)
    if asked.kind == "multiples":
        return _multiples(series, every, asked, learned)
    return _curves(series, every, probes, asked, learned)


def _with_controls(every: Sequence[Series], probes: Sequence[Series]) -> list[Series]:
    """Probes, each followed by its controls; labels and colours made among them."""
    beside = controls_by_probe(every, [one.key for one in probes])
    keys = [key for one in probes for key in (one.key, *(each.key for each in beside[one.key]))]
    return chosen(every, keys)


def _picture(panels: Sequence[Panel], asked: Asked, n_columns: int = 1) -> Picture:
    looks = {"interval": asked.interval, "scale": asked.scale, "fit": asked.fit}
    return Picture(asked.metric, tuple(panels), None, n_columns, **looks)  # type: ignore[arg-type]


def _curves(
    series: Sequence[Series],
    every: Sequence[Series],
    probes: Sequence[Series],
    asked: Asked,
    learned: pl.DataFrame | None,
) -> tuple[Picture, list[str]]:
    notes = []
    placed, along = _placed(series, every, asked, learned)
    first = [one for one in placed if not one.control][:MOST_PROBES]
    n_probes = sum(not one.control for one in placed)
    if len(first) < n_probes:
        placed = _with_controls(placed, first)
        notes.append(
            f"{len(first)} of {counted(n_probes, 'probe')}: choose with --where, or draw all with "
            "--kind multiples"
        )
    chance = chance_of(first, controls_by_probe(placed, [one.key for one in first]), asked.metric)
    return _picture([Panel(tuple(placed), chance, "", along)], asked), notes


def _placed(
    series: Sequence[Series],
    every: Sequence[Series],
    asked: Asked,
    learned: pl.DataFrame | None,
) -> tuple[list[Series], Along | None]:
    """The series along the x axis that is asked for."""
    if asked.x == LAYER:
        return list(series), None
    layer = middle_layer(series, asked.x) if asked.layer is None else asked.layer
    if asked.x == TEXTS:
        found = None if learned is None else over_texts(learned, series, layer)
    else:
        found = over(asked.x, series, every, layer)
    if found is None:
        known = [*kinds_of(series, every), *([TEXTS] if learned is not None else [])]
        there = ", ".join(kind for kind in known if kind != asked.x)
        what = f"these rows have no two values of {NAMES[asked.x]}"
        raise SpecError(what, where=f"--x {asked.x}", hint=f"they have {there}")
    return found


def _heatmap(
    series: Sequence[Series], probes: Sequence[Series], asked: Asked
) -> tuple[Picture, list[str]]:
    offered = {by: one.key for one in reversed(probes) for by in grids_in(probes, one.key)}
    wanted = [
        by
        for by in OFFERED
        if by in offered and all(one in ("", own) for one, own in zip(asked.by, by, strict=True))
    ]
    if not wanted:
        told = ", ".join(f"{rows} × {columns}" for rows, columns in offered) or "none"
        raise SpecError("no such heat map of these rows", hint=f"there are: {told}")
    grid = grid_of(series, offered[wanted[0]], wanted[0], asked.metric, asked.layer)
    others = [f"{rows} × {columns}" for rows, columns in offered if (rows, columns) != wanted[0]]
    notes = [f"other heat maps of these rows: {', '.join(others)}"] if others else []
    return Picture(asked.metric, (), grid), notes


def _multiples(
    series: Sequence[Series],
    every: Sequence[Series],
    asked: Asked,
    learned: pl.DataFrame | None,
) -> tuple[Picture, list[str]]:
    differ = parts_that_differ(series)
    for part in asked.by:
        if part and part not in differ:
            hint = nearest(part, differ) or f"they differ in {', '.join(differ) or 'nothing'}"
            raise SpecError(f"these rows do not differ in {part}", where="--rows", hint=hint)
    usual = usual_parts(series)
    by = asked.by if any(asked.by) else usual
    if not by[0]:
        by = (by[1], "")
    placed, along = _placed(series, every, asked, learned)
    panels, n_columns = panels_of(placed, by, asked.metric)
    panels = [Panel(one.series, one.chance, one.title, along) for one in panels]
    return _picture(panels, asked, n_columns or min(len(panels), USUAL_COLUMNS)), []
