"""The units of an order at work: who is at which, and how often each was tried."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from probing.engine.experiment.units.ahead import Ahead, nothing
from probing.engine.experiment.units.by_ray.engine import Asked, Hand, RayEngine
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import LOST, UnitFile
from probing.errors import in_one_line

MOST_TRIES = 4
SMALLER_BUDGET = 512  # tokens of a batch where memory has run out
SHORT = "memory ran out"
SILENT = "the worker does not answer"
_LEAST_MEMORY = 2**30  # that a worker is taken to have needed where the plan says nothing
_POLL_S = 2.0
_LATE = 3.0  # times the median: what takes longer is begun once more beside it
_LATE_S = 5.0  # what is done sooner is not worth a second try


class OrderAtWork:
    """Deals the units `left` of an order to the workers of an engine, and then some of the order
    that `ahead` gives; what workers have begun of this one before its time goes on."""

    def __init__(
        self, engine: RayEngine, order: Order, left: Sequence[int], ahead: Ahead = nothing
    ) -> None:
        self.engine, self.order = engine, order
        self.ray, self.run = engine.ray, engine.run
        self.waiting, self.over = list(left), set[int]()
        self.ahead, self.next = ahead, list[tuple[Order, int]]()
        self.n_tries: dict[int, int] = {}
        self.budgets: dict[int, int] = {}
        self.took = list[float]()  # units of other orders are of other sizes
        self.memory: dict[int, int] = {}  # of units that are kept for a larger worker
        self.asked: dict[Any, Asked] = {}
        self.n_left = len(self.waiting)
        for ref, one in list(engine.early.items()):
            if one.order.name == order.name and one.at in self.waiting:
                del engine.early[ref]
                self.asked[ref] = replace(one, began=time.monotonic())
                self.waiting.remove(one.at)

    def units(self) -> Iterator[int]:
        """Deal until all are done or given up."""
        worked = time.monotonic()
        while self.n_left:
            self._deal()
            refs = [*self.asked, *self.engine.coming, *self.engine.late, *self.engine.early]
            ready, _ = self.ray.wait(refs, num_returns=1, timeout=_POLL_S)
            worked = time.monotonic() if self.asked else worked
            self.engine.check_patience(worked)
            for ref in ready:
                if ref in self.engine.coming:
                    self.engine.take_in(ref)
                    continue
                if ref in self.engine.late:
                    self.engine.take_back(ref)
                    continue
                if ref in self.engine.early:
                    self.engine.end_early(ref)
                    continue
                one = self.asked.pop(ref)
                if self._is_over(ref, one) and one.at not in self.over:
                    self.over.add(one.at)
                    self._drop_others(one.at)
                    self.n_left -= 1
                    yield one.at
        self._let_go()

    def _deal(self) -> None:
        self.engine.lose_late()
        for hand in list(self.engine.free):
            at = self._next_for(hand)
            if at is not None:
                self.engine.free.remove(hand)
                self._ask(hand, at)
        if self.engine.free and not self.waiting:
            self._ask_again(self.engine.free)
            self._begin_next(self.engine.free)

    def _next_for(self, hand: Hand) -> int | None:
        own = hand.is_hired_for
        if own is not None:
            return own if own in self.waiting else None
        free = [at for at in self.waiting if at not in self.memory]
        near = [at for at in free if self.order.units[at].get("near", hand.node) == hand.node]
        return next(iter([*near, *free]), None)

    def _ask(self, hand: Hand, at: int) -> None:
        if at in self.waiting:
            self.waiting.remove(at)
        ref, self.asked[ref] = self.engine.ask(self.order, at, hand, self.budgets.get(at))

    def _ask_again(self, free: list[Hand]) -> None:
        """A unit that takes far longer than others is begun by a second worker too."""
        if len(self.took) < 3:
            return
        late = max(_LATE_S, _LATE * statistics.median(self.took))
        times: dict[int, int] = {}
        for one in self.asked.values():
            times[one.at] = times.get(one.at, 0) + 1
        for one in list(self.asked.values()):
            is_late = time.monotonic() - one.began > late
            if free and is_late and times[one.at] == 1 and one.at not in self.memory:
                self._ask(free.pop(), one.at)

    def _begin_next(self, free: list[Hand]) -> None:
        """Who has nothing to do begins with what comes next."""
        if self.ahead is not nothing:
            order, self.ahead = self.ahead(), nothing
            if order is not None and self.engine.fits_workers(order):
                self.next = [(order, at) for at in range(len(order.units))]
        while free and self.next:
            order, at = self.next.pop(0)
            if not UnitFile(order.folder(self.run), at).is_done():
                ref, asked = self.engine.ask(order, at, free.pop())
                self.engine.early[ref] = asked

    def _unit(self, at: int) -> UnitFile:
        return UnitFile(self.order.folder(self.run), at)

    def _is_over(self, ref: Any, one: Asked) -> bool:
        """Whether its unit needs no more tries; a worker that was lost is replaced."""
        errors, unit = self.ray.exceptions, self._unit(one.at)
        try:
            self.ray.get(ref)
        except errors.RayTaskError as error:
            why = in_one_line(error.cause)
            is_short = isinstance(error.cause, MemoryError) or _is_short(why)
            if not self._failed(one, why, is_short):
                self._give_back(one.hand)
        except errors.RayError as error:
            is_short = isinstance(error, errors.OutOfMemoryError)
            why = next(iter(str(error).strip().splitlines()), LOST)
            why = SILENT if isinstance(error, errors.ActorUnavailableError) else why
            if not self._failed(one, SHORT if is_short else why, is_short):
                self.memory.pop(one.at, None)
                self.engine.lose(one.hand)
        else:
            self._give_back(one.hand)
            self.took.append(time.monotonic() - one.began)
            return True
        if unit.is_done() or one.at in self.over:
            return True
        if any(other.at == one.at for other in self.asked.values()):
            return False  # a second worker is at it
        self.n_tries[one.at] = self.n_tries.get(one.at, 0) + 1
        if self.n_tries[one.at] < MOST_TRIES:
            self.waiting.append(one.at)
            return False
        return True

    def _failed(self, one: Asked, why: str, is_short: bool) -> bool:
        """Say why a try ended; after a lack of memory the next one needs less, or has more.

        Whether a larger worker has taken the place of the one that tried.
        """
        if one.at in self.over:
            return False
        self._unit(one.at).explain(why, one.mark)
        if not is_short:
            return False
        if one.at not in self.budgets:
            self.budgets[one.at] = SMALLER_BUDGET
            return False
        memory = 2 * (one.hand.share.memory or _LEAST_MEMORY)
        if not self.engine.hire_larger(one.hand, one.at, memory):
            return False
        self.memory[one.at] = memory
        return True

    def _give_back(self, hand: Hand) -> None:
        """A worker is free; one that was hired for a unit goes."""
        if hand.is_hired_for is None or hand.is_hired_for in self.waiting:
            self.engine.free.append(hand)
        else:
            self.engine.lose(hand)

    def _drop_others(self, at: int) -> None:
        """A second try of what is done counts as no try; its worker is free when it ends."""
        for ref, one in list(self.asked.items()):
            if one.at == at:
                del self.asked[ref]
                self.engine.late[ref] = one.hand, time.monotonic()
                self._unit(at).forget(one.mark)

    def _let_go(self) -> None:
        """Workers that are coming for units which others have done."""
        for ref, hand in list(self.engine.coming.items()):
            if hand.is_hired_for is not None:
                del self.engine.coming[ref]
                self.engine.lose(hand)


def _is_short(why: str) -> bool:
    return "out of memory" in why.lower() or "can't allocate memory" in why.lower()
