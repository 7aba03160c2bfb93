"""Where the user was in Compose: the open section; filter and row of every picker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widget import Widget

from tui.compose.pickers.picker import Picker
from tui.config.kept import part

if TYPE_CHECKING:
    from tui.compose.screen import ComposePane


def state_of(pane: ComposePane) -> dict[str, Any]:
    """What to keep; the draft itself is kept as a spec."""
    sections = list(pane.query(".section").results(Widget))
    opened = next((at for at, one in enumerate(sections) if one.has_class("-open")), 0)
    pickers = {one.KIND: one.kept_state() for one in pane.query(Picker)}
    return {"section": opened, "pickers": pickers}


def restore(pane: ComposePane, kept: dict[str, Any]) -> None:
    """Open the same section, and stand on the same rows once they are there."""
    for picker in pane.query(Picker):
        picker.take_state(part(part(kept, "pickers"), picker.KIND))
    sections = list(pane.query(".section").results(Widget))
    at = kept.get("section")
    if isinstance(at, int) and 0 < at < len(sections):
        pane.open_section(sections[at])
