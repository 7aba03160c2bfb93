"""What interventions along the probes of a run changed: curves, heatmaps and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from probing.interventions.erased_rows import Erased
from probing.interventions.explained_rows import TEXTS, Explained
from probing.interventions.patched_rows import Patched
from probing.interventions.steered_rows import Steered
from probing.reports.charts import Chart, Curve, Heat, Part, Table, curves_by, told
from probing.reports.commands import command_of
from probing.reports.kept_interventions import Kept

CONTROLS = {
    "": "the probe's direction",
    "random": "random directions",
    "shuffled_labels": "probes of shuffled labels",
    "other_text": "texts of other pairs",
}
ERASERS = {
    "none": "the model as it is",
    "leace": "LEACE",
    "mean": "mean projection",
    "random": "random subspaces",
}
UNITS = {
    "log_odds": "log odds (nats)",
    "log_odds_change": "change of the log odds (nats)",
    "score_change": "change of the probe's score",
    "kl": "KL divergence (nats)",
    "perplexity": "perplexity",
    "accuracy": "accuracy of a new probe",
    "accuracy_change": "change of the accuracy",
    "training_accuracy": "accuracy on training texts",
    "r2": "R² of a new probe",
    "r2_change": "change of R²",
    "training_r2": "R² on training texts",
    "loss": "loss (nats a token)",
    "loss_change": "change of the loss (nats a token)",
    "recovered": "recovered of the twin's answer",
    "separation": "difference of means (standard deviations)",
    "class_mean": "class mean (standard deviations)",
}
_INTERVALS = "Bars are 95 % intervals; those of controls go from the least to the most draw."


def causal(kept: Kept) -> Iterator[Part]:
    """The parts of an intervention: its figures with their numbers."""
    rows = kept.outcome.rows()
    if rows["value"].drop_nulls().is_empty():
        return
    match kept.outcome:
        case Steered():
            parts = _steered(kept.outcome, rows)
        case Erased():
            parts = _erased(rows, kept.outcome.score)
        case Patched():
            parts = _patched(kept.outcome, rows)
        case Explained():
            parts = _explained(kept.outcome, rows)
    for title, notes, chart, table in parts:
        left = () if kept.is_whole else ("Not all of it is done: the command goes on.",)
        yield Part(title, (*notes, *left), chart, table, command_of(kept))


Made = tuple[str, tuple[str, ...], Chart | Heat | None, Table]


def _steered(found: Steered, rows: pl.DataFrame) -> Iterator[Made]:
    """By layer where several were steered, and by scale at the layer of the probe."""
    request, probe = found.request, rows["probe"][0]
    measure = "log_odds_change" if request.choices else "score_change"
    last = rows.filter(
        pl.col("read_layer").is_null() | (pl.col("read_layer") == pl.col("read_layer").max())
    )
    effect = last.filter(measure=measure)
    first, *others = (repr(one) for one in request.choices) if request.choices else ("",)
    against = f" of {first} against {' or '.join(others) or 'all other tokens'}" if first else ""
    n = f"{len(found.done)} prompts. {_INTERVALS}"
    keys = ("layer", "scale")
    if len(request.layers) > 1:
        table = _table(last, keys, "control", CONTROLS, measure)
        scale = request.largest_scale
        curves = curves_by(effect.filter(scale=scale), "control", "layer", CONTROLS, [""])
        chart = Chart(curves, "layer that is steered", UNITS[measure], zero=True)
        title = f"Steering along {probe}: by layer, scale {scale:+g}"
        yield title, (f"{UNITS[measure].capitalize()}{against}, {n}",), chart, table
    at = effect.filter(layer=request.layers[0])
    plain = at.filter(scale=0.0)
    every = [plain.with_columns(control=pl.lit(one)) for one in at["control"].unique() if one]
    curves = curves_by(pl.concat([at, *every]), "control", "scale", CONTROLS, [""])
    x = "scale (standard deviations of the training rows)"
    table = _table(last.filter(layer=request.layers[0]), keys, "control", CONTROLS, measure)
    chart = Chart(curves, x, UNITS[measure], whole=False, zero=True)
    title = f"Steering along {probe}: by scale, at layer {request.layers[0]}"
    yield title, (f"{UNITS[measure].capitalize()}{against}, {n}",), chart, table


def _erased(rows: pl.DataFrame, score: str) -> Iterator[Made]:
    probe = rows["probe"][0]
    accuracy = rows.filter(measure=score)
    own = [one for one in ERASERS if one != "random"]
    table = _table(rows, ("layer", "read_layer"), "edit", ERASERS, score)
    edited = accuracy.filter(pl.col("edit") != "none")["layer"].drop_nulls().unique()
    new = "logistic" if score == "accuracy" else "ridge"
    notes = (f"A new {new} regression on held-out texts, {_n(accuracy)}. {_INTERVALS}",)
    if len(edited) > 1:
        here = rows.filter(pl.col("layer") == pl.col("read_layer"), measure=f"{score}_change")
        curves = curves_by(here, "edit", "layer", ERASERS, own)
        chart = Chart(curves, "layer that is erased", UNITS[f"{score}_change"], zero=True)
        yield f"Erasing the concept of {probe}: at one layer at a time", notes, chart, table
        return
    curves = curves_by(accuracy, "edit", "read_layer", ERASERS, own)
    where = f"layer {edited[0]}" if len(edited) else "all layers"
    chart = Chart(curves, "layer that is read", UNITS[score])
    yield f"Erasing the concept of {probe} at {where}", notes, chart, table
    losses = rows.filter(pl.col("read_layer").is_null(), measure="loss_change")
    if losses.height:
        table = _table(losses.with_columns(layer=pl.lit(None)), ("layer",), "edit", ERASERS)
        told_of = f"Mean over held-out texts, {_n(losses)}."
        yield f"Erasing the concept of {probe} at {where}: the loss", (told_of,), None, table


def _patched(found: Patched, rows: pl.DataFrame) -> Iterator[Made]:
    probe = rows["probe"][0]
    what = "the part along the probe's direction" if found.request.along else "activations"
    left_out = len(found.done) - len(found.pairs)
    notes = (
        f"{len(found.pairs)} pairs, {left_out} left out; {what} replaced by those of the twin. "
        "0 is the text's own answer, 1 that of its twin.",
    )
    single = rows.filter(pl.col("position").is_not_null(), control="")
    positions = single["position"].unique().sort().to_list()
    layers = single["layer"].unique().sort().to_list()
    values = {(row["layer"], row["position"]): row["value"] for row in single.iter_rows(named=True)}
    heat = Heat(
        [[values.get((layer, at)) for at in positions] for layer in layers],
        [str(layer) for layer in layers],
        [_token(found, at) for at in positions],
        "token" if found.has_one_length else "token, counted from the last",
        "layer that is patched",
        UNITS["recovered"],
    )
    table = _table(single, ("layer", "position"), "control", CONTROLS)
    yield f"Patching along {probe}: by layer and token", notes, heat, table
    whole = rows.filter(pl.col("position").is_null())
    curves = curves_by(whole, "control", "layer", {**CONTROLS, "": "all tokens"}, [""])
    chart = Chart(curves, "layer that is patched", UNITS["recovered"], zero=True)
    table = _table(whole, ("layer",), "control", {**CONTROLS, "": "all tokens"})
    yield f"Patching along {probe}: all tokens of a layer", (*notes, _INTERVALS), chart, table


def _token(found: Patched, position: int) -> str:
    if not found.has_one_length:
        return str(position)
    return str(found.pairs[0][1]["tokens"][position]).strip() or "·"


def _explained(found: Explained, rows: pl.DataFrame) -> Iterator[Made]:
    """Class means by layer; the least and the most of random directions beside them."""
    apart = rows.filter(measure="separation")
    rows = rows.filter(measure="class_mean")
    own = rows.filter(control="")
    names: dict[str, str] = dict.fromkeys(own["class"].unique(), "")
    names = {name: name for name in names}
    curves = list(curves_by(own, "class", "read_layer", names, list(names)))
    random = rows.filter(control="random").with_columns(pl.lit("random").alias("class"))
    beside = {"random": "random directions, any class"}
    for curve in curves_by(random, "class", "read_layer", beside, []):
        curves.append(Curve(curve.label, curve.points, len(curves), curve.kind))
    chart = Chart(tuple(curves), "layer", UNITS["class_mean"], zero=True)
    table = _table(own, ("read_layer",), "class", names)
    whose = TEXTS[found.fitted]
    notes = (f"Projection on the probe's direction, {_n(own)}, {whose}. {_INTERVALS}",)
    yield f"Class means along {rows['probe'][0]} by layer", notes, chart, table
    named = found.request.class_name
    yield from _separated(apart.filter(pl.col("class") == named) if named else apart, notes)


def _separated(apart: pl.DataFrame, notes: tuple[str, ...]) -> Iterator[Made]:
    """How far a class is apart by layer, beside random directions."""
    inside = "The difference of the means is in standard deviations inside the classes."
    for part in apart.partition_by("class", maintain_order=True)[:1]:
        curves = curves_by(part, "control", "read_layer", CONTROLS, [""])
        chart = Chart(curves, "layer", UNITS["separation"], zero=True)
        table = _table(part, ("read_layer",), "control", CONTROLS)
        title = f"How far “{part['class'][0]}” lies from the other classes along"
        yield f"{title} {part['probe'][0]}", (*notes, inside), chart, table


def _n(rows: pl.DataFrame) -> str:
    n, groups = (max(rows[name].to_list(), default=0) for name in ("n", "n_groups"))
    return f"{n} texts" + (f" in {groups} groups" if groups != n else "")


def _table(
    rows: pl.DataFrame, keys: tuple[str, ...], by: str, names: dict[str, str], first: str = ""
) -> Table:
    """A row for each measure, the `first` one first, and place; a column for each value of `by`."""
    keys = tuple(key for key in keys if rows[key].drop_nulls().len())
    columns = [one for one in names if one in rows[by].unique().to_list()]
    cells: dict[tuple[Any, ...], dict[str, pl.DataFrame]] = {}
    for part in rows.partition_by(*keys, "measure", by, maintain_order=True):
        own = part.row(0, named=True)
        place = (own["measure"], *(own[key] for key in keys))
        cells.setdefault(place, {})[own[by]] = part
    head = ("measure", *(key.replace("_", " ") for key in keys), *(names[one] for one in columns))
    places = sorted(
        cells, key=lambda place: (place[0] != first, place[0], [one or 0 for one in place[1:]])
    )
    return Table(
        head,
        tuple(
            (
                UNITS.get(place[0], place[0]),
                *("" if one is None else f"{one:g}" for one in place[1:]),
                *(_cell(cells[place].get(one)) for one in columns),
            )
            for place in places
        ),
    )


def _cell(part: pl.DataFrame | None) -> str:
    """A mean with its interval, of several draws the least and the most."""
    if part is None:
        return ""
    if part.height > 1:
        values = part["value"].drop_nulls()
        ends = (float(values.min()), float(values.max())) if len(values) else ()  # type: ignore[arg-type]
        return f"{told(ends[0])} … {told(ends[1])}" if ends else ""
    row = part.row(0, named=True)
    return told(row["value"], row["low"], row["high"])
