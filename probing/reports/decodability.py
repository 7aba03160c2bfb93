"""The decodability curves of a run: scores by layer with intervals, beside their controls."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

import polars as pl

from probing.metric_names import METRICS, default_metric
from probing.reports.charts import CONTROL, OWN, Chart, Curve, Part, Point, Table, told

PROBE = ("site", "pooler", "classifier")
MOST = 5  # probes of one figure: more cannot be told apart


def decodability(results: pl.DataFrame, run: str, metric: str = "") -> Iterator[Part]:
    """A part for each dataset and model of a frame of results, and of five probes at most."""
    tasks = results.filter(pl.col("control") == "")
    named = tasks.unique(["dataset", "trained_on", "model"], maintain_order=True)
    for one in named.iter_rows(named=True):
        own = {key: one[key] for key in ("dataset", "trained_on", "model")}
        rows = results.filter(
            pl.col("dataset") == own["dataset"],
            pl.col("trained_on") == own["trained_on"],
            pl.col("model").is_in([own["model"], ""]),
        )
        chosen = metric or default_metric(one["task"])
        yield from _of_model(rows, own, run, chosen)


def _of_model(rows: pl.DataFrame, own: dict[str, str], run: str, metric: str) -> Iterator[Part]:
    probes = rows.filter(pl.col("control") == "").select(PROBE).unique(maintain_order=True).rows()
    for start in range(0, len(probes), MOST):
        lot = probes[start : start + MOST]
        yield _part(rows, own, run, metric, lot, len(probes) > MOST)


def _part(
    rows: pl.DataFrame,
    own: dict[str, str],
    run: str,
    metric: str,
    probes: Sequence[tuple[str, ...]],
    is_lot: bool,
) -> Part:
    curves, levels = list[Curve](), dict[str, float]()
    for at, probe in enumerate(probes):
        for control, part in _beside(rows, probe):
            label = _label(probe, probes, control)
            with_layer = part.filter(pl.col("layer").is_not_null())
            if with_layer.is_empty():
                value = part[metric][0]
                if value is not None:
                    levels.setdefault(label, value)
                continue
            points = tuple(_points(with_layer, metric))
            if points:
                curves.append(Curve(label, points, at, CONTROL if control else OWN))
    of = (
        f"{own['dataset']}, trained on {own['trained_on']}" if own["trained_on"] else own["dataset"]
    )
    title = f"Decodability: {of} in {own['model']}" + (f" ({_names(probes)})" if is_lot else "")
    where = f"dataset={own['dataset']} model={own['model']}"
    command = f"probe-tui results --run {shlex.quote(run)} --where {shlex.quote(where)}"
    chart = Chart(tuple(curves), "layer", METRICS[metric].title, levels) if curves else None
    return Part(title, _notes(rows, metric), chart, _table(rows, probes, metric), command)


def _beside(rows: pl.DataFrame, probe: tuple[str, ...]) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of a probe, then of each of its controls; those of every probe among them."""
    same = [pl.col(key).is_in([value, ""]) for key, value in zip(PROBE, probe, strict=True)]
    for part in rows.filter(*same).sort("control").partition_by("control", maintain_order=True):
        yield part["control"][0], part


def _label(probe: tuple[str, ...], probes: Sequence[tuple[str, ...]], control: str) -> str:
    parts = [
        value for at, value in enumerate(probe) if len({other[at] for other in probes}) > 1
    ] or [probe[-1]]
    name = " ".join(parts)
    if not control:
        return name
    told_control = control.replace("_", " ")
    return f"{name}: {told_control}" if len(probes) > 1 else told_control


def _names(probes: Sequence[tuple[str, ...]]) -> str:
    return "; ".join(" ".join(probe) for probe in probes)


def _points(part: pl.DataFrame, metric: str) -> Iterator[Point]:
    for row in part.sort("layer").iter_rows(named=True):
        if row[metric] is not None:
            low, high = row[f"{metric}_low"], row[f"{metric}_high"]
            yield Point(row["layer"], row[metric], low, high)


def _notes(rows: pl.DataFrame, metric: str) -> tuple[str, ...]:
    own = rows.filter(pl.col("control") == "")
    n, groups, n_folds = (_most(own, name) for name in ("n_texts", "n_groups", "n_folds"))
    grouped = f" in {groups:,} groups" if groups and groups != n else ""
    positive = own["positive"].drop_nulls().unique(maintain_order=True).to_list()
    first = f"{METRICS[metric].title} on {n:,} held-out texts{grouped}"
    first += f", {n_folds} folds; bars are 95 % intervals of each layer by itself."
    told_class = f"Class 1 is “{positive[0]}”." if positive and positive[0] else ""
    best = _best(own, metric)
    return tuple(line for line in (first, told_class, best) if line)


def _most(rows: pl.DataFrame, name: str) -> int:
    return max((one for one in rows[name].to_list() if one is not None), default=0)


def _best(own: pl.DataFrame, metric: str) -> str:
    """Which layers cannot be told from the best, of a single probe."""
    if own.select(PROBE).unique().height != 1 or f"{metric}_best" not in own.columns:
        return ""
    layers = own.filter(pl.col(f"{metric}_best") > 0)["layer"].drop_nulls().sort().to_list()
    if not layers:
        return ""
    return f"Layers that cannot be told from the best: {_ranges(layers)}."


def _ranges(layers: Sequence[int]) -> str:
    """Layers in order, those that follow one another as `3–5`."""
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}–{one[-1]}" for one in runs)


def _table(rows: pl.DataFrame, probes: Sequence[tuple[str, ...]], metric: str) -> Table:
    """A row for each probe and layer, with its controls beside it."""
    controls = [one for one in rows["control"].unique(maintain_order=True).sort() if one]
    head = (*PROBE, "layer", metric, *(one.replace("_", " ") for one in controls), "n", "flags")
    found = []
    for probe in probes:
        parts = dict(_beside(rows, probe))
        own = parts.get("")
        if own is None:
            continue
        for row in own.sort("layer", nulls_last=True).iter_rows(named=True):
            beside = (_at(parts.get(one), row["layer"], metric) for one in controls)
            layer = "" if row["layer"] is None else str(row["layer"])
            n = str(row["n_texts"] or "")
            found.append((*probe, layer, _cell(row, metric), *beside, n, row["flags"] or ""))
    return Table(head, tuple(found))


def _at(part: pl.DataFrame | None, layer: int | None, metric: str) -> str:
    if part is None:
        return ""
    there = part.filter(pl.col("layer").eq_missing(layer) | pl.col("layer").is_null())
    return _cell(there.row(0, named=True), metric) if there.height else ""


def _cell(row: dict[str, float], metric: str) -> str:
    return told(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])
