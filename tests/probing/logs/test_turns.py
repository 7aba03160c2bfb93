"""Runs that go one after the other on a CPU."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from probing.hardware import Processor
from probing.logs import RunView
from probing.logs.waiting import turns
from probing.logs.waiting.wishes import pause, read_wish, wait_for
from tests.support.fake_runs import FakeRuns, Shape


def test_a_run_waits_for_the_one_before_it_on_a_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = FakeRuns(tmp_path / "logs")
    first, second = runs.live("a"), runs.folder("b", Shape(n_layers=1))
    runs.hold(second)
    wait_for(second, first)
    pause(second)
    pause(second, False)
    assert read_wish(second.path).after == "a"
    statuses = []

    def look(seconds: float) -> None:
        view = RunView(second)
        view.update()
        statuses.append(view.status())
        if len(statuses) == 2:
            runs.close()

    monkeypatch.setattr(turns.time, "sleep", look)
    monkeypatch.setattr(turns, "expected_device", lambda wanted: Processor("cpu", "cpu"))
    turns.wait_for_turn(second, second.read_spec(), nullcontext)
    assert statuses == ["waiting", "waiting"]
    # the first is over: nobody waits, nor on a GPU, nor for a run that is gone
    turns.wait_for_turn(second, second.read_spec(), nullcontext)
    monkeypatch.setattr(turns, "expected_device", lambda wanted: Processor("cuda:0", "Big"))
    runs.hold(first)
    turns.wait_for_turn(second, second.read_spec(), nullcontext)
    assert len(statuses) == 2
    runs.close()
