"""The keys and the layout of Runs."""

from __future__ import annotations

from textual.binding import Binding, BindingType


def _key(key: str, action: str, told: str, name: str, tip: str = "", shown: str = "") -> Binding:
    """A key that the footer shows."""
    display = shown or None
    return Binding(key, action, told, id=f"runs.{name}", key_display=display, tooltip=tip)


def _more(key: str, action: str, told: str, name: str, tip: str = "") -> Binding:
    """A key that only the help lists, but where it is of most use."""
    return Binding(key, action, told, id=f"runs.{name}", show=False, tooltip=tip)


KEYS: list[BindingType] = [
    _key("enter,o", "open", "Results", "open", "Show the results", "⏎"),
    _key("slash", "filter", "Filter", "filter", "Filter the runs", "/"),
    _key("v", "turn('log')", "Log", "log", "Show what the runner printed, or the curve"),
    _key("w", "turn('notes')", "Failures", "notes", "Show failures by cause, and warnings"),
    _key("s", "resume", "Resume", "resume", "Resume this run, or retry its failed cells"),
    _key("c", "cancel", "Cancel", "cancel", "Cancel this run"),
    _key("p", "pause", "Pause", "pause", "Pause this run, or let it go on"),
    _key("r", "rerun", "Rerun", "rerun", "Load its spec into Compose"),
    _key("t", "keep('tag')", "Tags", "tag", "Change its tags"),
    _key("n", "keep('note')", "Note", "note", "Write a note"),
    _key("d", "keep('delete')", "Delete", "delete", "Move this run into the trash"),
    _key("u", "keep('undo')", "Undo", "undo", "Take back what was changed or deleted last"),
    _key("z", "zoom", "Zoom", "zoom", "Hide or show the list"),
    _key("m", "metric(1)", "Metric", "metric", "Next metric"),
    _more("M", "metric(-1)", "Previous metric", "metric_back"),
    _more("T", "turn('training')", "Losses and norms of networks, or the curve", "training"),
    _more("V", "turn('events')", "What happened, event by event, or the curve", "events"),
    _more("R", "keep('rename')", "Rename this run", "rename"),
    _more("a", "keep('archive')", "Archive this run, or list it again", "archive"),
    _more("A", "archived", "Show or hide archived runs", "archived"),
    _more("K", "earlier(-1)", "Earlier", "earlier", "Earlier in the queue of waiting runs"),
    _more("J", "earlier(1)", "Later", "later", "Later in the queue of waiting runs"),
    _more("b", "interval", "Intervals: whiskers, band, none", "interval"),
    _more("y", "copy", "Copy the path of the folder", "copy"),
    _more("g", "end(-1)", "First run", "first"),
    _more("G", "end(1)", "Last run", "last"),
    _more("escape", "back", "Leave the zoom, the log or the filter", "back"),
    _more("left,h", "cursor(-1)", "Read values, one layer down", "left"),
    _more("right,l", "cursor(1)", "Read values, one layer up", "right"),
    _more("left_square_bracket", "group(-1)", "Previous model, dataset or network", "before"),
    _more("right_square_bracket", "group(1)", "Next model, dataset or network", "after"),
]

WITH_ANY = ("runs.open", "runs.filter")
WITH_STOPPED = ("runs.notes", "runs.resume", "runs.rerun", "runs.tag", "runs.delete", "runs.log")
WANTED = {  # the keys of most use to a run, by what it does
    "going": (*WITH_ANY, "runs.log", "runs.cancel", "runs.pause", "runs.notes", "runs.tag"),
    "queued": ("runs.earlier", "runs.later", "runs.cancel", "runs.pause", "runs.filter"),
    "stopped": (*WITH_ANY, *WITH_STOPPED),
    "done": (*WITH_ANY, "runs.log", "runs.rerun", "runs.tag", "runs.note", "runs.delete"),
}

LAYOUT = """
RunsPane {
    height: 1fr; width: 1fr; layout: vertical;
    & #list { height: 6; }
    & RunDetail { border-top: solid $primary-muted; border-title-color: $text-muted; }
    & > #machine-below { color: $text-muted; max-height: 5; }
    &.-wide > #machine-below { display: none; }
    &.-zoom #list { display: none; }
    &.-zoom RunDetail { border: none; }
}
"""
