"""The keys and the layout of Datasets."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "space", "pick", "Pick", id="datasets.pick", tooltip="Put it into the draft, or take it out"
    ),
    Binding("v", "turn", "View", id="datasets.view", tooltip="Facts, texts or tokens"),
    Binding(
        "slash",
        "filter",
        "Filter",
        id="datasets.filter",
        key_display="/",
        tooltip="Filter the datasets, or the texts where these are shown",
    ),
    Binding("a", "add", "Add", id="datasets.add", tooltip="Type a path, a glob or hub:OWNER/NAME"),
    Binding("tab", "other", "List/texts", id="datasets.other", show=False),
    Binding(
        "enter,o", "open", "Open", id="datasets.open", key_display="⏎", tooltip="Show its texts"
    ),
    Binding("left_square_bracket", "model(-1)", "Previous model", id="datasets.model_back"),
    Binding("right_square_bracket", "model(1)", "Next model", id="datasets.model"),
    Binding("z", "zoom", "Zoom", id="datasets.zoom", tooltip="Hide or show the list"),
    Binding("J", "scroll(3)", "Scroll the facts down", id="datasets.down", show=False),
    Binding("K", "scroll(-3)", "Scroll the facts up", id="datasets.up", show=False),
    Binding("escape", "back", "Back", id="datasets.back", show=False),
]

LAYOUT = """
DatasetsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 35%; min-height: 6; }
    & DatasetDetail { border-top: solid $primary-muted; border-title-color: $text-muted; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 40%; max-width: 80; height: 1fr; }
    &.-side DatasetDetail { border-top: none; border-left: solid $primary-muted; }
    &.-zoom #list { display: none; }
    &.-zoom DatasetDetail { border: none; }
}
"""
