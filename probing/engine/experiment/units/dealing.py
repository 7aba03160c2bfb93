"""Deal the units of a run to an engine's workers, and take what they do into the run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol

from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.units.ahead import Ahead, nothing
from probing.engine.experiment.units.entry_units import (
    Cell,
    ReadParts,
    cells_asked,
    grouped,
)
from probing.engine.experiment.units.fit_units import replay
from probing.engine.experiment.units.orders import Kind, Order, open_orders, read_order
from probing.engine.experiment.units.text_units import Collected, batches_within, cut
from probing.engine.experiment.units.unit_files import Done, UnitFile
from probing.engine.extraction import PassProgress
from probing.engine.models import Continuations, DistinctTexts
from probing.errors import CellError, RunError
from probing.events import EngineStarted, ProbesSaved, UnitDone, UnitFailed
from probing.plan import PlannedCells, PlannedPass
from probing.plan.costs.dealt_work import FEWEST_CONTINUED
from probing.spec import PoolerSpec

FLOAT_BYTES = 4
Batches = list[list[int]]
Unit = Mapping[str, Any]


class Engine(Protocol):
    """Has workers do the units of orders; it decides who does which, and nothing else."""

    def start(self, first: Order) -> EngineStarted:
        """Have the workers ready for the first order, which is written."""

    def work(self, order: Order, left: Sequence[int], ahead: Ahead) -> Iterator[int]:
        """The units `left` of an order as each is done, or given up.

        Workers that find none to begin may begin those of the order that `ahead` gives.
        """

    def close(self) -> None:
        """Let the workers go."""


@dataclass(frozen=True)
class AskedTexts:
    """The texts of a pass as workers are asked for them: under which poolers, how many bytes of
    features each has, and the batches of an earlier pass if there are any."""

    one: PlannedPass
    texts: DistinctTexts
    poolers: Sequence[PoolerSpec]
    row_bytes: int
    batches: Batches | None


class Dealing:
    """What the runner asks, done by `engine`: the texts of a pass, their features into the cache,
    what texts are continued by, fits, and probes to save."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self.store, self.engine = store, engine
        self._is_started = False
        self._taken: list[Order] = []
        self._ahead: set[str] = set()  # orders of this attempt that were given out early

    def texts(self, asked: AskedTexts, progress: Any) -> ReadParts:
        """Have the texts of a pass read.

        Raises `RunError` where some texts could not be read by any worker.
        """
        began = time.monotonic()
        order, texts = self._order_of_texts(asked), asked.texts
        collected = Collected(texts, [range(*unit["part"]) for unit in order.units])
        impossible = list[Mapping[str, Any]]()
        for at, done in self._done(order):
            if done is None:
                why = "; ".join(UnitFile(order.folder(self.store.run), at).reasons()[-1:])
                raise RunError(f"no worker could read some of the texts: {why}", hint=_HINT)
            impossible = done.facts["impossible"]
            if done.arrays:
                collected.take(at, done.arrays, done.facts)
                progress(_progress(collected, len(texts), time.monotonic() - began))
        whole = collected.whole(time.monotonic() - began) if collected.facts else None
        return ReadParts(whole, collected.facts, impossible, order, texts.source)

    def texts_ahead(self, asked: AskedTexts) -> Order:
        """Give out the texts of a pass that is to come, which `texts` will ask for then."""
        order = self._order_of_texts(asked)
        order.write(self.store.run)
        self._ahead.add(order.name)
        return order

    def _order_of_texts(self, asked: AskedTexts) -> Order:
        units = []
        for part in cut(len(asked.texts.rows), asked.row_bytes):
            own = batches_within(asked.batches, asked.texts, part)
            units.append({"part": [part.start, part.stop], **({"batches": own} if own else {})})
        shared = {"poolers": [asdict(pooler) for pooler in asked.poolers]}
        return self._earlier(self._order("texts", asked.one, units, shared), asked.one)

    def _earlier(self, order: Order, one: PlannedPass) -> Order:
        """The order of an earlier attempt for these texts that has all cells of this one; or it.

        Some cells may be stored since, which leaves fewer to ask for.
        """
        n_layers = one.model.facts.n_layers
        asked = cells_asked(order.shared["poolers"], n_layers)
        for path in open_orders(self.store.run):
            other = read_order(path) if path.stem.startswith(f"texts-{order.pass_at}-") else None
            if other is not None and asked <= cells_asked(other.shared["poolers"], n_layers):
                return replace(other, attempt=order.attempt, n_events=order.n_events)
        return order

    def entries(
        self, one: PlannedPass, read: ReadParts, kept: Collection[str]
    ) -> Mapping[Cell, str]:
        """Have features of a pass stored in the activation cache, which keeps the entries `kept`.

        Those of some cells may not be there afterwards, such as where the cache is full. Returns
        the node that has seen to each.
        """
        nodes = dict[Cell, str]()
        units = [{"cells": group} for group in grouped(read)]
        order = self._order("entries", one, units, {**read.told(self.store.run), "kept": [*kept]})
        for at, done in self._done(order):
            if done is not None:
                replay(self.store, {}, done.facts["steps"])
                nodes |= dict.fromkeys(order.units[at]["cells"], done.node)
        return nodes

    def continuations(
        self,
        one: PlannedPass,
        texts: DistinctTexts,
        known: Container[int],
        take: Callable[[range, Continuations], object],
    ) -> None:
        """Continue the texts of a pass whose places are not `known`; `take` gets each part.

        Raises `CellError` where some could not be continued by any worker.
        """
        parts = cut(len(texts.rows), 0, fewest=FEWEST_CONTINUED)
        units = [{"part": [part.start, part.stop]} for part in parts]
        order = self._order("continuations", one, units, {"generate": texts.generate})
        over = {at for at, part in enumerate(parts) if all(place in known for place in part)}
        for at, done in self._done(order, over):
            if done is None:
                why = "; ".join(UnitFile(order.folder(self.store.run), at).reasons()[-1:])
                raise CellError(f"no worker could continue some of the texts: {why}", hint=_HINT)
            take(parts[at], Continuations.from_arrays(done.arrays))

    def fits(
        self,
        one: PlannedPass,
        groups: Sequence[Sequence[PlannedCells]],
        kind: Kind = "fits",
        ahead: Ahead = nothing,
        near: Mapping[int, str] | None = None,
    ) -> None:
        """Fit blocks that read a pass, a group by one worker, and commit them as they come.

        The groups are all that there are, so that a resumed run finds what was done of them. `near`
        has the nodes at which the features of blocks are, by their numbers.
        """
        order = self._order(kind, one, _by_number(groups, near or {}), {})
        for at, done in self._done(order, self._finished(groups), ahead):
            if done is not None:
                replay(self.store, done.arrays, done.facts["steps"])
            else:
                reasons = UnitFile(order.folder(self.store.run), at).reasons()
                tried = f"no worker could fit it, tried {len(reasons)} times"
                self.store.fail(groups[at], f"{tried}: {'; '.join(reasons[-1:])}")
        self.settle()

    def probes(self, one: PlannedPass, groups: Sequence[Sequence[PlannedCells]]) -> set[int]:
        """Save the probes of blocks of a pass, a group by one worker.

        Returns the numbers of the blocks that a worker has seen to.
        """
        order, seen_to = self._order("probes", one, _by_number(groups), {}), set[int]()
        names: list[str] = []
        for at, done in self._done(order):
            if done is not None:
                replay(self.store, done.arrays, done.facts["steps"])
                names += done.facts["saved"]
                seen_to.update(block.at for block in groups[at])
        if names:
            self.store.emit([ProbesSaved(one.model.name, one.dataset.name, tuple(names))])
        self.settle()
        return seen_to

    def settle(self) -> None:
        """Remove the files of orders that are taken in, and kept elsewhere."""
        for order in self._taken:
            folder = order.folder(self.store.run)
            order.file(self.store.run).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
        self._taken.clear()

    def _order(
        self, kind: Kind, one: PlannedPass, units: Sequence[Unit], shared: Mapping[str, Any]
    ) -> Order:
        names = [(each.model.name, each.dataset.name) for each in self.store.plan.passes]
        at = names.index((one.model.name, one.dataset.name))
        return Order(kind, at, self.store.attempt, tuple(units), shared, self.store.n_events)

    def close(self) -> None:
        """Let the workers go; nothing of what they were given is left."""
        self.engine.close()

    def _finished(self, groups: Sequence[Sequence[PlannedCells]]) -> set[int]:
        """The groups of which everything is committed."""
        cells = [[cell.id for block in group for cell in block.cells] for group in groups]
        return {at for at, own in enumerate(cells) if self.store.is_finished(own)}

    def _done(
        self, order: Order, over: Container[int] = (), ahead: Ahead = nothing
    ) -> Iterator[tuple[int, Done | None]]:
        """Every unit once but those that are `over`; None where one failed.

        Those come first that an earlier attempt has done, or that were done ahead.
        """
        files = [UnitFile(order.folder(self.store.run), at) for at in range(len(order.units))]
        order.write(self.store.run)
        self._taken.append(order)
        left = []
        for at, file in enumerate(files):
            if at in over:
                continue
            done = file.read() if file.is_done() else None
            if done is None:
                left.append(at)
            else:
                if order.name in self._ahead:
                    self._tell(order.unit_name(at), done, done.reasons)
                yield at, done
        if left:
            self._start(order)
        for at in self.engine.work(order, left, ahead) if left else ():
            done = files[at].read()
            self._tell(order.unit_name(at), done, files[at].reasons())
            yield at, done

    def _start(self, first: Order) -> None:
        if not self._is_started:
            self.store.emit([self.engine.start(first)])
            self._is_started = True

    def _tell(self, unit: str, done: Done | None, reasons: tuple[str, ...]) -> None:
        if done is None:
            self.store.emit([UnitFailed(unit, len(reasons), reasons)])
        else:
            told = UnitDone(unit, done.node, done.n_tries, done.reasons, done.elapsed_s)
            self.store.emit([told])


_HINT = "resume the run to try again"


def _by_number(
    groups: Sequence[Sequence[PlannedCells]], near: Mapping[int, str] = MappingProxyType({})
) -> list[Unit]:
    units = list[Unit]()
    for group in groups:
        node = near.get(group[0].at)
        units.append({"blocks": [one.at for one in group], **({"near": node} if node else {})})
    return units


def _progress(read: Collected, n_texts: int, elapsed_s: float) -> PassProgress:
    expected = read.n_tokens * n_texts // max(read.n_texts, 1)
    return PassProgress(read.n_texts, n_texts, read.n_tokens, expected, elapsed_s)
