"""Where the user was in Runs: the filter, the run, what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.config.kept import part
from tui.runs.one_run.detail import SIDES

if TYPE_CHECKING:
    from tui.runs.overview import Overview


def state_of(pane: Overview) -> dict[str, Any]:
    """What to keep."""
    return {
        "filter": pane.filter_line.text,
        "side": pane.detail.side,
        "archived": pane.with_archived,
        "table": pane.table.kept_state(),
        "zoom": pane.has_class("-zoom"),
    }


def restore(pane: Overview, kept: dict[str, Any]) -> None:
    """Show the same again."""
    query = kept.get("filter")
    pane.filter_line.fill(query if isinstance(query, str) else "")
    pane.with_archived = kept.get("archived") is True
    if (side := kept.get("side")) in SIDES and side != pane.detail.side:
        pane.detail.turn(side)
    pane.table.take_state(part(kept, "table"))
    pane.set_class(kept.get("zoom") is True, "-zoom")
    pane.show_again()
