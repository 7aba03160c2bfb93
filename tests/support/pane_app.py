"""A small app around one pane, scanned by hand or once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from tui.processes.tailer import Tailer
from tui.runs.screen import RunsPane
from tui.widgets.key_footer import KeyFooter


class PaneApp(App[None]):
    """Shows one pane and keeps the messages that it posts."""

    # a loaded machine may take longer to look than a reader
    NOTIFICATION_TIMEOUT = 600
    CSS_PATH = str(Path(__file__).parents[2] / "tui" / "styles" / "app.tcss")

    def __init__(self, make: Callable[[Tailer], Widget], logs: Path) -> None:
        super().__init__()
        self.animation_level = "none"
        self.make, self.tailer = make, Tailer(logs)
        self.posted: list[Message] = []
        self.tailer.scan()

    def compose(self) -> ComposeResult:
        """The pane and the keys."""
        yield self.make(self.tailer)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Give the keys to the table."""
        self.query_one("RowTable").focus()

    def look(self) -> None:
        """Read the files, as the app does once a second."""
        self.query_one("RunsPane, ResultsPane, ProbesPane", Widget).refresh_runs(self.tailer.scan())  # type: ignore[attr-defined]

    def on_runs_pane_open_results(self, message: RunsPane.OpenResults) -> None:
        """Keep it."""
        self.posted.append(message)

    on_runs_pane_resume = on_runs_pane_open_results
    on_runs_pane_cancel = on_runs_pane_open_results
    on_runs_pane_rerun = on_runs_pane_open_results


async def settled(pilot: Pilot[Any], done: Callable[[], object], seconds: float = 180.0) -> None:
    """Wait until `done` holds; on a machine that others load, a thread may take long to come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await pilot.pause(0.03)
        if done():
            return
    raise AssertionError("it never came")
