"""Keys one at a time: each acts on what the keys before it have left, however fast they come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.events import InputEvent, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen

from tui.processes.background import Errand, errands

LONGEST_S = 3.0
LONGEST_ERRAND_S = 10.0
AT_ONCE = 50
PAUSE_S = 0.002
Typed = InputEvent | Paste


class TypedAhead:
    """Hands `app` its keys through `handle`, each once the one before has done all it does.

    Over slow lines keys come in bursts. What a key does takes time: an edit reaches the draft,
    and the focus what was opened, by messages and after a layout; a path is completed by a worker;
    a run is checked and started in a thread. The next key waits for all of it, for as long as one
    would look at a still screen. `is_settled` says whether the screen shows what was asked for.
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
        self._older: frozenset[Errand] = frozenset()

    async def take(self, event: Typed) -> None:
        """Handle a key now, or when its turn comes."""
        if self._task is not None:
            self._waiting.append(event)
            return
        await self._take_one(event)
        self._task = asyncio.create_task(self._go_on())

    async def _take_one(self, event: Typed) -> None:
        self._older = errands()
        await self._handle(event)

    async def _go_on(self) -> None:
        try:
            await self._settle()
            while self._waiting and self._app.is_running:
                await self._take_one(self._waiting.popleft())
                await self._settle()
        except Exception as error:
            self._app._handle_exception(error)
        finally:
            self._task = None

    async def _settle(self) -> None:
        """Wait until nothing is left to do."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        n_looks = 0
        while self._app.is_running and not self._is_still():
            longest = LONGEST_ERRAND_S if self._has_errands() else LONGEST_S
            if loop.time() - start > longest:
                return
            n_looks += 1
            await asyncio.sleep(0 if n_looks < AT_ONCE else PAUSE_S)

    def _has_errands(self) -> bool:
        """Whether something that the last key asked for is not done; it may take a while."""
        return bool(errands() - self._older)

    def _is_still(self) -> bool:
        pumps = [self._app, *self._app._registry]
        if self._has_errands() or not all(map(_waits, pumps)) or not self._is_settled():
            return False
        return all(map(_is_laid_out, self._app.screen_stack)) and all(
            worker.is_finished for worker in self._app.workers
        )


def _waits(pump: MessagePump) -> bool:
    """Whether a widget has nothing to do and nothing to come."""
    if not pump.is_running or pump._closing or pump._closed:
        return True
    queue: Any = pump._message_queue
    has_more = queue.qsize() or pump._pending_message is not None or pump._next_callbacks
    # only who asks its queue for a message is done with the last one
    return not has_more and bool(queue.ready_event._waiters)


def _is_laid_out(screen: Screen[Any]) -> bool:
    """Whether every widget has its place, and nothing waits until it has."""
    if not screen.is_current:
        return True
    if screen._layout_required or screen._callbacks:
        # now, not at the next tick of its clock
        screen._on_timer_update()
    return not (screen._layout_required or screen._recompose_required or screen._callbacks)
