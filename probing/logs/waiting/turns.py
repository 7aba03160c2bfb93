"""Runs that go one after the other on a CPU: each waits, before it loads anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from probing.events import Waited
from probing.hardware import expected_device
from probing.logs.folders.run_folder import RunFolder
from probing.logs.states.event_log import EventWriter
from probing.logs.states.run_view import GOING, RunView
from probing.logs.waiting.wishes import read_wish
from probing.spec import Spec

POLL_S = 1.0


def wait_for_turn(
    run: RunFolder, spec: Spec, shield: Callable[[], AbstractContextManager[None]]
) -> None:
    """Return once the run that goes before is over; on a GPU at once, for which runs queue.

    What ends the run meanwhile is raised where `shield` ends.
    """
    after = read_wish(run.path).after
    if not after or expected_device(spec.device).name != "cpu":
        return
    before, is_told = RunView(RunFolder(run.path.parent / after)), False
    while _is_going(before):
        if not is_told:
            with shield():
                writer = EventWriter(run.events)
                writer.append([Waited(f"{after} goes first")])
                writer.close()
            is_told = True
        time.sleep(POLL_S)
        with shield():
            pass


def _is_going(view: RunView) -> bool:
    if not view.run.spec.exists():
        return False  # it is no more
    view.update()
    return view.status() in GOING
