"""A worker: it computes units of a run by the files of its folder, and commits each as a file."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch

from probing.datasets import TextDataset
from probing.engine.classifiers import load
from probing.engine.experiment.execution import Execution
from probing.engine.experiment.units.entry_units import joined, store_cells
from probing.engine.experiment.units.fit_units import UnitStore, plan_of_run
from probing.engine.experiment.units.orders import Order, read_order
from probing.engine.experiment.units.text_units import computed, possible, texts_of
from probing.engine.experiment.units.unit_files import Found, UnitFile
from probing.engine.experiment.units.worker_datasets import WorkerDatasets
from probing.engine.extraction import continue_texts
from probing.engine.models import DistinctTexts
from probing.engine.models.loading import load_libraries
from probing.errors import RunError, in_one_line
from probing.logs import RunFolder
from probing.plan import PlannedPass, plan_again
from probing.spec import PoolerSpec


class Worker:
    """Computes units of the run in the folder `path`, on a device of its own.

    Models and datasets stay loaded between units. Raises what the runner would raise.
    """

    def __init__(self, path: str, device: str, n_threads: int) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        torch.set_num_threads(n_threads)
        self.run, self.device = RunFolder(Path(path)), device
        spec, base = self.run.read_spec(), self.run.path
        fitters = [load(entry, base) for entry in spec.classifiers]
        tasks = {
            entry.name: each.tasks for entry, each in zip(spec.classifiers, fitters, strict=True)
        }
        made = plan_again(spec, plan_of_run(self.run), base, lambda name: tasks[name])
        self.store = UnitStore(self.run, made)
        kept = WorkerDatasets(self.run, made)
        self.execution = Execution(made, fitters, self.store, device, base, kept=kept)
        self._order: tuple[str, Order] | None = None
        self._texts: tuple[tuple[int, int], DistinctTexts] | None = None

    def prepare(self, order_file: str) -> None:
        """Load the libraries and the model that an order needs, before its first unit."""
        order = read_order(Path(order_file))
        if order is not None and order.kind in ("texts", "continuations"):
            load_libraries()
            with suppress(Exception):  # which the unit raises that needs it
                self.execution.passes.loaded(self.execution.plan.passes[order.pass_at])

    def do(self, order_file: str, at: int, token_budget: int | None = None, mark: str = "") -> None:
        """Compute the unit `at` of an order and commit it, unless that has been done.

        The sign of this try is under `mark`. Batches are of `token_budget` tokens where one is
        given. Raises `RunError` for an order that is not there.
        """
        order = self._read(order_file)
        unit = UnitFile(order.folder(self.run), at)
        if unit.is_done():
            return
        begun = unit.begin(mark)
        try:
            found = self._computed(order, at, token_budget)
        except Exception as error:  # a process that is ended has no reason of its own
            begun.say(in_one_line(error))
            raise
        if unit.is_done():  # another worker was as late, and has done it
            begun.forget()
            return
        begun.succeed(found)

    def _computed(self, order: Order, at: int, token_budget: int | None) -> Found:
        self.store.begin(order.attempt, order.n_events)
        one = self.execution.plan.passes[order.pass_at]
        if order.kind == "texts":
            return self._read_texts(one, order, at, token_budget)
        if order.kind == "continuations":
            return self._continued(one, range(*order.units[at]["part"]), token_budget)
        if order.kind == "entries":
            self._store_features(one, order, at)
        elif order.kind == "probes":
            self.execution.save(one, order.units[at]["blocks"])
        else:
            self.execution.fit(order.units[at]["blocks"])
        arrays, steps = self.store.taken()
        return Found(arrays, {"steps": steps, "saved": self.store.saved})

    def _continued(self, one: PlannedPass, part: range, token_budget: int | None) -> Found:
        model, read = self.execution.passes.loaded(one), self._data(one).read
        texts = texts_of(read, None)
        found = continue_texts(model, texts, part=part, token_budget=token_budget)
        return Found(found.to_arrays())

    def _data(self, one: PlannedPass) -> TextDataset:
        return self.execution.datasets.of(one.dataset).data

    def _read_texts(
        self, one: PlannedPass, order: Order, at: int, token_budget: int | None
    ) -> Found:
        unit, model = order.units[at], self.execution.passes.loaded(one)
        texts = self._distinct(one, order)
        asked = [PoolerSpec(**entry) for entry in order.shared["poolers"]]
        poolers, impossible = possible(model, asked)
        if not poolers:
            return Found(facts={"impossible": impossible})
        part = range(*unit["part"])
        found = computed(model, texts, poolers, part, unit.get("batches"), token_budget)
        return replace(found, facts={**found.facts, "impossible": impossible})

    def _store_features(self, one: PlannedPass, order: Order, at: int) -> None:
        """Put cells of a pass into the activation cache, from the units of its texts."""
        passes, texts = self.execution.passes, self.run.work / order.shared["texts"]
        passes.cache.look_again(order.shared["kept"])
        parts = joined(texts, order.shared["n_parts"], self._distinct(one, order).source)
        shelf = passes.shelf(one, self._data(one))
        store_cells(shelf, parts, order, at, one.model.facts.n_layers)
        passes.cache.flush()

    def _distinct(self, one: PlannedPass, order: Order) -> DistinctTexts:
        """The texts of a pass, which the units of its orders share."""
        key = order.pass_at, order.attempt
        if self._texts is None or self._texts[0] != key:
            data = self._data(one)
            found = texts_of(data.read, self.execution.passes.generated.of(one, data))
            self._texts = key, found
        return self._texts[1]

    def _read(self, order_file: str) -> Order:
        if self._order is None or self._order[0] != order_file:
            order = read_order(Path(order_file))
            if order is None:
                hint = "do all nodes see the folder of the run?"
                raise RunError("the order of work is not there", where=order_file, hint=hint)
            self._order = order_file, order
            self.execution.passes.cache.look_again()  # other workers have written
        return self._order[1]
