"""Layers × tokens in 80 columns, readable without colour."""

from __future__ import annotations

import re

from rich.cells import cell_len

from probing.probes import Decision
from tests.support.probe_cards import a_card
from tui.console.reports.token_maps import maps_of, series_of

TOKENS = ["[CLS]", " loved", "unbelievably", "東京", *["a"] * 20]


def rows_of(labels: list[str]) -> dict[str, list[object]]:
    n = len(TOKENS)
    return {
        "text": ["the text"] * n * len(labels),
        "probe": [label for label in labels for _ in range(n)],
        "token_at": [*range(n)] * len(labels),
        "token": TOKENS * len(labels),
        "score": [float(at - 3) for at in range(n)] * len(labels),
    }


def test_each_token_has_a_number_at_each_layer_the_deepest_on_top() -> None:
    blind = Decision(0.0, 0.0, 0.0, "platt")
    cards = [a_card("p-1", layer=1, decision=blind), a_card("p-3", layer=3)]
    (one,) = maps_of(rows_of(["p-1", "p-3"]), cards, ["p-1", "p-3"])
    lines = list(one.lines(80, colour=False))
    assert all(cell_len(line) <= 80 for line in lines) and "\x1b" not in "".join(lines)
    layers = [line for line in lines if re.match(r" +\d+ ", line)]
    assert [line.split()[0] for line in layers] == ["3", "1"] * (len(layers) // 2)
    top = [number for line in layers[::2] for number in line.split()[1:]]
    assert top == [f"{at - 3:+.1f}" for at in range(len(TOKENS))]
    names = next(line for line in lines if "[CLS]" in line)
    assert all(part in names for part in ("·loved", "unbelieva…", "東京"))
    coloured = [line for line in one.lines(80, colour=True) if re.match(r" +[13] ", line)]
    assert "\x1b[48;5;" in coloured[0] and "\x1b" not in coloured[1]  # a blind layer stays pale


def test_only_probes_that_differ_in_their_layer_make_a_map() -> None:
    assert series_of([a_card("a", layer=1), a_card("b", layer=1)]) == {}
    assert series_of([a_card("a", layer=1)]) == {}
    (own,) = series_of([a_card("b", layer=2), a_card("a", layer=1)]).values()
    assert own == [1, 0]
