"""Ray's workers: actors that do the units of a run, on this machine or on those of a cluster."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from probing.engine.experiment.units.ahead import Ahead, nothing
from probing.engine.experiment.units.by_ray.actor import actor_class, environment_of
from probing.engine.experiment.units.by_ray.connection import connect, load_ray
from probing.engine.experiment.units.by_ray.crew import Crew
from probing.engine.experiment.units.by_ray.nodes import Share, check_nodes, living, share_of
from probing.engine.experiment.units.by_ray.own_folder import OwnFolder
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import LOST, UnitFile
from probing.errors import RunError, in_one_line
from probing.events import EngineStarted
from probing.logs import RunFolder

PATIENCE_S = 600.0  # for a first worker, or for the next one where none is left
LOADING_S = 3600.0  # for one that is there, and loads a model
LATE_S = 120.0  # that a worker may go on with what another has done
_MOST_FAILURES = 4  # of workers that do not come up, one after the other


@dataclass(eq=False)
class Hand:
    """A worker: the actor, and what it takes."""

    actor: Any
    share: Share
    placed: Any = None  # what tells that it has its place
    is_hired_for: int | None = None  # the one unit that needs so much memory
    node: str = ""


@dataclass
class Asked:
    """A unit of an order that a worker is at, under the mark of this try."""

    order: Order
    at: int
    hand: Hand
    mark: str
    began: float


class RayEngine:
    """Has actors do the units, one at a time each; a lost one is replaced.

    `address` is that of a cluster; None starts Ray on this machine, for this run alone.
    """

    def __init__(self, run: RunFolder, crew: Crew, address: str | None) -> None:
        self.run, self.crew, self.address = run, crew, address
        self.free: list[Hand] = []
        self.coming: dict[Any, Hand] = {}
        self.late: dict[Any, tuple[Hand, float]] = {}  # at what others have done, since when
        self.early: dict[Any, Asked] = {}  # at units of an order that is to come
        self.share, self.n_workers = Share(max(1, crew.n_threads), crew.gpus_each), 0
        self.order: Order  # at work, for which workers are made ready
        self._n_failures = 0
        self._folder: OwnFolder | None = None

    def start(self, first: Order) -> EngineStarted:
        """Connect, and have a first worker; raises `RunError` where that cannot be."""
        began, self.order = time.monotonic(), first
        self.ray = load_ray(self.address)
        self._folder = OwnFolder() if self.address is None else None
        connect(self.ray, self.crew, self.address, self._folder.path if self._folder else None)
        nodes = living(self.ray)
        self._choose(any(node.gpus for node in nodes))
        self._size(self.crew.gpus_each)
        if self.address is not None:
            check_nodes(self.ray, self.run, [node for node in nodes if self.share.room(node)])
        self._hire(self.n_workers)
        while not self.free:
            self._wait_for_one(began)
        names = tuple(dict.fromkeys(node.name for node in nodes if self.share.room(node)))
        return EngineStarted("ray", self.n_workers, names, time.monotonic() - began)

    def work(self, order: Order, left: Sequence[int], ahead: Ahead = nothing) -> Iterator[int]:
        """Every unit as it is done, or once it has been tried too often.

        Workers that are free, when none is left to begin, begin those of the order `ahead`.
        """
        from probing.engine.experiment.units.by_ray.order_at_work import OrderAtWork

        self.order = order
        n_gpus = self._gpus_for(order)
        if n_gpus != self.share.n_gpus:
            self._change(n_gpus)
        return OrderAtWork(self, order, left, ahead).units()

    def fits_workers(self, order: Order) -> bool:
        """Whether the workers that there are can do an order."""
        return self._gpus_for(order) == self.share.n_gpus

    def _gpus_for(self, order: Order) -> int:
        return self.crew.gpus_of.get(order.pass_at, self.crew.gpus_each)

    def close(self) -> None:
        """Let the workers go; Ray stops too, if this run has started it."""
        if hasattr(self, "ray"):
            with suppress(Exception):
                self.ray.shutdown()
        if self._folder is not None:
            self._folder.remove()
        self.free, self.coming = [], {}

    def lose(self, hand: Hand) -> None:
        """Be done with a worker; another comes in its place."""
        with suppress(Exception):
            self.ray.kill(hand.actor)
        self._hire(1)

    def hire_larger(self, hand: Hand, at: int, memory: int) -> bool:
        """Have one with so many bytes for a unit, in the place of a worker; whether one can be."""
        share = replace(self.share, memory=memory)
        if not any(share.room(node) for node in living(self.ray)):
            return False
        with suppress(Exception):
            self.ray.kill(hand.actor)
        self._hire(1, share, at)
        return True

    def take_in(self, ref: Any) -> None:
        """A worker that was coming is there, or is not going to be."""
        hand = self.coming.pop(ref)
        try:
            hand.node = self.ray.get(ref)
        except self.ray.exceptions.RayError as error:
            self._n_failures += 1
            if self._n_failures >= _MOST_FAILURES:
                raise RunError(f"workers do not come up: {_why(error)}", where="engine") from None
            self.lose(hand)
        else:
            self._n_failures = 0
            self.free.append(hand)

    def take_back(self, ref: Any) -> None:
        """A worker is through with what another has done before it."""
        hand, _ = self.late.pop(ref)
        try:
            self.ray.get(ref)
        except self.ray.exceptions.RayTaskError:
            pass
        except self.ray.exceptions.RayError:
            self.lose(hand)
            return
        if hand.is_hired_for is None:
            self.free.append(hand)
        else:
            self.lose(hand)

    def ask(self, order: Order, at: int, hand: Hand, token_budget: int | None = None) -> Any:
        """Have a worker do a unit; what says when it is over, and what was asked."""
        mark = secrets.token_hex(4)
        ref = hand.actor.do.remote(str(order.file(self.run)), at, token_budget, mark)
        return ref, Asked(order, at, hand, mark, time.monotonic())

    def end_early(self, ref: Any) -> None:
        """A worker is through with a unit of an order that is still to come."""
        one = self.early.pop(ref)
        try:
            self.ray.get(ref)
        except self.ray.exceptions.RayTaskError as error:
            self.explain(one, in_one_line(error.cause))
        except self.ray.exceptions.RayError as error:
            self.explain(one, _why(error) or LOST)
            self.lose(one.hand)
            return
        self.free.append(one.hand)

    def explain(self, one: Asked, why: str) -> None:
        """Say why a try ended."""
        UnitFile(one.order.folder(self.run), one.at).explain(why, one.mark)

    def lose_late(self) -> None:
        """Replace workers that do not come to an end of it, such as one on a node that hangs."""
        for ref, (hand, since) in list(self.late.items()):
            if time.monotonic() - since > LATE_S:
                del self.late[ref]
                self.lose(hand)

    def check_patience(self, since: float) -> None:
        """Raises `RunError` where nobody works, and has not for too long."""
        waited = time.monotonic() - since
        if waited > (LOADING_S if self._is_one_there() else PATIENCE_S):
            takes = f"{self.share.n_threads} CPUs"
            takes += f" and {self.share.n_gpus} GPUs" if self.share.n_gpus else ""
            what = f"Ray has had no room for a worker of {takes} for {PATIENCE_S / 60:.0f} minutes"
            hint = "resume the run when the cluster has room (`ray status`)"
            raise RunError(what, where="engine", hint=hint)

    def _is_one_there(self) -> bool:
        """Whether a worker that is coming has its place already."""
        placed = [hand.placed for hand in self.coming.values()]
        return bool(placed and self.ray.wait(placed, timeout=0)[0])

    def _wait_for_one(self, since: float) -> None:
        for ref in self.ray.wait([*self.coming], timeout=2.0)[0]:
            self.take_in(ref)
        self.check_patience(since)

    def _choose(self, has_gpus: bool) -> None:
        """Compute on the GPUs of nodes, where these have some and the machine of the run has none.

        Raises `RunError` where its numbers would not be those that the run expects.
        """
        if not has_gpus or self.crew.on_gpus is None:
            return
        if self.crew.why_not:
            hint = 'set dtype, such as "float32" or "bfloat16"; or device = "cpu"'
            raise RunError(self.crew.why_not, where="engine", hint=hint)
        self.crew = self.crew.on_gpus

    def _size(self, n_gpus: int) -> None:
        """How many workers there are to be for models of so many GPUs, and what each takes."""
        crew = self.crew
        self.share, self.n_workers = Share(crew.n_threads, n_gpus), crew.n_workers
        if n_gpus != crew.gpus_each:
            self.n_workers = max(1, crew.n_workers * max(1, crew.gpus_each) // n_gpus)
        if self.address is None:
            self.share = replace(self.share, n_threads=1)
        else:
            nodes = living(self.ray)
            self.share = share_of(nodes, n_gpus, crew.n_workers, crew.memory)
            room = sum(self.share.room(node) for node in nodes)
            if not room:
                what = f"no node of the cluster has {n_gpus or 'a free CPU'}"
                what += f" GPU{'s' if n_gpus > 1 else ''}" if n_gpus else ""
                hint = 'see `ray status`; device = "cpu" computes on CPUs'
                raise RunError(what, where="engine", hint=hint)
            self.n_workers = min(crew.n_workers or room, room)
        if crew.most:
            self.n_workers = min(self.n_workers, crew.most)

    def _change(self, n_gpus: int) -> None:
        """Other workers in the place of these, with so many GPUs each."""
        late = [hand for hand, _ in self.late.values()]
        early = [one.hand for one in self.early.values()]
        for hand in [*self.free, *self.coming.values(), *late, *early]:
            with suppress(Exception):
                self.ray.kill(hand.actor)
        self.free, self.coming, self.late, self.early = [], {}, {}, {}
        self._size(n_gpus)
        self._hire(self.n_workers)

    def _hire(self, number: int, share: Share | None = None, at: int | None = None) -> None:
        own, device = share or self.share, self.crew.device
        if own.n_gpus != self.crew.gpus_each and own.n_gpus > 1:
            device = "cuda"
        options = {
            "num_cpus": own.n_threads,
            "num_gpus": own.n_gpus,
            "max_restarts": 0,
            **({"memory": own.memory} if own.memory else {}),
        }
        threads = own.n_threads if self.address is not None else self.crew.n_threads
        for _ in range(number):
            actor = self.ray.remote(actor_class()).options(**options)
            made = actor.remote(str(self.run.path), device, threads, environment_of(threads))
            hand = Hand(made, own, made.placed.remote(), at)
            self.coming[made.ready.remote(str(self.order.file(self.run)))] = hand


def _why(error: Exception) -> str:
    """The first line of what Ray says, which goes on to tell of its own files."""
    inner = getattr(error, "cause", None) or error
    return next(iter(str(inner).strip().splitlines()), type(inner).__name__)
