"""Keys one at a time: each acts on what the keys before it have left, however fast they come."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.app import App
from textual.events import InputEvent, Key, Paste
from textual.message_pump import MessagePump
from textual.screen import Screen

from tui.processes.background import Errand, errands
from tui.processes.terminal import EscapedKey

AT_ONCE = 50
PAUSE_S = 0.002
# looks, not seconds: a busy machine gets more time. 3 s and 10 s where it has nothing else to do
MOST_LOOKS = 1_500
MOST_LOOKS_FOR_AN_ERRAND = 5_000
Act = Callable[[], Awaitable[None]]
Typed = InputEvent | Paste | Act


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
        handle: Callable[[InputEvent | Paste], Awaitable[None]],
        is_settled: Callable[[], bool],
    ) -> None:
        self._app, self._handle, self._is_settled = app, handle, is_settled
        self._waiting: deque[Typed] = deque()
        self._task: asyncio.Task[None] | None = None
        self._older: frozenset[Errand] = frozenset()
        self._busy: MessagePump | None = None

    async def take(self, event: Typed) -> None:
        """Handle a key now, or when its turn comes."""
        if self._task is not None:
            self._waiting.append(event)
            return
        await self._take_one(event)
        self._task = asyncio.create_task(self._go_on())

    async def then(self, act: Act) -> None:
        """Do something once all that was typed before is done, and before what is typed after."""
        await self.take(act)

    async def _take_one(self, event: Typed) -> None:
        if isinstance(event, EscapedKey):
            event, *rest = self._read(event)
            self._waiting.extendleft(reversed(rest))
        self._older = errands()
        if isinstance(event, (InputEvent, Paste)):
            await self._handle(event)
        else:
            await event()

    def _read(self, event: EscapedKey) -> Sequence[Key]:
        """The key with Alt, if it came alone and means something here; else Esc and the key."""
        is_other = event.key != event.apart[-1].key
        if is_other and event.is_alone and event.key in self._app.screen.active_bindings:
            return (Key(event.key, None),)
        return event.apart

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
        for n_looks in range(MOST_LOOKS_FOR_AN_ERRAND):
            if not self._app.is_running or self._is_still():
                return
            if n_looks > MOST_LOOKS and not self._has_errands():
                return
            await asyncio.sleep(0 if n_looks < AT_ONCE else PAUSE_S)

    def _has_errands(self) -> bool:
        """Whether something that the last key asked for is not done; it may take a while."""
        return bool(errands() - self._older)

    def _is_still(self) -> bool:
        if self._has_errands() or self._has_busy() or not self._is_settled():
            return False
        return all(map(_is_laid_out, self._app.screen_stack)) and all(
            worker.is_finished for worker in self._app.workers
        )

    def _has_busy(self) -> bool:
        """Whether a widget is busy; who was so at the last look is looked at first."""
        if self._busy is None or waits(self._busy):
            pumps = [self._app, *self._app._registry]
            self._busy = next((one for one in pumps if not waits(one)), None)
        return self._busy is not None


def waits(pump: MessagePump) -> bool:
    """Whether a widget has nothing to do and nothing to come."""
    if not pump.is_running or pump._closing or pump._closed:
        return True
    queue: Any = pump._message_queue
    has_more = queue.qsize() or pump._pending_message is not None or pump._next_callbacks
    # only who asks its queue for a message is done with the last one
    return not has_more and bool(queue.ready_event._waiters)


def _is_laid_out(screen: Screen[Any]) -> bool:
    """Whether every widget has its place, and nothing waits until it has; lays out what has not."""
    if not screen.is_current:
        return True
    if screen._layout_required or screen._recompose_required or screen._callbacks:
        # now, not at the next tick of its clock
        screen._on_timer_update()
        return False
    return True
