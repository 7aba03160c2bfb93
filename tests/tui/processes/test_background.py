"""Work beside the interface: the latest piece alone, and the wait for it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from textual.app import App

from tests.support.fake_runs import FakeRuns
from tui.processes.background import Latest
from tui.processes.run_follower import Follower
from tui.processes.tailer import Tailer


async def test_over_waits_for_the_piece_that_waits() -> None:
    app, hold, done = App[None](), threading.Event(), list[str]()
    async with app.run_test():
        latest = Latest[str](app)
        latest.ask(lambda: str(hold.wait(20)), done.append)  # type: ignore[arg-type]
        latest.ask(lambda: "second", done.append)  # type: ignore[arg-type]
        latest.ask(lambda: time.sleep(0.1) or "third", done.append)  # type: ignore
        hold.set()
        await latest.over()
        assert done == ["third"] and latest.is_over


async def test_a_run_that_has_ended_never_counts_as_live(tmp_path: Path) -> None:
    FakeRuns(tmp_path).finished("one")
    told, app = list[int](), App[None]()
    async with app.run_test() as pilot:
        follower = Follower(app, Tailer(tmp_path), lambda _: told.append(follower.n_going))
        follower.look()
        while not told:
            await pilot.pause(0.01)
        assert told[0] == 0
