"""Background work in daemon threads, so that the app stays responsive and can always quit."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.message_pump import MessagePump

from probing.errors import ProbingError, in_one_line

T = TypeVar("T")
NAME = "probe-tui"
LONGEST_S = 3.0


class Errand:
    """Work that a key asked for and that is not done; the keys after it wait."""


_errands: set[Errand] = set()


def errands() -> frozenset[Errand]:
    """What was asked for and is not done."""
    return frozenset(_errands)


def in_background(
    owner: MessagePump,
    work: Callable[[], T],
    then: Callable[[T | ProbingError], None],
    *,
    keys_wait: bool = False,
) -> None:
    """Do `work` in a thread; call `then` with its value or its error in the app's own thread.

    With `keys_wait`, keys typed ahead wait until `then` is done: they act on what it leaves.
    """
    errand = Errand()
    if keys_wait:
        _errands.add(errand)

    def body() -> None:
        value: T | ProbingError
        try:
            value = work()
        except ProbingError as error:
            value = error
        except Exception as error:  # a thread must not die in silence
            value = ProbingError(in_one_line(error))
        # the loop is gone where the app was left meanwhile
        with contextlib.suppress(RuntimeError):
            if owner.call_later(hand_on, value):
                return
        _errands.discard(errand)

    def hand_on(value: T | ProbingError) -> None:
        # while an app closes, its messages outlive its widgets
        try:
            if owner.app.is_running:
                then(value)
        finally:
            _errands.discard(errand)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(body,), name=NAME, daemon=True).start()


def in_turn(
    owner: MessagePump,
    works: Sequence[Callable[[], object]],
    then: Callable[[object | ProbingError], None],
) -> None:
    """Do `works` one after the other in the background; call `then` after each."""
    if works:
        first, *rest = works

        def over(value: object | ProbingError) -> None:
            then(value)
            in_turn(owner, rest, then)

        in_background(owner, first, over)


class Latest(Generic[T]):
    """One piece of work at a time; of those that wait, only the latest is done."""

    def __init__(self, owner: MessagePump) -> None:
        self._owner = owner
        self._idle = asyncio.Event()
        self._idle.set()
        self._next: tuple[Callable[[], T], Callable[[T | ProbingError], None]] | None = None

    @property
    def is_over(self) -> bool:
        """Whether all that was asked for is done."""
        return self._idle.is_set()

    async def over(self) -> None:
        """Wait until all that was asked for is done, for as long as one would wait for it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LONGEST_S)

    def ask(self, work: Callable[[], T], then: Callable[[T | ProbingError], None]) -> None:
        """Do `work` as soon as the current work is done."""
        if self._idle.is_set():
            self._idle.clear()
            self._begin(work, then)
        else:
            self._next = (work, then)

    def _begin(self, work: Callable[[], T], then: Callable[[T | ProbingError], None]) -> None:
        def done(value: T | ProbingError) -> None:
            waiting, self._next = self._next, None
            if waiting is not None:
                self._begin(*waiting)
            else:
                self._idle.set()
                then(value)

        in_background(self._owner, work, done)
