"""Facts of datasets and models: read in threads, kept, and shown by the pickers."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from probing import audit as audits
from probing import catalog, datasets
from probing.catalog import ModelFacts
from probing.errors import DatasetError, ModelError, ProbingError
from probing.plan import Plan, make
from probing.plan.unique_names import name_datasets, name_models
from probing.spec import DatasetSpec, ModelSpec, Spec
from tui.config.reading import model_folders
from tui.processes import plugin_offers

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts

RETRY_S = 30.0
LARGE = 64 * 2**20

DataFacts = tuple["DatasetFacts", ...]
Audits = tuple[tuple["audits.Finding", ...], ...]


class FactsBook:
    """Facts of datasets and models, whose paths are relative to `base`.

    `dataset`, `audit`, `model`, `plan` and `check` read files: call them in a thread. The `known_`
    methods only return what has been read.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self._data: dict[DatasetSpec, DataFacts | ProbingError] = {}
        self._parts: dict[DatasetSpec, tuple[DatasetSpec, ...]] = {}
        self._audits: dict[DatasetSpec, Audits] = {}
        self._models: dict[str, ModelFacts | ProbingError] = {}
        self._failed: dict[str, float] = {}
        self._lock = threading.Lock()

    def known_dataset(self, entry: DatasetSpec) -> DataFacts | ProbingError | None:
        """The facts of every file of `entry`, or its error; None if not read yet."""
        return self._data.get(entry)

    def known_model(self, entry: ModelSpec) -> ModelFacts | ProbingError | None:
        """The facts of a model, or its error; None if not read yet."""
        return self._models.get(entry.model)

    def dataset(self, entry: DatasetSpec) -> DataFacts:
        """Read the files of `entry`; raises `DatasetError` if one cannot be used."""
        with self._lock:
            try:
                found = self._peeked(entry)
            except ProbingError as error:
                self._data[entry] = error
                raise
            self._data[entry] = found
            return found

    def part_of(self, entry: DatasetSpec, at: int) -> DatasetSpec:
        """The entry of one dataset among those of `entry`, whose facts are known."""
        return self._parts[entry][at]

    def known_audit(self, entry: DatasetSpec) -> Audits | None:
        """The findings on every file of `entry`; None if it was not audited yet."""
        return self._audits.get(entry)

    def audit(self, entry: DatasetSpec) -> None:
        """Audit the files of `entry`, for its preview; raises `DatasetError` as `dataset` does."""
        facts = self.dataset(entry)
        try:
            self._audits[entry] = tuple(
                audits.audited(part, Path(one.path))
                for part, one in zip(self._parts[entry], facts, strict=True)
            )
        except Exception:
            self._audits[entry] = ((),) * len(facts)  # not tried again and again
            raise

    def group_size(self, entry: DatasetSpec) -> float:
        """About how many texts hold a group of every class; 1 if not known yet."""
        found = self._data.get(entry, ())
        if isinstance(found, ProbingError):
            return 1.0
        sizes = [one.n_rows / one.n_groups * one.n_classes for one in found if one.n_groups]
        return max(sizes, default=1.0)

    def glance(self, entry: DatasetSpec) -> None:
        """Read the files of `entry` if they are small."""
        paths = self.paths(entry)
        if sum(path.stat().st_size for path in paths if path.is_file()) < LARGE:
            self.dataset(entry)

    def model(self, entry: ModelSpec) -> ModelFacts:
        """Read the facts of a model; raises `ModelError`, and tries again only after 30 s."""
        with self._lock:
            known = self._models.get(entry.model)
            fresh = time.monotonic() - self._failed.get(entry.model, -RETRY_S) < RETRY_S
            if isinstance(known, ProbingError) and fresh:
                raise known
            if known is None or isinstance(known, ProbingError):
                known = self._models[entry.model] = self._read_model(entry)
            return known

    def local_models(self) -> list[ModelFacts]:
        """Every model on this machine and in `models/` of the working folder."""
        found = [
            replace(facts, name=self.near(facts.name))
            for facts in catalog.local_models([self.base / "models", *model_folders()])
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
        """The files of `entry`; raises `DatasetError` if there are none."""
        return datasets.resolve(entry, self.base)

    def plan(self, spec: Spec) -> Plan:
        """The plan of `spec`; raises the first error that would stop a run."""
        found, fetches = list[tuple[DatasetSpec, "DatasetFacts"]](), list[datasets.Fetch]()
        for entry in spec.datasets:
            try:
                facts = self.dataset(entry)
                found += zip(self._parts[entry], facts, strict=True)
            except datasets.NotFetchedError as error:
                fetches += [error.fetch] if error.fetch not in fetches else []
        models = [(entry, self.model(entry)) for entry in spec.models]
        tasks = plugin_offers.tasks_of(spec, self.base)
        data, named = name_datasets(found), name_models(models)
        return make(spec, data, named, self.base, tasks, fetches)

    def check(self, spec: Spec) -> float:
        """How many seconds `spec` will take; raises the first error that would stop a run."""
        return self.plan(spec).cost.total_s

    def shortened(self, spec: Spec) -> Spec:
        """`spec` with its datasets under their shortest names."""
        data = (
            replace(entry, path=self._short(Path(entry.path))) if entry.path[:1] == "/" else entry
            for entry in spec.datasets
        )
        return replace(spec, datasets=tuple(data))

    def _peeked(self, entry: DatasetSpec) -> DataFacts:
        paths = datasets.resolve(entry, self.base)
        found = [one for path in paths for one in datasets.peek_each(entry, path)]
        broken = next((facts.error for _, facts in found if facts.error), "")
        if broken:
            raise DatasetError(broken)
        self._parts[entry] = tuple(part for part, _ in found)
        return tuple(facts for _, facts in found)

    def _read_model(self, entry: ModelSpec) -> ModelFacts:
        try:
            return catalog.facts(entry, self.base)
        except ProbingError as error:
            self._models[entry.model] = error
            self._failed[entry.model] = time.monotonic()
            raise

    def near(self, path: Path | str) -> str:
        """A path relative to the working folder, or with `~`, if it lies there."""
        path = Path(path)
        if path.is_relative_to(self.base):
            return str(path.relative_to(self.base))
        home = Path.home()
        return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)

    def _short(self, path: Path) -> str:
        """The shortest name that resolves to `path`."""
        try:
            same = datasets.resolve(DatasetSpec(path.stem), self.base) == [path]
        except DatasetError:
            same = False
        return path.stem if same else self.near(path)

    def _shipped(self) -> list[str]:
        return [path.stem for path in datasets.shipped()]
