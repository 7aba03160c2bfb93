"""The keys and the layout of Results."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding("slash", "filter", "Filter", id="results.filter", key_display="/"),
    Binding("s", "sort(1)", "Sort", id="results.sort"),
    Binding("S", "reverse", "Reverse", id="results.reverse", show=False),
    Binding("m", "metric(1)", "Metric", id="results.metric"),
    Binding("M", "metric(-1)", "Metric back", id="results.metric_back", show=False),
    Binding("space", "pin", "Pin", id="results.pin"),
    Binding("x", "unpin", "Clear", id="results.unpin"),
    Binding("g", "level", "Cells", id="results.level"),
    Binding("b", "interval", "Band", id="results.interval"),
    Binding("z", "zoom", "Zoom", id="results.zoom"),
    Binding("e", "export", "CSV", id="results.export"),
    Binding("a", "more", "Older runs", id="results.more", show=False),
    Binding("left", "cursor(-1)", "Read left", id="results.left", show=False),
    Binding("right", "cursor(1)", "Read right", id="results.right", show=False),
]

LAYOUT = """
ResultsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 40%; min-height: 6; }
    & #shared {
        height: 1; color: $text-muted; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    & CurvePlot { border-top: solid $primary-muted; border-title-color: $text-muted; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 50%; height: 1fr; }
    &.-side CurvePlot { border-left: solid $primary-muted; }
    &.-plot #list { display: none; }
    &.-table CurvePlot { display: none; }
    &.-table #list { height: 1fr; width: 1fr; }
}
"""
