"""Workers of an array of jobs, which know of each other by the files of the run alone."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

import polars as pl
import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.experiment.units import slurm_engine
from probing.engine.experiment.units.claims import MOST_TRIES, UnitState, next_unit, states_of
from probing.engine.experiment.units.file_worker import FileWorker, Stopped
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import Found, UnitFile
from probing.engine.experiment.units.worker import Worker
from probing.events import PUT_BACK, EngineStarted, Event, RunCancelled, RunDone, UnitDone
from probing.logs import EventWriter, RunFolder, RunView, read_events
from probing.logs.states.for_good import is_over
from probing.logs.states.summaries import summed_up
from probing.plan.costs import dealt_work
from probing.slurm.record import Submitted, write_submitted
from tests.support.real_runs import new_run

SMALL = {"poolers": '[{pool="mean",layer="each"}]', "n_folds": "2", "controls": '["majority"]'}
KEYS = ["dataset", "pooler", "layer", "classifier", "control"]


def numbers(folder: RunFolder) -> pl.DataFrame:
    frame = pl.read_parquet(folder.results).sort(KEYS)
    return frame.drop("run", *[name for name in frame.columns if name.endswith("_s")])


def told(folder: RunFolder, kind: type[Event]) -> list[Event]:
    return [one.event for one in read_events(folder.events)[0] if isinstance(one.event, kind)]


class Array:
    """Workers of this process in the place of those of an array; `there` are those that run."""

    def __init__(self, there: tuple[int, ...], n_workers: int) -> None:
        self.there, self.n_workers = there, n_workers
        self.workers: list[FileWorker] = []
        self.did: list[tuple[int, str]] = []

    def look_after(self, engine: slurm_engine.SlurmEngine) -> None:
        if not self.workers:
            worker = Worker(str(engine.run.path), "cpu", 1)
            self.workers = [self._made(engine.run, worker, at) for at in self.there]
        for one in self.workers:
            one.step()

    def _made(self, run: RunFolder, worker: Worker, at: int) -> FileWorker:
        def do(order: str, unit: int) -> None:
            self.did.append((at, f"{Path(order).stem}/{unit}"))
            if len(self.did) == 2:  # the second unit fails at first
                begun = UnitFile(Path(order).with_suffix(""), unit).begin()
                begun.say("a GPU was lost")
                raise OSError("a GPU was lost")
            worker.do(order, unit)

        return FileWorker(run.path, do, at, self.n_workers)


@pytest.mark.parametrize("there", [(0, 1, 2), (1,)])
def test_whoever_of_an_array_runs_the_numbers_are_those_of_one_process(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: tuple[int, ...]
) -> None:
    monkeypatch.setattr(dealt_work, "FEWEST", 40)
    monkeypatch.setenv(slurm_engine.ELEMENTS, "3")
    array = Array(there, 3)
    monkeypatch.setattr(slurm_engine.SlurmEngine, "_hired", lambda self, at: None)
    monkeypatch.setattr(slurm_engine.SlurmEngine, "close", lambda self: None)
    monkeypatch.setattr(slurm_engine, "LEAST_POLL_S", 0.0)

    def ran(name: str, **more: str) -> RunFolder:
        folder = new_run(base, tmp_path / name, **SMALL, **more)
        monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / f"{name}-cache"))
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
        return folder

    monkeypatch.setattr(
        slurm_engine.SlurmEngine, "_look_after", lambda engine: array.look_after(engine)
    )
    plain, spread = ran("plain"), ran("array", engine='{slurm="tasks=3"}')
    assert numbers(plain).equals(numbers(spread))
    (started,) = told(spread, EngineStarted)
    assert isinstance(started, EngineStarted) and started.n_workers == 3
    units = [one for one in told(spread, UnitDone) if isinstance(one, UnitDone)]
    assert {one.unit for one in units} == {unit for _, unit in array.did}
    assert sum(one.n_tries for one in units) == len(array.did) == len(units) + 1
    assert {at for at, _ in array.did} == set(there)
    if len(there) == 3:  # each begins with its own
        first = {unit: at for at, unit in reversed(array.did)}
        assert all(at == int(unit.rpartition("/")[2]) % 3 for unit, at in list(first.items())[:3])
    assert not spread.work.exists()


def test_workers_take_their_own_units_then_those_that_nobody_has_begun() -> None:
    begun, done = UnitState(under_way=(0.0,)), UnitState(is_done=True)
    given_up = UnitState(n_failed=MOST_TRIES)
    assert next_unit([""] * 5, {}, 1, 3) == 1 and next_unit([""] * 5, {1: done}, 1, 3) == 4
    # those of others are begun at different places by different workers
    states = {0: done, 3: begun}
    assert next_unit([""] * 5, states, 0, 3) == 1
    assert next_unit([""] * 6, {1: done, 4: done, 0: begun}, 1, 3) == 3
    assert next_unit([""] * 2, {0: begun, 1: given_up}, 0, 1) is None
    # all units are found by any of the workers that are there
    for worker in range(7):
        seen: dict[int, UnitState] = {}
        while (at := next_unit([""] * 20, seen, worker, 7)) is not None:
            seen[at] = done
        assert sorted(seen) == list(range(20))


def test_the_files_of_units_say_what_is_under_way_and_what_failed(tmp_path: Path) -> None:
    alive, gone, stopped, other = (UnitFile(tmp_path, at) for at in range(4))
    alive.begin()
    path = gone.begin().path
    path.write_text(json.dumps({"node": socket.gethostname(), "pid": 2**22 + 1, "reason": ""}))
    stopped.begin().say("Stopped: its job was ended or put back")
    stopped.begin().say("OSError: no space")
    path = other.begin().path
    path.write_text(json.dumps({"node": "node9", "pid": os.getpid(), "reason": ""}))
    UnitFile(tmp_path, 4).commit(Found(), 1.0)
    found = states_of(tmp_path, 60.0)
    assert [found[at].n_failed for at in range(5)] == [0, 1, 1, 0, 0]
    assert [len(found[at].under_way) for at in range(5)] == [1, 0, 0, 1, 0]
    assert [found[at].is_done for at in range(5)] == [False] * 4 + [True]
    os.utime(path, (time.time() - 61,) * 2)  # who waits no longer does it too
    assert not states_of(tmp_path, 60.0)[3].under_way and not states_of(tmp_path, 60.0)[3].n_failed


@pytest.mark.parametrize(
    ("end", "is_new", "over"),
    [
        (RunDone(1, 0, 1.0, 0), False, True),
        (RunCancelled("signal"), True, True),
        (RunCancelled("signal"), False, False),  # of an earlier job: it was resumed since
        (RunCancelled(PUT_BACK), True, False),
    ],
)
def test_workers_stay_until_the_run_is_over(
    base: Path, tmp_path: Path, end: RunDone | RunCancelled, is_new: bool, over: bool
) -> None:
    run = new_run(base, tmp_path, **SMALL)
    assert not is_over(run)
    writer = EventWriter(run.events)
    writer.append([summed_up(end, RunView(run).state, writer)])
    writer.close()
    write_submitted(run.path, Submitted("7_0", time.time() + (-60 if is_new else 60)))
    assert is_over(run) == over


def test_a_worker_that_its_job_ends_says_so(tmp_path: Path, base: Path) -> None:
    def do(order: str, at: int) -> None:
        raise Stopped("its job was ended or put back")

    run = new_run(base, tmp_path, **SMALL)
    worker = FileWorker(run.path, do, 0, 1)
    with pytest.raises(Stopped):
        worker._do(tmp_path / "fits-0-x.json", 0)
    assert worker.late_s > 60


def test_of_what_is_free_a_worker_takes_what_is_near_its_node() -> None:
    units, done = ["a", "b", "a", "b", "a", "b"], UnitState(is_done=True)
    assert next_unit(units, {}, 0, 2, "a") == 0 and next_unit(units, {}, 1, 2, "a") == 2
    assert next_unit(units, {}, 0, 2, "b") == 1 and next_unit(units, {}, 1, 2, "b") == 1
    left = dict.fromkeys((0, 2, 4), done)
    assert next_unit(units, left, 0, 2, "a") == 1  # nothing near is left
    assert next_unit(units, {}, 1, 2, "c") == next_unit(units, {}, 1, 2) == 1


def test_what_comes_next_is_written_once_all_of_an_order_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm_engine, "LEAST_POLL_S", 0.0)
    run, calls = RunFolder(tmp_path), list[str]()
    order = Order("fits", 0, 0, ({"blocks": [0]}, {"blocks": [1]}), {})
    order.write(run)
    files = [UnitFile(order.folder(run), at) for at in range(2)]

    def look(engine: slurm_engine.SlurmEngine) -> None:
        calls.append("look")
        if len(calls) == 1:
            files[0].begin()
        elif len(calls) == 2:
            files[1].begin()

    def ahead() -> None:
        calls.append("ahead")
        for one in files:
            one.commit(Found(), 1.0)

    monkeypatch.setattr(slurm_engine.SlurmEngine, "_look_after", look)
    engine = slurm_engine.SlurmEngine(run, 1, 2)
    assert list(engine.work(order, [0, 1], ahead)) == [0, 1]
    assert calls == ["look", "look", "ahead", "look"]
