"""Keys one at a time: each acts on what the keys before it have left, however fast they come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.events import InputEvent, Paste
from textual.message_pump import MessagePump

LONGEST_S = 3.0
AT_ONCE = 50
PAUSE_S = 0.002
Typed = InputEvent | Paste


class TypedAhead:
    """Hands `app` its keys through `handle`, each once the one before has done all it does.

    Over slow lines keys come in bursts. A key travels by messages: an edit reaches the draft,
    and the focus what was opened, some messages later; the next key waits for them.
    `is_settled` says whether the screen shows what was asked for last.
    """

    def __init__(
        self,
        app: App[Any],
        handle: Callable[[Typed], Awaitable[None]],
        is_settled: Callable[[], bool],
    ) -> None:
        self._app, self._handle, self._is_settled = app, handle, is_settled
        self._waiting: deque[Typed] = deque()
        self._task: asyncio.Task[None] | None = None

    async def take(self, event: Typed) -> None:
        """Handle a key now, or when its turn comes."""
        if self._task is not None:
            self._waiting.append(event)
            return
        await self._handle(event)
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        try:
            await self._settle()
            while self._waiting and self._app.is_running:
                await self._handle(self._waiting.popleft())
                await self._settle()
        except Exception as error:
            self._app._handle_exception(error)
        finally:
            self._task = None

    async def _settle(self) -> None:
        """Wait until every widget waits too; no longer than one would look at a still screen."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LONGEST_S
        n_looks = 0
        while self._app.is_running and not self._is_still() and loop.time() < end:
            n_looks += 1
            await asyncio.sleep(0 if n_looks < AT_ONCE else PAUSE_S)

    def _is_still(self) -> bool:
        pumps = [self._app, *self._app._registry]
        return all(map(_waits, pumps)) and self._is_settled()


def _waits(pump: MessagePump) -> bool:
    """Whether a widget has nothing to do and nothing to come."""
    if not pump.is_running or pump._closing or pump._closed:
        return True
    queue: Any = pump._message_queue
    has_more = queue.qsize() or pump._pending_message is not None or pump._next_callbacks
    # only who asks its queue for a message is done with the last one
    return not has_more and bool(queue.ready_event._waiters)
