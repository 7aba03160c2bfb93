"""The keys and the layout of Models."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "space", "pick", "Pick", id="models.pick", tooltip="Put it into the draft, or take it out"
    ),
    Binding(
        "enter,o",
        "modules",
        "Modules",
        id="models.modules",
        key_display="⏎",
        tooltip="Load the model and find the module of each site",
    ),
    Binding(
        "slash",
        "filter",
        "Filter",
        id="models.filter",
        key_display="/",
        tooltip="Filter the models",
    ),
    Binding("a", "add", "Add", id="models.add", tooltip="Type a hub id, a folder or package:NAME"),
    Binding("z", "zoom", "Zoom", id="models.zoom", tooltip="Hide or show the list"),
    Binding("J", "scroll(3)", "Scroll the facts down", id="models.down", show=False),
    Binding("K", "scroll(-3)", "Scroll the facts up", id="models.up", show=False),
    Binding("escape", "back", "Back", id="models.back", show=False),
]

LAYOUT = """
ModelsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 40%; min-height: 6; }
    & #facts {
        height: 1fr; width: 1fr; padding: 0 1; scrollbar-size-vertical: 1;
        border-top: solid $primary-muted;
    }
    & #facts > Static { height: auto; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 55%; height: 1fr; }
    &.-side #facts { border-top: none; border-left: solid $primary-muted; }
    &.-zoom #list { display: none; }
    &.-zoom #facts { border: none; }
}
"""
