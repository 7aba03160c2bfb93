"""A worker: it computes units of a run by the files of its folder, and commits each as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from probing import plan
from probing.datasets import TextDataset
from probing.engine.classifiers import load
from probing.engine.experiment.execution import Execution
from probing.engine.experiment.units.fit_units import UnitStore
from probing.engine.experiment.units.orders import Order, read_order
from probing.engine.experiment.units.text_units import computed, possible, texts_of
from probing.engine.experiment.units.unit_files import UnitFile
from probing.engine.extraction import continue_texts
from probing.engine.models import DistinctTexts
from probing.engine.models.loading import load_libraries
from probing.errors import RunError, in_one_line
from probing.logs import RunFolder
from probing.plan import PlannedPass, from_json, with_findings
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
        # the run has stored what an audit finds
        made = plan.look_up(
            replace(spec, audit=False), base, lambda name: tasks[name], fetching=lambda fetch: None
        )
        made = with_findings(replace(made, spec=spec), from_json(self.run.plan) or {})
        self.store = UnitStore(self.run, made)
        self.execution = Execution(made, fitters, self.store, device, base)
        self._order: tuple[str, Order] | None = None
        self._texts: tuple[str, DistinctTexts] | None = None

    @staticmethod
    def prepare(order_file: str) -> None:
        """Load the libraries that an order needs, before its first unit."""
        order = read_order(Path(order_file))
        if order is not None and order.kind in ("texts", "continuations"):
            load_libraries()

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
            arrays, facts = self._computed(order, at, token_budget)
        except Exception as error:  # a process that is ended has no reason of its own
            begun.say(in_one_line(error))
            raise
        if unit.is_done():  # another worker was as late, and has done it
            begun.forget()
            return
        begun.succeed(arrays, facts)

    def _computed(
        self, order: Order, at: int, token_budget: int | None
    ) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]:
        self.store.begin(order.attempt, order.n_events)
        one = self.execution.plan.passes[order.pass_at]
        if order.kind == "texts":
            return self._read_texts(one, order, at, token_budget)
        if order.kind == "continuations":
            return self._continued(one, range(*order.units[at]["part"]), token_budget), {}
        numbers = order.units[at]["blocks"]
        if order.kind == "probes":
            self.execution.save(one, numbers)
        else:
            self.execution.fit(numbers)
        arrays, steps = self.store.taken()
        return arrays, {"steps": steps, "saved": self.store.saved}

    def _continued(
        self, one: PlannedPass, part: range, token_budget: int | None
    ) -> Mapping[str, NDArray[Any]]:
        model, read = self.execution.passes.loaded(one), self._data(one).read
        texts = texts_of(read, None)
        found = continue_texts(model, texts, part=part, token_budget=token_budget)
        return found.to_arrays()

    def _data(self, one: PlannedPass) -> TextDataset:
        return self.execution.datasets.of(one.dataset).data

    def _read_texts(
        self, one: PlannedPass, order: Order, at: int, token_budget: int | None
    ) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]:
        unit, model = order.units[at], self.execution.passes.loaded(one)
        texts = self._distinct(one, order)
        asked = [PoolerSpec(**entry) for entry in order.shared["poolers"]]
        poolers, impossible = possible(model, asked)
        if not poolers:
            return {}, {"impossible": impossible}
        part = range(*unit["part"])
        arrays, facts = computed(model, texts, poolers, part, unit.get("batches"), token_budget)
        return arrays, {**facts, "impossible": impossible}

    def _distinct(self, one: PlannedPass, order: Order) -> DistinctTexts:
        """The texts of a pass, which the units of an order share."""
        if self._texts is None or self._texts[0] != order.name:
            data = self._data(one)
            found = texts_of(data.read, self.execution.passes.generated.of(one, data))
            self._texts = order.name, found
        return self._texts[1]

    def _read(self, order_file: str) -> Order:
        if self._order is None or self._order[0] != order_file:
            order = read_order(Path(order_file))
            if order is None:
                hint = "do all nodes see the folder of the run?"
                raise RunError("the order of work is not there", where=order_file, hint=hint)
            self._order = order_file, order
        return self._order[1]
