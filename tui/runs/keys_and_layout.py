"""The keys and the layout of Runs."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "enter,o", "open", "Results", id="runs.open", key_display="⏎", tooltip="Show the results"
    ),
    Binding("c", "cancel", "Cancel", id="runs.cancel", tooltip="Cancel this run"),
    Binding("s", "resume", "Resume", id="runs.resume", tooltip="Resume this run"),
    Binding("r", "rerun", "Rerun", id="runs.rerun", tooltip="Load its spec into Compose"),
    Binding(
        "slash", "filter", "Filter", id="runs.filter", key_display="/", tooltip="Filter the runs"
    ),
    Binding("l", "turn('log')", "Log", id="runs.log", tooltip="Show the log or the curve"),
    Binding(
        "w", "turn('notes')", "Warnings", id="runs.notes", tooltip="Show failures and warnings"
    ),
    Binding("m", "metric(1)", "Metric", id="runs.metric", tooltip="Next metric"),
    Binding("M", "metric(-1)", "Previous metric", id="runs.metric_back", show=False),
    Binding("z", "zoom", "Zoom", id="runs.zoom", tooltip="Hide or show the list"),
    Binding("b", "interval", "Intervals: whiskers, band, none", id="runs.interval", show=False),
    Binding("y", "copy", "Copy the path of the folder", id="runs.copy", show=False),
    Binding("g", "end(-1)", "First run, or top of the log", id="runs.first", show=False),
    Binding("G", "end(1)", "Last run, or end of the log", id="runs.last", show=False),
    Binding("escape", "back", "Leave the zoom, the log or the filter", id="runs.back", show=False),
    Binding("left", "cursor(-1)", "Read values, one layer down", id="runs.left", show=False),
    Binding("right", "cursor(1)", "Read values, one layer up", id="runs.right", show=False),
    Binding(
        "left_square_bracket",
        "group(-1)",
        "Previous model or dataset",
        id="runs.before",
        show=False,
    ),
    Binding(
        "right_square_bracket", "group(1)", "Next model or dataset", id="runs.after", show=False
    ),
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
