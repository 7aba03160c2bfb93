"""Run several pieces of CPU work at once in threads that share the cores."""

from __future__ import annotations

import contextlib
import ctypes
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from probing.errors import Interruption

_TOGETHER = 3 * 2**29  # bytes that pieces which run at once may hold
Item = TypeVar("Item")
Work = Callable[[], Iterator[Item]]


@dataclass(frozen=True)
class Sharing:
    """How many pieces run at once, and the threads that torch takes for each."""

    at_once: int
    threads_each: int

    @classmethod
    def of(cls, n_pieces: int, device: str | torch.device, bytes_each: int) -> Sharing:
        """For so many pieces in all, that each hold so many bytes while they run.

        Small problems gain more from company than from threads, large ones fill memory. What a
        piece computes depends on its threads in the last bits, so that neither number may depend
        on what is left to do. On a GPU pieces run one after another.
        """
        cores = torch.get_num_threads()
        if torch.device(device).type != "cpu":
            return cls(1, cores)
        at_once = max(1, min(n_pieces, cores, _TOGETHER // max(1, bytes_each)))
        return cls(at_once, cores // at_once)

    @classmethod
    def lanes(cls, n: int) -> Sharing:
        """For so many lanes of pieces, which share out the cores that they are given."""
        return cls(n, max(1, torch.get_num_threads() // max(1, n)))


ALONE = Sharing(1, 1)


@contextlib.contextmanager
def computing_in(n_threads: int) -> Iterator[None]:
    """What torch computes inside takes so many threads, in whichever thread it is asked for.

    The last bits of a sum depend on their number.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Over(Interruption):
    """Nobody reads on."""


@dataclass
class _Ended:
    """A piece has ended, and with which error."""

    error: BaseException | None


def side_by_side(pieces: Sequence[Work[Item]], sharing: Sharing) -> Iterator[Item]:
    """The items of all pieces as they come, those of each in their order.

    The first error of a piece is raised; then, and where nobody reads on, the others end.
    """
    if sharing.at_once < 2:
        for piece in pieces:
            yield from piece()
        return
    yield from _Threads(pieces, sharing).items()


class _Threads(Generic[Item]):
    def __init__(self, pieces: Sequence[Work[Item]], sharing: Sharing) -> None:
        self.sharing, self.n_pieces = sharing, len(pieces)
        self.waiting: queue.SimpleQueue[Work[Item]] = queue.SimpleQueue()
        for piece in pieces:
            self.waiting.put(piece)
        self.found: queue.Queue[Item | _Ended] = queue.Queue(maxsize=64)
        self.is_over = threading.Event()

    def items(self) -> Iterator[Item]:
        """Start the threads, and hand over what they find until all pieces have ended."""
        threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(self.sharing.at_once)
        ]
        cores = torch.get_num_threads()
        for thread in threads:
            thread.start()
        n_ended = 0
        try:
            while n_ended < self.n_pieces:
                item = self.found.get()
                if not isinstance(item, _Ended):
                    yield item
                    continue
                n_ended += 1
                if item.error is not None:
                    raise item.error
        finally:
            self.is_over.set()
            for thread in threads:
                if n_ended < self.n_pieces:
                    self._interrupt(thread)
                thread.join()
            # new threads would else begin with the number of those that worked here
            torch.set_num_threads(cores)

    def _work(self) -> None:
        torch.set_num_threads(self.sharing.threads_each)
        with contextlib.suppress(queue.Empty, _Over):
            while not self.is_over.is_set():
                self._run(self.waiting.get_nowait())

    def _run(self, piece: Work[Item]) -> None:
        error: BaseException | None = None
        try:
            for item in piece():
                self.found.put(item)
                if self.is_over.is_set():
                    break
        except _Over:
            raise
        except BaseException as raised:  # it is raised where the items are read
            error = raised
        self.found.put(_Ended(error))

    def _interrupt(self, thread: threading.Thread) -> None:
        """Have a thread stop where it is, be it in the middle of a piece."""
        while thread.is_alive():
            if thread.ident is not None:
                identity = ctypes.c_ulong(thread.ident)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(identity, ctypes.py_object(_Over))
            while not self.found.empty():
                self.found.get_nowait()
            thread.join(0.01)
