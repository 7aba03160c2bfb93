"""The lines around a heatmap of tokens: whose it is, what is known, what the cursor reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from probing.probes import Card
from tui.probes.tokens.heat_of_text import HeatOfText, unit_of, verdict
from tui.probes.tokens.held_out_texts import HeldOutText
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean

_LOOKS = {True: "green", False: "red", None: ""}


def title_of(cards: Sequence[Card]) -> str:
    """Which probes they are, and of which layers."""
    card, layers = cards[0], [one.place.layers[0] for one in cards]
    told = f"layers {layers[0]}–{layers[-1]}" if len(layers) > 1 else f"layer {layers[0]} alone"
    parts = (card.dataset.name, shown_name(card.model.name), card.place.site, card.place.label)
    return clean(" · ".join([*parts, card.classifier.name, told]))


def typed_line(card: Card, n_texts: int, order: str) -> Text:
    """Of a text that is typed: what is put around it, and what can be stepped through."""
    name = clean(card.dataset.name)
    template = f", in the template of {name}" if card.dataset.wording.get("template") else ""
    steps = f" · Esc, n: the {n_texts:,} texts of {name}, {order}" if n_texts else ""
    return Text(f"typed text{template}{steps}", style="dim")


def held_out_line(at: str, one: HeldOutText, layer: int) -> Text:
    """Of a text of the dataset: its label, and what the fold that held it out made of it."""
    text = Text(f"{at} · label {_rounded(one.target)} · held out L{layer}: ")
    if one.correct is None and one.score is not None:
        return text.append(f"{one.score:,.4g}, off by {one.far:,.4g}")
    score = "" if one.score is None else f" ({one.score:+.2f})"
    return text.append(f"{clean(one.prediction)}{score}", _LOOKS[one.correct])


def _rounded(target: str) -> str:
    """A label; a number without a fraction of nothing, such as 2020 for 2020.0."""
    return clean(target.removesuffix(".0"))


def cell_line(
    shown: HeatOfText, told: Mapping[str, Any], row: int, column: int, at_class: int
) -> Text:
    """The token and the layer of a cell, its score, and what that predicts."""
    heat, card = shown.heat, shown.card(row)
    at, place = len(shown.cards) - 1 - row, column - heat.apart
    if place < 0:
        name, score = "the whole text", told["texts"][at]["score"]
    else:
        n = len(heat.columns) - heat.apart
        name = f"token {place + 1} of {n} “{clean(heat.columns[column])}”"
        score = told["scores"][at][place]
    value = score[at_class] if isinstance(score, list) else score
    told_value = format(value or 0.0, ",.4g" if card.task == "regression" else "+,.4g")
    said = "no score" if value is None else f"score {told_value}"
    text = Text.assemble((f"{name} · layer {card.place.layers[0]}", "bold"), f" · {said}")
    if predicted := verdict(card, score):
        text.append(f" → {clean(predicted)}")
    if card.task == "binary":
        text.append(f" (threshold {card.decision.threshold:+.3g})", "dim")
    return text


def colours_line(shown: HeatOfText, at_class: int) -> str:
    """What the two colours mean, and how far from undecided they are full."""
    card, ends = shown.cards[0], ("less", "more")
    if card.task == "binary":
        ends = card.classes[0], card.classes[1]
    elif card.task == "multiclass":
        ends = "others", card.classes[at_class]
    mean = f" {shown.mean:,.4g}" if card.task == "regression" else ""
    scale = f"{float(f'{shown.scale:.2g}'):,g}"
    return clean(f"blue {ends[0]} ▸ red {ends[1]}: ±{scale} {unit_of(card)}{mean}")
