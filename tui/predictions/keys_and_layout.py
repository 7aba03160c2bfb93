"""The keys and the layout of what a probe sees."""

from __future__ import annotations

from textual.binding import Binding, BindingType

# fmt: off
KEYS: list[BindingType] = [
    Binding(
        "right,l", "layer(1)", "Layer", id="sees.right", key_display="← →",
        tooltip="Next layer, in the same view",
    ),
    Binding("left,h", "layer(-1)", "Previous layer", id="sees.left", show=False),
    Binding("tab", "next_view(1)", "View", id="sees.next", tooltip="Next view"),
    Binding("shift+tab", "next_view(-1)", "Previous view", id="sees.back", show=False),
    Binding("c", "view('confusion')", "Confusion matrix", id="sees.confusion", show=False),
    Binding("s", "view('scores')", "Scores, or predicted numbers", id="sees.scores", show=False),
    Binding("r", "view('roc')", "ROC curve, or residuals", id="sees.roc", show=False),
    Binding("b", "view('calibration')", "Calibration", id="sees.calibration", show=False),
    Binding("w", "view('errors')", "Texts that are most wrong", id="sees.errors", show=False),
    Binding("d", "view('disagree')", "Texts A and B disagree on", id="sees.disagree", show=False),
    Binding("a", "view('activations')", "Activations", id="sees.activations", show=False),
    Binding("slash", "filter", "Filter", id="sees.filter", key_display="/", tooltip="Filter texts"),
    Binding("v", "shares", "Shares", id="sees.shares", tooltip="Counts, shares, or both"),
    Binding("less_than_sign", "turn(-1)", "Columns to the left", id="sees.turn_back", show=False),
    Binding(
        "greater_than_sign", "turn(1)", "Columns", id="sees.turn", key_display="< >",
        tooltip="Columns further to the right",
    ),
    Binding("n", "of_class(1)", "Class", id="sees.class", tooltip="Next class against the rest"),
    Binding("N", "of_class(-1)", "Previous class", id="sees.class_back", show=False),
    Binding("f", "fold(1)", "Fold", id="sees.fold", tooltip="Held-out texts of the next fold"),
    Binding("F", "fold(-1)", "Texts of the previous fold", id="sees.fold_back", show=False),
    Binding("p", "axes", "Axes", id="sees.axes", tooltip="Discriminant or principal axes"),
    Binding("x", "mark", "Mark as B", id="sees.mark", tooltip="Compare others with this layer"),
    Binding("o", "other", "Other B", id="sees.other", tooltip="Compare with the next pinned one"),
    Binding("z", "zoom", "Zoom", id="sees.zoom", tooltip="Picture, table, or both"),
    Binding("e", "export", "Export", id="sees.export", tooltip="Write these rows to a file"),
    Binding("y", "copy", "Command", id="sees.copy", tooltip="Copy the command for this view"),
    Binding("question_mark", "show_keys", "Help", id="sees.help", key_display="?"),
    Binding("escape,q", "leave", "Back", id="sees.leave", key_display="Esc", tooltip="Back"),
]
# fmt: on

LAYOUT = """
PredictionsScreen {
    align: left top !important; background: $background !important;
    & #head { height: 1; padding: 0 1; background: $panel; text-style: bold; }
    & #tabs { height: 1; padding: 0 1; background: $panel; }
    & #title { height: 1; padding: 0 1; text-style: bold; }
    & #facts { height: auto; max-height: 6; padding: 0 1; color: $text-muted; }
    & #why { height: 1fr; padding: 1 2; display: none; }
    & #body { height: 1fr; layout: vertical; }
    & #side { height: 1fr; border-top: solid $primary-muted; }
    & #text {
        display: none; height: 20%; min-height: 4; padding: 0 1;
        border-top: solid $primary-muted;
    }
    & #body #side { display: none; }
    &.-side #body { layout: horizontal; }
    &.-side #body #side {
        display: block; width: 50; border: none; border-left: solid $primary-muted;
    }
    &.-grid #body { layout: vertical; }
    &.-grid #body #side {
        display: block; width: 1fr; border: none; border-top: solid $primary-muted;
    }
    &.-grid.-very-wide #body { layout: horizontal; }
    &.-grid.-very-wide #body #side {
        width: 64; border: none; border-left: solid $primary-muted;
    }
    &.-texts Picture { display: none; }
    &.-texts #body { layout: vertical; }
    &.-texts #body #side { display: block; width: 1fr; border: none; }
    &.-texts #text { display: block; }
    &.-picture #body #side { display: none; }
    &.-table #body Picture { display: none; }
    &.-table #body #side { display: block; width: 1fr; border: none; }
    &.-table #text { display: none; }
    &.-empty #body { display: none; }
    &.-empty #text { display: none; }
    &.-empty #why { display: block; }
}
"""
