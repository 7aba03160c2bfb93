"""Background work in daemon threads, so that the app stays responsive and can always quit."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.message_pump import MessagePump

from probing.errors import ProbingError, in_one_line

T = TypeVar("T")


def in_background(
    owner: MessagePump, work: Callable[[], T], then: Callable[[T | ProbingError], None]
) -> None:
    """Do `work` in a thread; call `then` with its value or its error in the app's own thread."""

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
            owner.call_later(hand_on, value)

    def hand_on(value: T | ProbingError) -> None:
        # while an app closes, its messages outlive its widgets
        if owner.app.is_running:
            then(value)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(body,), daemon=True).start()


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
        self._busy = False
        self._next: tuple[Callable[[], T], Callable[[T | ProbingError], None]] | None = None

    def ask(self, work: Callable[[], T], then: Callable[[T | ProbingError], None]) -> None:
        """Do `work` as soon as the current work is done."""
        if self._busy:
            self._next = (work, then)
            return
        self._busy = True

        def over(value: T | ProbingError) -> None:
            self._busy = False
            waiting, self._next = self._next, None
            if waiting is None:
                then(value)
            else:
                self.ask(*waiting)

        in_background(self._owner, work, over)
