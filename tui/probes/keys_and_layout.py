"""The keys and the layout of Probes."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "slash",
        "filter",
        "Filter",
        id="probes.filter",
        key_display="/",
        tooltip="Filter probes",
    ),
    Binding(
        "T",
        "tokens",
        "Tokens",
        id="probes.tokens",
        tooltip="Layers × tokens of a typed text",
    ),
    Binding("x", "explain", "Explain", id="probes.explain", tooltip="What its direction means"),
    Binding(
        "c",
        "cosines",
        "Cosines",
        id="probes.cosines",
        tooltip="Cosines of the marked, or layers",
    ),
    Binding("space", "mark", "Mark", id="probes.mark", tooltip="Mark this probe, or not"),
    Binding("X", "unmark", "Unmark all", id="probes.unmark", show=False),
    Binding("e", "export", "Export", id="probes.export", tooltip="Write the marked, or this one"),
    Binding("y", "copy", "Copy", id="probes.copy", tooltip="Copy as a command, Python or path"),
    Binding("d", "remove", "Remove", id="probes.remove", tooltip="Move the marked, or this, away"),
    Binding("u", "undo", "Undo", id="probes.undo", tooltip="Bring back what was removed last"),
    Binding("z", "zoom", "Zoom", id="probes.zoom", show=False, tooltip="Hide or show the list"),
    Binding("escape", "back", "Back", id="probes.back", tooltip="Leave the view or the filter"),
]

LAYOUT = """
ProbesPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 45%; min-height: 6; }
    & #counts {
        height: 1; color: $text-muted; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    & ProbeDetail { border-top: solid $primary-muted; border-title-color: $text-muted; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 62%; height: 1fr; }
    &.-side ProbeDetail { border-left: solid $primary-muted; border-top: none; }
    &.-zoom #list { display: none; }
    & TokensView, & CosineView, & ExplainView { display: none; }
    &.-tokens #split, &.-cosines #split, &.-explain #split { display: none; }
    &.-tokens TokensView, &.-cosines CosineView { display: block; }
    &.-explain ExplainView { display: block; }
}
"""
