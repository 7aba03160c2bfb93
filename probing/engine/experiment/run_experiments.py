"""`RunExperiments`: run every combination of datasets, models, poolers and classifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing import spec as specs
from probing.datasets import is_dataset
from probing.engine.classifiers import Classifier, load
from probing.engine.experiment.scoring.fold_scores import Scorer, score, scorer_of
from probing.engine.experiment.whole_run import execute
from probing.engine.metrics import evaluator as our_evaluator
from probing.engine.pooling import Pooler
from probing.errors import ProbingError, SpecError
from probing.logs import Lock, RunFolder, RunView, create_run, logs_folder, run_lock
from probing.logs.mirrors.sending import Sender
from probing.logs.results.tables import folds, results
from probing.plan.absolute_paths import absolute
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec, read_entry
from probing.spec.classifier_axes import every_classifier

if TYPE_CHECKING:
    import polars as pl

Evaluator = Callable[[Any, bool], Mapping[str, float]]


class RunExperiments:
    """Runs every combination in the calling process and logs every fold to a run folder.

    `dataset_paths`, `poolers` and `model_names` may also be the entries of a spec; `classifiers`
    are classes, or names as in a spec. `probe-tui` shows the run folder like any other.
    """

    def __init__(
        self,
        n_folds: int,
        dataset_paths: Sequence[str | Path | DatasetSpec],
        poolers: Sequence[Pooler | PoolerSpec],
        classifiers: Sequence[type | str | ClassifierSpec],
        model_names: Sequence[str | Mapping[str, str] | ModelSpec],
        evaluator: Evaluator = our_evaluator,
        device: str = "auto",
        logs_folder: str | Path = "logs",
        *,
        name: str = "experiment",
        controls: Sequence[str] | str = ("majority",),
        split: str = "kfold",
        scale: str = "standard",
        n_shuffles: int = 5,
        select: Sequence[str] = (),
        select_by: str = "auto",
        seed: int = 0,
        dtype: str = "auto",
        audit: bool = True,
        description_length: bool = False,
        learning_curve: Sequence[float] = (),
        conditional_on: int | str = "none",
        stability: bool = False,
        ensemble: str = "none",
        training_log: bool = False,
        transfer: Any = False,
        save_probes: str = "chosen",
        save_fold_probes: bool = False,
    ) -> None:
        self.n_folds = n_folds
        self.dataset_paths = dataset_paths
        self.poolers = poolers
        self.classifiers = classifiers
        self.model_names = model_names
        self.evaluator = evaluator
        self.device = device
        self.logs_folder = logs_folder
        self.name = name
        self.controls = controls
        self.split = split
        self.scale = scale
        self.n_shuffles = n_shuffles
        self.select = select
        self.select_by = select_by
        self.seed = seed
        self.dtype = dtype
        self.audit = audit
        self.description_length = description_length
        self.learning_curve = learning_curve
        self.conditional_on = conditional_on
        self.stability = stability
        self.ensemble = ensemble
        self.training_log = training_log
        self.transfer = transfer
        self.save_probes = save_probes
        self.save_fold_probes = save_fold_probes
        self.run_: RunFolder | None = None
        self.exit_code_: int | None = None

    def run_all(self, val_size: float = 0.1, test_size: float = 0.2) -> RunExperiments:
        """Run everything; `val_size` is the share of all rows set apart for early stopping.

        `test_size` is for `split="shuffle"` only. Raises the `ProbingError` that stopped the run;
        cells that fail are logged, and the others continue.
        """
        base = Path.cwd()
        spec = absolute(self._spec(val_size, test_size), base)
        fitters = self._fitters(spec, base)
        run = create_run(logs_folder(self.logs_folder), spec.name, specs.to_toml(spec))
        lock = Lock(run_lock(run.path))
        if not lock.acquire():
            raise ProbingError("another process is running this run", where=run.name)
        self.run_ = run
        sender = Sender(run.path)
        try:
            self.exit_code_ = execute(run, spec, base, classifiers=fitters, scorer=self._scorer())
        finally:
            lock.release()
            sender.wait()
        return self

    @property
    def log_data(self) -> pl.DataFrame:
        """One row per fold: the cell, sizes, what was chosen and every metric."""
        return folds([self._view()])

    @property
    def results(self) -> pl.DataFrame:
        """One row per cell: mean, deviation over folds and 95 % interval of each metric."""
        return results([self._view()])

    @property
    def failures(self) -> dict[str, str]:
        """Why cells failed, by cell id."""
        return self._view().state.failures

    def _view(self) -> RunView:
        if self.run_ is None:
            raise ProbingError("nothing has run yet", hint="call run_all() first")
        view = RunView(self.run_)
        view.update()
        return view

    def _spec(self, val_size: float, test_size: float) -> Spec:
        return Spec(
            datasets=_datasets(self.dataset_paths),
            models=tuple(_model(one) for one in self.model_names),
            poolers=tuple(one.spec if isinstance(one, Pooler) else one for one in self.poolers),
            classifiers=tuple(_classifier(one) for one in self.classifiers),
            name=self.name,
            controls=specs.named_controls(self.controls),
            n_folds=self.n_folds,
            split=self.split,
            val_size=val_size,
            test_size=test_size,
            scale=self.scale,
            n_shuffles=self.n_shuffles,
            select=tuple(self.select),
            select_by=self.select_by,
            seed=self.seed,
            device=str(self.device),
            dtype=self.dtype,
            audit=self.audit,
            description_length=self.description_length,
            learning_curve=tuple(self.learning_curve),
            conditional_on=self.conditional_on,
            stability=self.stability,
            ensemble=self.ensemble,
            training_log=self.training_log,
            transfer=self.transfer,
            save_probes=self.save_probes,
            save_fold_probes=self.save_fold_probes,
        )

    def _fitters(self, spec: Spec, base: Path) -> list[Classifier]:
        # the spec has an entry for each size of a classifier
        given = [one for one in self.classifiers for _ in every_classifier([_classifier(one)])]
        return [
            load(one if isinstance(one, type) else entry, base)
            for one, entry in zip(given, spec.classifiers, strict=True)
        ]

    def _scorer(self) -> Scorer:
        return score if self.evaluator is our_evaluator else scorer_of(self.evaluator)


def _datasets(given: Sequence[str | Path | DatasetSpec]) -> tuple[DatasetSpec, ...]:
    """The datasets among the paths; what `glob` finds beside them, a README, is passed by."""
    entries = [one if isinstance(one, DatasetSpec) else DatasetSpec(str(one)) for one in given]
    kept = tuple(
        one for one in entries if not Path(one.path).exists() or is_dataset(Path(one.path))
    )
    if not kept:
        raise SpecError("no dataset at these paths", where="dataset_paths")
    return kept


def _model(given: str | Mapping[str, Any] | ModelSpec) -> ModelSpec:
    if isinstance(given, ModelSpec):
        return given
    return read_entry(given, ModelSpec, "model", "model_names")


def _classifier(given: type | str | ClassifierSpec) -> ClassifierSpec:
    """A class of the calling program is named `module:Class`, which no later process can load."""
    if isinstance(given, ClassifierSpec):
        return given
    if isinstance(given, str):
        return ClassifierSpec(given)
    if isinstance(given, type):
        return ClassifierSpec(f"{given.__module__}:{given.__qualname__}")
    raise SpecError(f"{given!r} is neither a class nor the name of one", where="classifiers")
