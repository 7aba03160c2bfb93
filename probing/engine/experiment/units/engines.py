"""Which engine a spec asks for, and its workers for the devices that the run holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from probing.engine.devices import Device
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.units.by_ray.crew import Crew
from probing.engine.experiment.units.by_ray.engine import RayEngine
from probing.engine.experiment.units.dealing import Dealing, Engine
from probing.engine.experiment.units.slurm_engine import SlurmEngine, n_elements
from probing.hardware import n_cores
from probing.logs import RunFolder
from probing.plan import Plan
from probing.ray_reach import address_of, is_in_job
from probing.slurm.scripts import RAY_ADDRESS
from probing.spec.engines import LOCAL, RAY, SLURM

_TWO_KINDS = 'nodes have GPUs, and this machine has none: dtype = "auto" is not the same on both'


@contextmanager
def dealing_of(made: Plan, store: Store, device: Device) -> Iterator[Dealing | None]:
    """What deals the work of a run that holds `device`; None where its own process does it all."""
    engine = _engine_of(made, store, device)
    if engine is None:
        yield None
        return
    dealing = Dealing(store, engine)
    try:
        yield dealing
    finally:
        dealing.close()


def _engine_of(made: Plan, store: Store, device: Device) -> Engine | None:
    engine = made.spec.engine
    address = address_of(engine.where) if engine.kind == RAY else None
    if is_in_job(made.spec):
        address = os.environ.get(RAY_ADDRESS)
        if address is None:
            return None  # by hand, outside of its script
    elif engine.kind == SLURM:
        n_here, elements = n_workers_of_job(store.run.path), n_elements()
        return SlurmEngine(store.run, n_here, elements) if n_here * elements > 1 else None
    crew = crew_of(made, device, of_cluster=address is not None)
    if engine.kind == LOCAL and min(crew.n_workers, crew.most or crew.n_workers) < 2:
        return None
    return RayEngine(store.run, crew, address)


def n_workers_of_job(folder: Path) -> int:
    """The workers of a job of Slurm: one for each GPU, or one for all where a model needs them."""
    spec = RunFolder(folder).read_spec()
    return 1 if spec.device == "cpu" or spec.is_spread else max(1, torch.cuda.device_count())


def worker_device(folder: Path) -> tuple[str, int]:
    """The device of a worker that sees no GPU but its own, and its threads."""
    spec = RunFolder(folder).read_spec()
    if spec.device == "cpu" or not torch.cuda.is_available():
        return "cpu", torch.get_num_threads()
    return "cuda" if spec.is_spread else "cuda:0", torch.get_num_threads()


def crew_of(made: Plan, device: Device, *, of_cluster: bool) -> Crew:
    """A worker for each GPU, or as many as the spec says, which share the cores of a CPU.

    On a cluster its nodes say how many there are, where the spec does not. Each has as many threads
    at most as this process.
    """
    spec = made.spec
    if device.name == "cpu":
        n_workers = spec.workers or (0 if of_cluster else 1)
        memory = int(made.cost.memory_gib * 2**30)
        most = torch.get_num_threads()  # OMP_NUM_THREADS, if that is set
        threads = max(1, min(n_cores() // max(1, n_workers), most))
        n_workers = min(n_workers, spec.max_parallel or n_workers)
        crew = Crew(n_workers, "cpu", threads, most=spec.max_parallel, memory=memory)
        if not of_cluster or spec.device == "cpu":
            return crew
        why = _TWO_KINDS if spec.dtype == "auto" else ""
        return replace(crew, on_gpus=_of_gpus(made, ("cuda:0",), of_cluster=True), why_not=why)
    return _of_gpus(made, device.members or (device.name,), of_cluster=of_cluster)


def _of_gpus(made: Plan, held: tuple[str, ...], *, of_cluster: bool) -> Crew:
    spec = made.spec
    spread = spec.takes_every_gpu
    each = len(held) if spread else 1
    most = len(held) // each
    n_workers = spec.workers if of_cluster else min(spec.workers or most, most)
    threads = max(1, torch.get_num_threads() // max(1, n_workers))
    return Crew(
        n_workers,
        "cuda" if spread else "cuda:0",
        threads,
        each,
        spec.max_parallel,
        held=held,
        gpus_of={at: one.model.spec.gpus or each for at, one in enumerate(made.passes)},
    )
