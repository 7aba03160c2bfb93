"""The keys and the layout of Runs."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("enter,o", "open", "Results", id="runs.open", key_display="⏎"),
    Binding("c", "cancel", "Cancel", id="runs.cancel"),
    Binding("s", "resume", "Resume", id="runs.resume"),
    Binding("r", "rerun", "Rerun", id="runs.rerun", tooltip="Compose with this run's spec"),
    Binding("slash", "filter", "Filter", id="runs.filter", key_display="/"),
    Binding("l", "turn('log')", "Log", id="runs.log"),
    Binding("w", "turn('notes')", "Warnings", id="runs.notes"),
    Binding("m", "metric(1)", "Metric", id="runs.metric"),
    Binding("M", "metric(-1)", "Metric back", id="runs.metric_back", show=False),
    Binding("z", "zoom", "Zoom", id="runs.zoom"),
    Binding("b", "interval", "Band", id="runs.interval", show=False),
    Binding("y", "copy", "Copy path", id="runs.copy", show=False),
    Binding("left", "cursor(-1)", "Read left", id="runs.left", show=False),
    Binding("right", "cursor(1)", "Read right", id="runs.right", show=False),
    Binding("left_square_bracket", "group(-1)", "Previous plot", id="runs.before", show=False),
    Binding("right_square_bracket", "group(1)", "Next plot", id="runs.after", show=False),
]

LAYOUT = """
RunsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 25%; min-height: 5; }
    & RunDetail { border-top: solid $primary-muted; border-title-color: $text-muted; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 44%; height: 1fr; }
    &.-side RunDetail { border-left: solid $primary-muted; }
    &.-zoom #list { display: none; }
    &.-zoom RunDetail { border: none; }
}
"""
