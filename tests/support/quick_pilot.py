"""A pilot that looks whether every widget has done what it was sent, where Textual's asks each.

To have a message go through all widgets takes 10 ms of CPU, at every key and every look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen

from tui.processes.typed_ahead import waits

AT_ONCE = 50
PAUSE_S = 0.001


async def wait_for_screen(pilot: Pilot[Any], timeout: float = 30.0) -> bool:
    """What `Pilot._wait_for_screen` does; returns whether the app goes on."""
    app = pilot.app
    end = asyncio.get_running_loop().time() + timeout
    busy: Iterable[MessagePump] = _pumps(app._screen_stack, app)
    n_looks = 0
    # what was sent arrives after a turn
    await asyncio.sleep(0)
    while busy := [one for one in busy if not waits(one)]:
        if app._exception_event.is_set():
            return False
        if asyncio.get_running_loop().time() > end:
            raise WaitForScreenTimeout(f"{busy[0]} did not process its messages")
        await asyncio.sleep(0 if n_looks < AT_ONCE else PAUSE_S)
        n_looks += 1
    return not app._exception_event.is_set()


def _pumps(stack: list[Screen[Any]], app: MessagePump) -> list[MessagePump]:
    return [app, *stack[-1].walk_children(with_self=True)] if stack else []
