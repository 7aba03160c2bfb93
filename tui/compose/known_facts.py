"""What is known of datasets and models: looked up in threads, kept, and read by the pickers."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from probing import catalog, datasets
from probing.catalog import ModelFacts
from probing.errors import DatasetError, ModelError, ProbingError
from probing.plan import Plan, make
from probing.plan.unique_names import name_datasets, name_models
from probing.spec import DatasetSpec, ModelSpec, Spec
from tui.processes import plugin_offers

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts

RETRY_S = 30.0
LARGE = 64 * 2**20

DataFacts = tuple["DatasetFacts", ...]


class FactsBook:
    """Facts of datasets and models as they are meant from `base`.

    `dataset`, `model`, `plan` and `check` read files and belong into a thread; the `known_`
    methods only tell what has been looked up.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self._data: dict[DatasetSpec, DataFacts | ProbingError] = {}
        self._models: dict[str, ModelFacts | ProbingError] = {}
        self._failed: dict[str, float] = {}
        self._lock = threading.Lock()

    def known_dataset(self, entry: DatasetSpec) -> DataFacts | ProbingError | None:
        """The facts of every file that `entry` means, its error, or None before a look."""
        return self._data.get(entry)

    def known_model(self, entry: ModelSpec) -> ModelFacts | ProbingError | None:
        """The facts of a model, its error, or None before a look."""
        return self._models.get(entry.model)

    def dataset(self, entry: DatasetSpec) -> DataFacts:
        """Look the files of `entry` up; raises `DatasetError` where one cannot be used."""
        with self._lock:
            try:
                found = self._peeked(entry)
            except ProbingError as error:
                self._data[entry] = error
                raise
            self._data[entry] = found
            return found

    def group_size(self, entry: DatasetSpec) -> float:
        """About how many texts hold a group of every class; 1 where that is not known yet."""
        found = self._data.get(entry, ())
        if isinstance(found, ProbingError):
            return 1.0
        sizes = [one.n_rows / one.n_groups * one.n_classes for one in found if one.n_groups]
        return max(sizes, default=1.0)

    def glance(self, entry: DatasetSpec) -> None:
        """Look the files of `entry` up, if that is soon done."""
        paths = self.paths(entry)
        if sum(path.stat().st_size for path in paths if path.is_file()) < LARGE:
            self.dataset(entry)

    def model(self, entry: ModelSpec) -> ModelFacts:
        """Look a model up; raises `ModelError`, again without a look for half a minute."""
        with self._lock:
            known = self._models.get(entry.model)
            fresh = time.monotonic() - self._failed.get(entry.model, -RETRY_S) < RETRY_S
            if isinstance(known, ProbingError) and fresh:
                raise known
            if known is None or isinstance(known, ProbingError):
                known = self._models[entry.model] = self._read_model(entry)
            return known

    def local_models(self) -> list[ModelFacts]:
        """Every model on this machine, and under `models/` of the working folder."""
        found = [
            replace(facts, name=self.near(facts.name))
            for facts in catalog.local_models([self.base / "models"])
        ]
        self._models.update(
            {one.name: ModelError(one.error) if one.error else one for one in found}
        )
        return found

    def local_datasets(self) -> list[DatasetSpec]:
        """The datasets in `data/` of the working folder, then those that ship."""
        here = self.base / "data"
        own = datasets.resolve(DatasetSpec(str(here)), self.base) if here.is_dir() else []
        names = [self._short(path) for path in own]
        return [DatasetSpec(name) for name in dict.fromkeys([*names, *self._shipped()])]

    def paths(self, entry: DatasetSpec) -> list[Path]:
        """The files that `entry` means; raises `DatasetError` where there are none."""
        return datasets.resolve(entry, self.base)

    def plan(self, spec: Spec) -> Plan:
        """The plan of `spec` from the facts; raises the first error that would stop it."""
        found = [(entry, facts) for entry in spec.datasets for facts in self.dataset(entry)]
        models = [(entry, self.model(entry)) for entry in spec.models]
        tasks = plugin_offers.tasks_of(spec, self.base)
        data, named = name_datasets(found), name_models(models)
        return make(spec, data, named, self.base, tasks)

    def check(self, spec: Spec) -> float:
        """Seconds that `spec` will take; raises what would stop it."""
        return self.plan(spec).cost.total_s

    def shortened(self, spec: Spec) -> Spec:
        """`spec` with its datasets by the shortest names that mean them."""
        data = (
            replace(entry, path=self._short(Path(entry.path))) if entry.path[:1] == "/" else entry
            for entry in spec.datasets
        )
        return replace(spec, datasets=tuple(data))

    def _peeked(self, entry: DatasetSpec) -> DataFacts:
        found = tuple(datasets.peek(entry, path) for path in datasets.resolve(entry, self.base))
        broken = next((facts.error for facts in found if facts.error), "")
        if broken:
            raise DatasetError(broken)
        return found

    def _read_model(self, entry: ModelSpec) -> ModelFacts:
        try:
            return catalog.facts(entry, self.base)
        except ProbingError as error:
            self._models[entry.model] = error
            self._failed[entry.model] = time.monotonic()
            raise

    def near(self, path: Path | str) -> str:
        """A path as it is said here: from the working folder or the home folder, if inside."""
        path = Path(path)
        if path.is_relative_to(self.base):
            return str(path.relative_to(self.base))
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)

    def _short(self, path: Path) -> str:
        """The shortest name that means `path`."""
        try:
            same = datasets.resolve(DatasetSpec(path.stem), self.base) == [path]
        except DatasetError:
            same = False
        return path.stem if same else self.near(path)

    def _shipped(self) -> list[str]:
        return [path.stem for path in datasets.shipped()]
