"""What steering changed, as printed: a table by scale, curves by layer, texts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from probing.interventions.steered_rows import Steered
from tui.console import output
from tui.plot.comparisons.effect_cells import told_mean, told_range
from tui.plot.comparisons.effects import draw_effects
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable

HEIGHT = 18
MOST_TEXTS = 3
WIDEST = 400  # characters of a text that is shown
CONTROLS = {"random": "random", "shuffled_labels": "shuffled"}
EFFECTS = ("log_odds_change", "score_change", "kl")
TITLES = {
    "log_odds": "log odds",
    "log_odds_change": "change of the log odds",
    "score_change": "change of the probe's score at the last layer",
    "kl": "KL divergence of the next token (nats)",
}


def print_steered(found: Steered) -> None:
    """Print the table, a plot where there are several layers, and some of the texts."""
    rows = found.rows()
    if rows["layer"].n_unique() > 1:
        _print_curves(rows, found)
    output.write_table(_table(rows, found))
    if found.request.max_new:
        _print_texts(found)


def _table(rows: pl.DataFrame, found: Steered) -> TextTable:
    """A row for each layer and scale; what the random directions do stands beside it."""
    measures = [name for name in ("log_odds", *EFFECTS, "perplexity") if name in rows["measure"]]
    layers, own = rows["layer"].unique(maintain_order=True).to_list(), _by_place(rows, found)
    shown = ["layer"] * (len(layers) > 1) + ["scale"]
    effect = next(name for name in EFFECTS if name in measures)
    controls = [name for name in CONTROLS if name in rows["control"]]
    beside = [*(CONTROLS[name] for name in controls), *["beats"] * bool(controls)]
    names = [*shown, *(_head(name) for name in measures), *beside]
    table = output.plain_table(*names, right=tuple(names))
    for (layer, scale), values in own.items():
        cells = [str(layer)] * (len(layers) > 1) + [_scale(scale)]
        cells += [told_mean(values.get(name)) for name in measures]
        part = rows.filter(layer=layer, scale=scale, measure=effect)
        table.add_row(*cells, *_beside(part, controls, values.get(effect)))
    first = rows.row(0, named=True)
    n, n_groups = len(found.done), len(set(found.request.groups))
    groups = "" if n_groups == len(found.request.groups) else f" in {counted(n_groups, 'group')}"
    probe, model = clean(first["probe"]), clean(first["model"])
    table.title = f"{probe} · {first['site']} of {model} · {counted(n, 'prompt')}{groups}"
    table.caption = "\n".join(_caption(found, effect))
    return table


def _caption(found: Steered, effect: str) -> Iterator[str]:
    at = found.request.layers[0] if len(found.request.layers) == 1 else "each layer"
    yield f"added at layer {at}" if at != "each layer" else "added at one layer at a time"
    yield "[…]: 95 % interval over prompts, those of a group as one"
    yield "scale: standard deviations of the training rows along the direction"
    if found.request.choices:
        first, *others = (repr(one) for one in found.request.choices)
        against = " or ".join(others) or "all other tokens"
        yield f"log odds: of {clean(first)} against {clean(against)} as the next token"
    n, shuffled = found.request.n_random, found.request.n_shuffled
    if n:
        told = counted(n, "random direction")
        yield f"random: {TITLES[effect]}, least and most of {told} of the same norm"
    if shuffled:
        told = counted(shuffled, "probe")
        yield f"shuffled: likewise, along {told} fitted to shuffled labels"
    if n or shuffled:
        yield "beats: how many of these change it less"
    if found.request.max_new:
        yield "perplexity: of what is generated, under the model without steering"


def _by_place(rows: pl.DataFrame, found: Steered) -> dict[tuple[int, float], dict[str, Any]]:
    """The rows of the probe's own direction by layer and scale, those of one scale together."""
    places: dict[tuple[int, float], dict[str, Any]] = {}
    own = rows.filter(control="").sort("layer", "scale", maintain_order=True)
    for row in own.iter_rows(named=True):
        values = places.setdefault((row["layer"], row["scale"]), {})
        values[row["measure"]] = row  # of scores the deepest layer, which is the last
    return places


def _beside(part: pl.DataFrame, controls: Sequence[str], own: Any) -> list[str]:
    """The range of each control, and how many of all their draws change less than `own`."""
    if own is None or own["value"] is None:
        return [""] * (len(controls) + bool(controls))
    last = part.filter(pl.col("read_layer").eq_missing(own["read_layer"]))
    draws = [last.filter(control=name)["value"].drop_nulls().to_list() for name in controls]
    every = [value for values in draws for value in values]
    n_beaten = sum(abs(value) < abs(own["value"]) for value in every)
    beats = f"{n_beaten}/{len(every)}" if every else ""
    return [*(told_range(values) for values in draws), *[beats] * bool(controls)]


def _scale(scale: float) -> str:
    return f"{scale:+g}" if scale else "0"


def _head(measure: str) -> str:
    return {
        "log_odds": "log odds",
        "log_odds_change": "change",
        "score_change": "probe's score",
        "kl": "KL",
    }.get(measure, measure)


def _print_curves(rows: pl.DataFrame, found: Steered) -> None:
    effect = "log_odds_change" if found.request.choices else "score_change"
    width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
    scale = found.request.largest_scale
    told = f"{TITLES[effect]} by layer, scale {scale:+g}"
    last = rows.filter(measure=effect, scale=scale)
    if effect == "score_change":
        last = last.filter(pl.col("read_layer") == pl.col("read_layer").max())
    print(draw_effects(last, told, width, HEIGHT, ascii=looks[0], colour=looks[1]))
    print()


def _print_texts(found: Steered) -> None:
    """Some prompts with what follows them at each scale, at the probe's own layer."""
    texts = found.texts().filter(control="", layer=found.request.layers[0])
    prompts = texts["prompt"].unique(maintain_order=True)
    for prompt in prompts[:MOST_TEXTS]:
        output.write_text(f"\n{clean(prompt, WIDEST)}")
        for row in texts.filter(prompt=prompt).sort("scale").iter_rows(named=True):
            text = " ".join(row["text"].split())
            output.write_text(f"{_scale(row['scale']):>6}  {clean(text, WIDEST)}")
    if len(prompts) > MOST_TEXTS:
        left = counted(len(prompts) - MOST_TEXTS, "more prompt")
        output.write_text(f"\n{left}: texts.parquet in its folder")
