"""The rows of the list of saved probes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probing.metric_names import METRICS
from probing.probes import Card
from probing.probes.lookup import SavedProbe
from tui.probes.scores import best_control, is_chosen, score_of
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

CHOSEN = "✓"  # before the layer that `select` chose
PARTS = ("dataset", "model", "site", "pooler", "classifier", "run")
_LEAST = {"dataset": 8, "site": 5, "pooler": 6, "classifier": 8}
_RANKS = {"dataset": 0, "model": 3, "site": 1, "pooler": 1, "classifier": 1, "run": 4}


@dataclass(frozen=True)
class Listing:
    """The list: its columns and rows, and what all probes share."""

    columns: tuple[Column, ...]
    rows: list[Row]
    shared: tuple[str, ...]


def query_row(one: SavedProbe, tags: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """What the filter sees of a probe; `tags` has those of its run."""
    card = one.card
    known: dict[str, Any] = {"run": one.run, "probe": one.name, "error": one.error}
    known["tag"] = tags.get(one.run, ())
    if card is None:
        return {**dict.fromkeys(_FILTERED), **known}
    metric, score = score_of(card)
    control, beside = best_control(card)
    place = card.place
    return {
        **known,
        "dataset": card.dataset.name,
        "model": card.model.name,
        "task": card.task,
        "site": place.site,
        "pooler": place.label,
        "layer": place.layer,
        "classifier": card.classifier.name,
        "fold": card.fold,
        "kind": card.kind,
        "metric": metric,
        "score": score.value,
        "control": control,
        "control_score": beside.value,
        "chosen": "yes" if is_chosen(card) else "",
        "n": card.score.n_texts,
    }


_FILTERED = (
    "dataset", "model", "task", "site", "pooler", "layer", "classifier", "fold", "kind", "metric",
    "score", "control", "control_score", "chosen", "n",
)  # fmt: skip


def listing_of(probes: Sequence[SavedProbe], marked: Collection[tuple[str, ...]]) -> Listing:
    """A row for each probe; `*` before those that are marked."""
    known = [_named(one) for one in probes if one.card is not None]
    values = {part: dict.fromkeys(one[part] for one in known) for part in PARTS}
    differ = [part for part in PARTS if len(values[part]) > 1 or part == "dataset"]
    has_chosen = any(one.card is not None and is_chosen(one.card) for one in probes)
    metrics = list(dict.fromkeys(score_of(one.card)[0] for one in probes if one.card))
    columns = [
        *map(_column, differ),
        *_of_scores(metrics),
    ]
    rows = [_row(one, differ, marked, len(columns), len(metrics) > 1) for one in probes]
    shared = [next(iter(own)) for part, own in values.items() if part not in differ and own]
    shared += [f"{CHOSEN} chosen by select"] if has_chosen else []
    return Listing(tuple(columns), rows, tuple(shared))


def _of_scores(metrics: Sequence[str]) -> tuple[Column, ...]:
    title = METRICS[metrics[0]].title if len(metrics) == 1 else "score"
    return (
        Column("layer", 5, right=True),
        Column(title, 15),
        Column("best control", 15),
        Column("which", 8, rank=2),
        Column("n", 4, right=True, rank=2),
    )


def _column(part: str) -> Column:
    is_long = part in ("model", "run", "classifier")
    return Column(part, _LEAST.get(part, 8), middle=is_long, rank=_RANKS[part])


def _named(one: SavedProbe) -> dict[str, str]:
    """The parts of a probe as they are shown."""
    card = one.card
    if card is None:
        return {**dict.fromkeys(PARTS, ""), "dataset": clean(one.name),
                "run": clean(one.run)}  # fmt: skip
    told = {
        "dataset": card.dataset.name,
        "model": card.model.name,
        "site": card.place.site,
        "pooler": card.place.label,
        "classifier": card.classifier.name,
        "run": one.run,
    }
    return {part: shown_name(value) for part, value in told.items()}


def is_of_fold(one: SavedProbe) -> bool:
    """Whether it is the probe of a fold, of which a run may have saved many."""
    return one.card is not None and one.card.fold is not None


def key_of(one: SavedProbe) -> tuple[str, ...]:
    """What names a probe among all."""
    return one.run, one.name


def _row(
    one: SavedProbe,
    parts: Sequence[str],
    marked: Collection[tuple[str, ...]],
    n_cells: int,
    names_metric: bool,
) -> Row:
    key, named, card = key_of(one), _named(one), one.card
    cells = [named[part] for part in parts]
    if card is not None:
        metric, score = score_of(card)
        told = f"{metric} {score}" if names_metric else str(score)
        n = "" if card.score.n_texts is None else f"{card.score.n_texts:,}"
        mark_of_choice = f"{CHOSEN} " if is_chosen(card) else ""
        cells += [f"{mark_of_choice}{layers_of(card)}", told, *control_of(card), n]
    else:
        cells += ["", "damaged"]
    look = "bad" if card is None else "quiet" if card.fold is not None else ""
    filled = [*cells, *[""] * n_cells][:n_cells]
    return Row(key, tuple(map(clean, filled)), look, "*" if key in marked else " ")


def layers_of(card: Card) -> str:
    """The layer that is read, or from where to where, and the fold of one of a fold."""
    layers = card.place.layers
    told = str(layers[0]) if len(layers) == 1 else f"{layers[0]}–{layers[-1]}"
    return told if card.fold is None else f"{told} f{card.fold}"


def control_of(card: Card) -> tuple[str, str]:
    """The score of the best control with its interval, and its name."""
    name, score = best_control(card)
    return (str(score), name.removesuffix("_labels").replace("_", " ")) if name else ("", "")
