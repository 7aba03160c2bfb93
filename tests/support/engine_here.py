"""An engine whose one worker is this process, with accidents on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from probing.engine.experiment.units.ahead import Ahead
from probing.engine.experiment.units.by_ray.crew import Crew
from probing.engine.experiment.units.by_ray.order_at_work import MOST_TRIES
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import UnitFile
from probing.engine.experiment.units.worker import Worker
from probing.events import EngineStarted
from probing.logs import RunFolder

Accident = Callable[[Order, int, int], None]
"""Given an order, a unit and how often it was tried before; raises what happens to it."""


class LostError(Exception):
    """The worker is gone, without a word."""


def none(order: Order, at: int, n_tries: int) -> None:
    """All goes well."""


class Here:
    """Does the units of an order from the last to the first, each as often as it takes.

    Where it `looks_ahead`, all but one of the order that comes is done before the last of one.
    """

    looks_ahead: ClassVar[bool] = False
    accident: ClassVar[Accident] = staticmethod(none)
    done: ClassVar[list[str]] = []
    early: ClassVar[list[str]] = []

    def __init__(self, run: RunFolder, crew: Crew, address: str | None) -> None:
        self.run, self.crew = run, crew

    def start(self, first: Order) -> EngineStarted:
        self.worker = Worker(str(self.run.path), self.crew.device, 1)
        return EngineStarted("here", 1, ("here",), 0.0)

    def work(self, order: Order, left: Sequence[int], ahead: Ahead) -> Iterator[int]:
        path = str(order.file(self.run))
        for at in reversed(left):
            if at == left[0] and self.looks_ahead:
                self._begin(ahead())
            unit = UnitFile(order.folder(self.run), at)
            for n_tries in range(MOST_TRIES):
                try:
                    self.accident(order, at, n_tries)
                    self.worker.do(path, at)
                    break
                except LostError:
                    unit.begin()
                except (OSError, ValueError) as error:
                    unit.explain(str(error))
            self.done.append(order.unit_name(at))
            yield at

    def _begin(self, order: Order | None) -> None:
        for at in range(1, len(order.units)) if order is not None else ():
            self.early.append(order.unit_name(at))
            self.worker.do(str(order.file(self.run)), at)

    def close(self) -> None:
        pass
