"""Which engine a spec asks for, and its workers for the devices that the run holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from probing.engine.devices import Device
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.units.dealing import Dealing
from probing.engine.experiment.units.ray_engine import (
    Crew,
    RayEngine,
    address_of,
    check_installed,
)
from probing.plan import Plan
from probing.spec import Spec
from probing.spec.engines import RAY, SLURM


def check_engine(spec: Spec) -> None:
    """Raises `SpecError` where what the spec's engine needs is not installed."""
    if spec.is_dealt and spec.engine.kind != SLURM:
        check_installed()


@contextmanager
def dealing_of(made: Plan, store: Store, device: Device) -> Iterator[Dealing | None]:
    """What deals the work of a run that holds `device`; None where its own process does it all."""
    if not made.spec.is_dealt or made.spec.engine.kind == SLURM:
        yield None
        return
    engine = made.spec.engine
    address = address_of(engine.where) if engine.kind == RAY else None
    dealing = Dealing(store, RayEngine(store.run, crew_of(made.spec, device), address))
    try:
        yield dealing
    finally:
        dealing.close()


def crew_of(spec: Spec, device: Device) -> Crew:
    """A worker for each GPU, or as many as the spec says, which share the cores of a CPU."""
    if device.name == "cpu":
        n_workers = max(1, spec.workers)
        return Crew(n_workers, "cpu", max(1, (os.cpu_count() or 1) // n_workers))
    n_gpus = max(1, len(device.members))
    spread = any(model.device_map for model in spec.models)
    each = n_gpus if spread else 1
    n_workers = min(spec.workers or n_gpus, n_gpus // each)
    threads = max(1, torch.get_num_threads() // n_workers)
    return Crew(n_workers, "cuda" if spread else "cuda:0", threads, each)
