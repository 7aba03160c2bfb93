"""What is said of a run whose runner is gone, and of one that another process runs."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from probing.events import FitsStarted, Logged, RunDone
from probing.logs import EventWriter, RunView
from probing.logs.waiting.wishes import pause
from tests.support.fake_runs import FakeRuns
from tui.console import watch
from tui.console.log_lines import Lines


class Said:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self, logged: Sequence[Logged], view: RunView) -> None:
        pass

    def say(self, line: str) -> None:
        self.lines.append(line)

    def close(self) -> None:
        pass


def ended(code: int) -> Any:
    return SimpleNamespace(poll=lambda: code, returncode=code)


@pytest.mark.parametrize(
    ("code", "told"),
    [(-9, "was killed"), (-11, "was killed by SIGSEGV"), (3, "ended with exit code 3")],
)
def test_the_class_at_which_a_runner_ended_is_named(tmp_path: Path, code: int, told: str) -> None:
    run = FakeRuns(tmp_path).killed()
    writer = EventWriter(run.events)
    writer.append([FitsStarted(9, 0, "Bad", ("a cell",))])
    writer.close()
    said = Said()
    assert watch.Watch(RunView(run), ended(code), show=said).follow() == watch.KILLED
    assert said.lines[-1] == (
        f"the runner {told} while fitting Bad; finished cells are kept; "
        "to continue: probe-tui resume killed"
    )


def test_who_comes_second_follows_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLL_S", 0.01)
    fakes = FakeRuns(tmp_path)
    run, said = fakes.live(), Said()

    def finish() -> None:
        writer = EventWriter(run.events)
        writer.append([RunDone(2, 0, 1.0, 0)])
        writer.close()
        fakes.close()

    timer = threading.Timer(0.1, finish)
    timer.start()
    assert watch.Watch(RunView(run), ended(1), show=said).follow() == 0
    timer.join()
    assert said.lines == ["another process runs this already; following it"]


def test_the_end_of_an_attempt_that_was_resumed_is_not_told(tmp_path: Path) -> None:
    fakes = FakeRuns(tmp_path)
    run = fakes.cancelled()
    text = io.StringIO()

    def lines() -> str:
        text.truncate(text.seek(0))
        watch.Watch(RunView(run), show=Lines(text)).follow()
        return text.getvalue()

    assert "probe-tui resume stopped" in lines()
    view = RunView(run)
    view.update()
    assert view.state.started is not None
    writer = EventWriter(run.events)
    writer.append([replace(view.state.started, attempt=1), RunDone(3, 0, 1.0, 0)])
    writer.close()
    told = lines()
    assert "resume" not in told and "attempt 2" in told and "done: 3 cells" in told


def test_who_follows_a_run_is_told_that_it_is_paused(tmp_path: Path) -> None:
    runs, said = FakeRuns(tmp_path), Said()
    run = runs.live()
    follower = watch.Watch(RunView(run), show=said)
    for is_paused in (False, True, True, False):
        pause(run, is_paused)
        follower._tell_pause()
    runs.close()
    assert said.lines == [
        "the run is paused; to go on: probe-tui pause --undo sweep",
        "the run goes on",
    ]
