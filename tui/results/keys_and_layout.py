"""The keys and the layout of Results."""

from __future__ import annotations

from textual.binding import Binding, BindingType

KEYS: list[BindingType] = [
    Binding(
        "slash",
        "filter",
        "Filter",
        id="results.filter",
        key_display="/",
        tooltip="Filter the cells",
    ),
    Binding("s", "order('next')", "Sort", id="results.sort", tooltip="Sort by the next column"),
    Binding(
        "comma",
        "order('further')",
        "Sort equal rows by a further column",
        id="results.sort_further",
        key_display=",",
        show=False,
    ),
    Binding("S", "order('reverse')", "Reverse the order", id="results.reverse", show=False),
    Binding("m", "metric(1)", "Metric", id="results.metric", tooltip="Next metric"),
    Binding("M", "metric(-1)", "Previous metric", id="results.metric_back", show=False),
    Binding(
        "space", "pin", "Pin", id="results.pin", tooltip="Pin the series to the plot, or unpin it"
    ),
    Binding("X", "unpin", "Unpin all series", id="results.unpin", show=False),
    Binding("v", "view", "View", id="results.view", tooltip="Curves, heat map, small multiples"),
    Binding(
        "x",
        "axis",
        "X axis",
        id="results.axis",
        tooltip="Layer, depth, position, step, texts",
    ),
    Binding("g,G", "level", "Cells", id="results.level", tooltip="A row per cell or per series"),
    Binding("c", "fold", "Controls", id="results.fold", tooltip="Show controls as rows, or not"),
    Binding(
        "b", "interval", "Band", id="results.interval", tooltip="Intervals: whiskers, band, none"
    ),
    Binding("L", "scale", "Linear axis or log odds", id="results.scale", show=False),
    Binding("f", "fit", "Fit the y axis to the task, or to all", id="results.fit", show=False),
    Binding(
        "plus",
        "closer(True)",
        "Half of the x axis",
        id="results.closer",
        key_display="+",
        show=False,
    ),
    Binding(
        "minus",
        "closer(False)",
        "More of the x axis",
        id="results.farther",
        key_display="-",
        show=False,
    ),
    Binding(
        "w",
        "parts",
        "Parts",
        id="results.parts",
        show=False,
        tooltip="Rows and columns of the figure",
    ),
    Binding("z", "zoom", "Zoom", id="results.zoom", tooltip="Plot only, table only, or both"),
    Binding(
        "e",
        "verb('export')",
        "Export",
        id="results.export",
        tooltip="Export table, figure or screen to a file",
    ),
    Binding(
        "equals_sign",
        "verb('compare')",
        "Compare",
        id="results.compare",
        key_display="=",
        tooltip="Compare with the pinned series or a filter, with tests",
    ),
    Binding(
        "o", "verb('columns')", "Columns", id="results.columns", tooltip="Choose and order columns"
    ),
    Binding(
        "p",
        "verb('pivot')",
        "Pivot",
        id="results.pivot",
        tooltip="Pivot: cells in rows and columns",
    ),
    Binding("V", "verb('views')", "Views", id="results.views", tooltip="Saved views: show, save"),
    Binding(
        "i", "verb('facts')", "Facts", id="results.facts", tooltip="Facts: where the row comes from"
    ),
    Binding(
        "D",
        "verb('spec_diff')",
        "Specs",
        id="results.spec_diff",
        tooltip="Diff of its spec and that of a pinned row",
        show=False,
    ),
    Binding(
        "y", "verb('copy')", "Copy", id="results.copy", tooltip="Copy as a command, TOML or Python"
    ),
    Binding(
        "r",
        "verb('rerun')",
        "Rerun",
        id="results.rerun",
        tooltip="Rerun with changes: its spec in Compose",
    ),
    Binding(
        "T",
        "tokens",
        "Layers × tokens",
        id="results.tokens",
        show=False,
        tooltip="Layers × tokens of a text, by the saved probes of the series",
    ),
    Binding("escape", "back", "Leave the zoom or the filter", id="results.back", show=False),
    Binding("left,h", "cursor(-1)", "Read values, one layer down", id="results.left", show=False),
    Binding("right,l", "cursor(1)", "Read values, one layer up", id="results.right", show=False),
]

_OPEN = ("results.sees", "results.filter")
# the keys that stand first in the footer: of a list, with a pinned series, beside other figures
OF_ROWS = (*_OPEN, "results.sort", "results.pin", "results.compare", "results.view",
           "results.export", "results.copy", "results.metric")  # fmt: skip
OF_PINNED = (*_OPEN, "results.pin", "results.compare", "results.spec_diff", "results.view",
             "results.export", "results.copy")  # fmt: skip
OF_FIGURES = (*_OPEN, "results.view", "results.parts", "results.axis", "results.metric",
              "results.zoom", "results.export")  # fmt: skip

LAYOUT = """
ResultsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #split { layout: vertical; height: 1fr; width: 1fr; }
    & #list { height: 40%; min-height: 6; }
    & #shared {
        height: 1; color: $text-muted; padding: 0 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    & FigureBox { border-top: solid $primary-muted; border-title-color: $text-muted; }
    &.-side #split { layout: horizontal; }
    &.-side #list { width: 55%; height: 1fr; }
    &.-side FigureBox { border-left: solid $primary-muted; }
    &.-plot #list { display: none; }
    &.-table FigureBox { display: none; }
    &.-table #list { height: 1fr; width: 1fr; }
}
"""
