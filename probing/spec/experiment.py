"""The spec of a whole experiment, and the checks across its keys.

The defaults of the fields are those of the TOML file; a bad value raises `SpecError` that names
the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from probing.errors import DeviceError, SpecError
from probing.spec.checkpoints import every_model
from probing.spec.classifier_axes import every_classifier
from probing.spec.controls import CONTROLS, DEFAULT_CONTROLS, named_controls
from probing.spec.engines import IN_PLACE, Engine, engine
from probing.spec.entries import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec
from probing.spec.position_axes import every_pooler
from probing.spec.transfer import Transfer, transfer
from probing.spec.values import (
    DTYPES,
    ENSEMBLES,
    SCALES,
    SELECT_BY,
    SELECTED,
    SPLITS,
    baseline,
    one_of,
    rising_shares,
    share,
    text,
    truth,
    whole,
)


@dataclass(frozen=True)
class Spec:
    """What to run: every combination of datasets, models, poolers and classifiers."""

    datasets: tuple[DatasetSpec, ...]
    models: tuple[ModelSpec, ...]
    poolers: tuple[PoolerSpec, ...]
    classifiers: tuple[ClassifierSpec, ...]
    name: str = "experiment"
    controls: tuple[str, ...] = DEFAULT_CONTROLS
    n_folds: int = 10
    split: str = "kfold"
    val_size: float = 0.1
    test_size: float = 0.2
    scale: str = "standard"
    n_shuffles: int = 5
    select: tuple[str, ...] = ()
    select_by: str = "auto"
    seed: int = 0
    device: str = "auto"
    workers: int = 0
    max_parallel: int = 0
    engine: Engine = IN_PLACE
    dtype: str = "auto"
    audit: bool = True
    description_length: bool = False
    learning_curve: tuple[float, ...] = ()
    conditional_on: int | str = "none"
    stability: bool = False
    ensemble: str = "none"
    training_log: bool = False
    transfer: Transfer = False
    save_probes: str = "chosen"
    save_fold_probes: bool = False

    def __post_init__(self) -> None:
        for key in ("datasets", "models", "poolers", "classifiers"):
            if not getattr(self, key):
                raise SpecError(f"{key} is empty", where=key, hint="name at least one")
        object.__setattr__(self, "models", every_model(self.models))
        object.__setattr__(self, "poolers", every_pooler(self.poolers))
        object.__setattr__(self, "classifiers", every_classifier(self.classifiers))
        object.__setattr__(self, "controls", named_controls(self.controls))
        for control in self.controls:
            one_of("controls", control, tuple(CONTROLS))
        for part in self.select:
            one_of("select", part, SELECTED)
        one_of("select_by", self.select_by, SELECT_BY)
        _check_name(self.name)
        one_of("split", self.split, SPLITS)
        one_of("scale", self.scale, SCALES)
        one_of("dtype", self.dtype, DTYPES)
        whole("n_folds", self.n_folds, 1 if self.split != "kfold" else 2)
        whole("n_shuffles", self.n_shuffles, 1)
        whole("seed", self.seed, 0)
        whole("workers", self.workers, 0)
        whole("max_parallel", self.max_parallel, 0)
        object.__setattr__(self, "engine", engine(self.engine))
        truth("audit", self.audit)
        truth("description_length", self.description_length)
        truth("stability", self.stability)
        one_of("ensemble", self.ensemble, ENSEMBLES)
        truth("training_log", self.training_log)
        text("save_probes", self.save_probes)
        truth("save_fold_probes", self.save_fold_probes)
        object.__setattr__(self, "transfer", transfer(self.transfer))
        shares = rising_shares("learning_curve", self.learning_curve)
        object.__setattr__(self, "learning_curve", shares)
        baseline("conditional_on", self.conditional_on)
        share("val_size", self.val_size, zero=True)
        share("test_size", self.test_size, zero=False)
        _check_shares(self)
        _check_compiled(self)
        check_device_name(self.device)

    @property
    def n_class_folds(self) -> int:
        """How many groups each class needs, so that every fold can be cut."""
        return {"kfold": self.n_folds, "shuffle": 2}.get(self.split, 1)

    @property
    def is_spread(self) -> bool:
        """Whether a model takes several GPUs."""
        return any(bool(one.device_map) for one in self.models)

    @property
    def takes_every_gpu(self) -> bool:
        """Whether a model takes all the GPUs that the run holds, however many these are."""
        return any(bool(one.device_map) and not one.gpus for one in self.models)

    @property
    def baseline_layer(self) -> int | None:
        """The layer that cells are conditional on, if it is one."""
        return self.conditional_on if isinstance(self.conditional_on, int) else None


def check_device_name(name: object) -> None:
    """Raise `DeviceError` for a name that is not a device; only torch knows which exist here."""
    text("device", name)
    if str(name) == "mps":
        what, hint = "Apple GPUs lack float64, which exact fits need", 'use "cpu"'
    elif re.fullmatch(r"auto|all|cpu|cuda(:\d+(,\d+)*)?", str(name)):
        return
    else:
        what, hint = (
            f"device = {name!r} is not a known device",
            'use "auto", "cpu", "cuda", "cuda:1", "cuda:0,1" or "all"',
        )
    raise DeviceError(what, where="device", hint=hint)


def _check_shares(spec: Spec) -> None:
    """The validation part is a share of all rows, and something must be left to train on."""
    if spec.split == "given":
        return
    test = spec.test_size if spec.split == "shuffle" else 1 / spec.n_folds
    if spec.val_size + test >= 1 - 1e-9:
        what = f"val_size = {spec.val_size} and a test part of {test:g} leave nothing to train on"
        raise SpecError(what, where="val_size", hint="lower val_size")


def _check_compiled(spec: Spec) -> None:
    """A compiled block hides the modules inside it."""
    sites = sorted({pooler.site for pooler in spec.poolers} - {"resid"})
    for model in spec.models:
        if model.compile and sites:
            what = f"site = {sites[0]!r} cannot be read from compiled blocks"
            raise SpecError(what, where=model.model, hint='remove compile or use site = "resid"')


def _check_name(name: object) -> None:
    text("name", name)
    shown = str(name)
    if "/" in shown or "\\" in shown or shown.startswith(".") or not shown.isprintable():
        raise SpecError(
            f"name = {shown!r} cannot be used as a folder name",
            where="name",
            hint='use letters, digits, "-" and "_"',
        )
    if len(shown) > 80:
        what = f"name = {shown!r} is longer than 80 characters"
        raise SpecError(what, where="name", hint="shorten it")
