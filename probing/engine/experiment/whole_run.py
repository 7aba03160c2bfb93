"""Execute a whole run: check, plan, take the device, compute, write the closing tables."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from probing import plan
from probing.datasets import Fetch, KeptDatasets
from probing.engine import devices
from probing.engine.classifiers import Classifier, load
from probing.engine.classifiers.users.nurseries import nursery_for
from probing.engine.experiment.execution import Execution
from probing.engine.experiment.observed_rates import keep_rates
from probing.engine.experiment.retrying import cells_to_retry
from probing.engine.experiment.run_writer import Shield, Store
from probing.engine.experiment.scoring.closing_tables import write_tables
from probing.engine.experiment.scoring.fold_scores import Scorer, score
from probing.engine.experiment.units.engines import dealing_of
from probing.events import CellsRetried, DeviceTaken, RunDone, RunStarted, Waited, Warned
from probing.hardware import n_cores
from probing.logs import EventWriter, RunFolder, RunView
from probing.plan import Plan
from probing.plan.cells import classifier_labels
from probing.plan.remarks.token_findings import TEXTS_CUT
from probing.ray_reach import check_reach
from probing.spec import Spec


def execute(
    run: RunFolder,
    spec: Spec,
    base: Path,
    *,
    classifiers: Sequence[Classifier] | None = None,
    scorer: Scorer = score,
    shield: Shield = nullcontext,
    forks: bool = False,
    retries: bool = False,
) -> int:
    """Run (or go on with) `spec` in the folder `run`; returns the exit code.

    Everything that can be checked is checked before the first forward pass. Raises the error
    that stopped it; what was committed stays. Where this process `forks`, which it may while it
    computes nothing yet, users' classes are fitted in forks of it. The failed cells of a run that
    is done stay failed, unless it `retries` them.
    """
    began = time.monotonic()
    fitters = classifiers or [load(entry, base) for entry in spec.classifiers]
    with nursery_for(fitters) if forks else nullcontext():
        return _checked(run, spec, base, fitters, scorer, shield, began, retries)


def _checked(
    run: RunFolder,
    spec: Spec,
    base: Path,
    fitters: Sequence[Classifier],
    scorer: Scorer,
    shield: Shield,
    began: float,
    retries: bool,
) -> int:
    tasks = {entry.name: one.tasks for entry, one in zip(spec.classifiers, fitters, strict=True)}
    tell = partial(_tell_fetch, run, shield)
    check_reach(spec)
    kept = KeptDatasets()
    made = plan.look_up(spec, base, lambda name: tasks[name], fetching=tell, kept=kept)
    devices.check(spec.device)
    store = Store(run, made, shield, retries=retries)
    try:
        again = cells_to_retry(made, store.state.failures) if retries else ()
        if isinstance(store.state.end, RunDone) and not again:
            return store.state.end.exit_code
        return _executed(store, made, kept, fitters, base, scorer, began, again)
    finally:
        store.close()


def _tell_fetch(run: RunFolder, shield: Shield, fetch: Fetch) -> None:
    """Log what is downloaded before there is a plan; a run that is taken up again starts so."""
    print(f"fetching {fetch.told}", file=sys.stderr, flush=True)
    view = RunView(run)
    view.update()
    if view.state.end is not None:
        return
    writer = EventWriter(run.events)
    try:
        with shield():
            writer.append([Waited(f"fetching {fetch.told}")])
    finally:
        writer.close()


def _executed(
    store: Store,
    made: Plan,
    kept: KeptDatasets,
    classifiers: Sequence[Classifier],
    base: Path,
    scorer: Scorer,
    began: float,
    again: tuple[str, ...],
) -> int:
    notes = [*map(_plan_note, made.notes), *_found(made), *_other_threads(store.state.started)]
    retried = [CellsRetried(again)] if again else []
    store.emit([_started(store, made), *retried, *notes, *_set_apart(store, made, classifiers)])
    shutil.rmtree(store.run.training_so_far, ignore_errors=True)  # of an attempt that was ended
    asked = time.monotonic()
    device = devices.take(
        made.spec.device,
        lambda reason: store.emit([Waited(reason)]),
        every=any(model.device_map for model in made.spec.models) or made.spec.device == "all",
        run=store.run.path.resolve(),
    )
    waited_s = time.monotonic() - asked
    try:
        store.emit([DeviceTaken(device.told, device.title, _dtype(made.spec.dtype, device.name))])
        with dealing_of(made, store, device) as dealing:
            about = made, classifiers, store, device.name, base, scorer
            execution = Execution(*about, dealing, kept)
            execution.run()
    finally:
        device.release()
    execution.passes.cache.flush()
    tables = write_tables(store, made, kept)
    code = _exit_code(store, execution)
    elapsed = time.monotonic() - began
    sizes = {name: (store.run.path / name).stat().st_size for name in tables}
    store.end(RunDone(store.state.n_done, store.state.n_failed, elapsed, code, tables, sizes))
    shutil.rmtree(store.run.work, ignore_errors=True)
    shutil.rmtree(store.run.training_so_far, ignore_errors=True)
    if not store.state.n_failed:  # else a retry needs them
        shutil.rmtree(store.run.parts, ignore_errors=True)
    keep_rates(made, store, waited_s)
    return code


def _plan_note(note: str) -> Warned:
    return Warned("plan", note)


def _found(made: Plan) -> Iterator[Warned]:
    """What the audits found that stays beside the results; cut texts are told once counted."""
    for dataset in made.datasets:
        yield from (Warned(dataset.name, warning) for warning in dataset.warnings)
    for one in made.passes:
        where = f"{one.model.name} on {one.dataset.name}"
        told = (each for each in one.findings if each.is_warning and each.kind != TEXTS_CUT)
        yield from (Warned(where, each.message) for each in told)


def _other_threads(before: RunStarted | None) -> list[Warned]:
    """Compute in as many threads as the attempt `before`; a warning where there are not as many.

    The last bits of a sum depend on their number.
    """
    now = torch.get_num_threads()
    if before is None or before.n_threads == now:
        return []
    if 0 < before.n_threads <= n_cores():
        torch.set_num_threads(before.n_threads)
        return []
    message = f"computing with {now} threads instead of {before.n_threads}"
    return [Warned("resume", f"{message}: scores may differ in their last digits")]


def _set_apart(store: Store, made: Plan, classifiers: Sequence[Classifier]) -> Iterator[Warned]:
    """Fit classes that may have ended the runner in a process of their own from now on."""
    suspects = store.state.suspects
    labels = classifier_labels(made.spec.classifiers)
    for label, one in zip(labels, classifiers, strict=True):
        if label in suspects and hasattr(one, "is_apart"):
            one.is_apart = True
            message = "was being fitted when the runner died, so it now runs in a separate process"
            yield Warned(label, message)


def _dtype(wanted: str, device: str) -> str:
    """The precision of the forward pass: on a GPU `auto` is that of each checkpoint."""
    if wanted != "auto":
        return wanted
    return "float32" if device == "cpu" else "the checkpoint's"


def _started(store: Store, made: Plan) -> RunStarted:
    return RunStarted(
        store.run.name,
        store.attempt,
        _version(),
        os.getpid(),
        socket.gethostname(),
        len(made.cells),
        len(made.passes),
        torch.get_num_threads(),
        sum(bool(one.shares) for one in made.cost.passes),
    )


def _version() -> str:
    try:
        return version("probe-tui")
    except PackageNotFoundError:
        return "unknown"


def _exit_code(store: Store, execution: Execution) -> int:
    if not store.state.n_failed:
        return 0
    # controls that need no model may be done where it cannot be had
    tasks = (cell.id for cell in store.plan.cells if not cell.control)
    if any(cell in store.state.cells and store.state.cells[cell].done for cell in tasks):
        return 5
    known = execution.error is not None and execution.error.exit_code in (2, 3)
    return execution.error.exit_code if known and execution.error else 1
