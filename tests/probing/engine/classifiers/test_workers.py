"""Worker processes for users' classes: the same fits, and nobody left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier
from torch import nn

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt, load
from probing.engine.classifiers.plugin_files import import_file
from probing.engine.classifiers.users.block_fits import places_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.serial_folds import fitted_in_turn
from probing.engine.classifiers.users.workers import parallel_folds, process
from probing.engine.classifiers.users.workers.class_sources import source_of
from probing.engine.splits.seeds import seed_of
from probing.spec import ClassifierSpec
from tests.support.blocks import block
from tests.support.forked_workers import forked_workers
from tests.support.worker_classes import PARENT, Falls, LoadsTorch, NotThere, Raises, Tells


@pytest.fixture(autouse=True)
def workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers, from the second fold on."""
    monkeypatch.setattr(parallel_folds, "_START_S", 0.0)
    monkeypatch.setattr(parallel_folds, "n_workers", lambda block, n: 2)
    monkeypatch.setenv(PARENT, str(os.getpid()))


@pytest.fixture
def forked(workers: None) -> Iterator[None]:
    """Workers are forks of this process."""
    with forked_workers():
        yield


class OwnSteps(MultiStepOpt):
    def __init__(self, input_size):
        super().__init__(max_epoch=3)
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X):
        return self.linear(X)

    def training_step(self, X, y):
        self.where = float(os.getpid())
        return super().training_step(X, y)

    def _note_epochs(self, *epochs, **options):
        super()._note_epochs(*epochs, **options)
        self.chosen_ = {"process": self.where}


def processes(made: list[Any]) -> set[float]:
    return {one.chosen["process"] for one in made}


def check_as_in_turn(cls: type, given: Block, **parameters: Any) -> list[Any]:
    made = list(Looped(cls, parameters).fit(given))
    expected = list(fitted_in_turn(FoldFitter(cls, parameters), given, places_of(given)))
    key = lambda one: (one.layer_at, one.labelling_at, one.fold)  # noqa: E731
    assert sorted(map(key, made)) == sorted(map(key, expected))
    others = {key(one): one for one in expected}
    for one in made:
        assert isinstance(one, FoldFit), one
        other = others[key(one)]
        np.testing.assert_array_equal(one.test_scores, other.test_scores)
        if one.held_out is not None:
            np.testing.assert_array_equal(one.held_out.scores, other.held_out.scores)
        assert one.flags == other.flags and one.n_params == other.n_params
    return made


@pytest.mark.usefixtures("forked")
def test_workers_fit_what_this_process_fits():
    made = check_as_in_turn(Tells, block("multiclass", n_layers=3), C=0.3)
    assert processes(made[:1]) == {float(os.getpid())}
    assert float(os.getpid()) not in processes(made[1:]) and len(processes(made)) == 3


@pytest.mark.usefixtures("forked")
def test_networks_that_train_in_their_own_way_go_to_workers_too():
    made = check_as_in_turn(OwnSteps, block("binary", n_layers=2))
    assert float(os.getpid()) in processes(made) and len(processes(made)) > 1


@pytest.mark.usefixtures("forked")
def test_estimators_and_warnings_come_home():
    made = check_as_in_turn(SGDClassifier, block("binary", n_layers=2), max_iter=1, tol=1e-9)
    assert all(one.flags == ("not converged",) for one in made)


def test_a_class_that_loads_torch_late_draws_the_same_numbers():
    check_as_in_turn(LoadsTorch, block("binary", n_layers=2))


def test_little_work_stays_here(monkeypatch):
    monkeypatch.setattr(parallel_folds, "_START_S", 2.0)
    assert processes(check_as_in_turn(Tells, block("binary"))) == {float(os.getpid())}


@pytest.mark.usefixtures("forked")
def test_a_worker_that_dies_fails_its_fold_alone():
    given = block("binary", n_layers=3)
    falls_at = seed_of(given.labellings[0].seed, "fit", 2)
    made = list(Looped(Falls, {"falls_at": falls_at}).fit(given))
    assert len(made) == 9
    failed = {(one.layer_at, one.fold): one for one in made if isinstance(one, FoldFailure)}
    assert set(failed) == {(0, 2), (1, 2), (2, 2)}
    for one in failed.values():
        assert (
            one.reason == "its worker process was killed by SIGKILL: it may have run out of memory"
        )
    assert process.how_it_ended(3) == "its worker process ended with exit code 3"


def test_workers_that_cannot_start_leave_the_work_here(monkeypatch):
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    assert processes(check_as_in_turn(Tells, block("binary"))) == {float(os.getpid())}


def test_what_a_class_raises_in_a_worker_is_told_and_traced(capfd):
    made = list(Looped(Raises).fit(block("binary", n_layers=2)))
    reasons = {one.reason for one in made if isinstance(one, FoldFailure)}
    assert reasons == {"Raises.fit raised ValueError: not in a worker"}
    assert "in fit\n    raise ValueError" in capfd.readouterr().err


def test_classes_that_only_this_process_has_stay_here():
    class Local(Tells):
        pass

    assert source_of(Local) is None and source_of(NotThere) is None
    assert processes(check_as_in_turn(Local, block("binary"))) == {float(os.getpid())}


def test_features_of_a_gpu_are_for_arrays_only():
    other = replace(block("binary"), device="cuda")
    assert parallel_folds._source(FoldFitter(OwnSteps, {}), other) is None
    assert parallel_folds._source(FoldFitter(Tells, {}), other) is not None


PLUG_IN = """
import os
from sklearn.linear_model import LogisticRegression
from probing import SingleStepOpt

class Mine(SingleStepOpt):
    def __init__(self):
        super().__init__()
        self.classifier = LogisticRegression()
        self.chosen_ = {"process": float(os.getpid())}
"""


@pytest.mark.usefixtures("forked")
def test_a_plug_in_goes_to_workers_until_its_file_changes(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(PLUG_IN)
    made: Any = load(ClassifierSpec("mine.py:Mine"), tmp_path)
    import_file(file)  # another entry of the same file
    assert len(processes(check_as_in_turn(made.cls, block("binary", n_layers=2)))) == 3
    file.write_text(PLUG_IN.replace("LogisticRegression()", "LogisticRegression(C=0.01)"))
    assert source_of(made.cls) is None


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_until_gone(pids: set[int]) -> None:
    until = time.monotonic() + 30
    while any(map(alive, pids)):
        assert time.monotonic() < until, f"{pids} are still there"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.usefixtures("forked")
def test_workers_end_when_nobody_wants_more():
    fits = Looped(Tells).fit(block("binary", n_layers=4))
    seen = {int(next(fits).chosen["process"]) for _ in range(6)} - {os.getpid()}  # type: ignore[union-attr]
    assert seen and all(map(alive, seen))
    fits.close()  # type: ignore[attr-defined]
    assert not any(map(alive, seen))


SCRIPT = """
import os, sys, time
sys.path.insert(0, {folder!r})
from probing.engine.classifiers import Looped, SingleStepOpt
from probing.engine.classifiers.users.workers import parallel_folds
from tests.support.blocks import block
{definition}
parallel_folds._START_S = 0.0
parallel_folds.n_workers = lambda block, n: 2
print("started", flush=True)
for fit in Looped(Slow).fit(block("binary", n_layers={n_layers})):
    print(int(fit.chosen["process"]), flush=True)
"""

SLOW = """
import os, time
from probing import SingleStepOpt
from sklearn.linear_model import LogisticRegression

class Slow(SingleStepOpt):
    def __init__(self):
        super().__init__()
        self.classifier = LogisticRegression()
        self.chosen_ = {"process": float(os.getpid())}
        time.sleep(0.05)
"""


def started(folder: Path, definition: str, n_layers: int) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(SCRIPT.format(folder=str(folder), definition=definition, n_layers=n_layers))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    return subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=environment
    )


def test_a_script_that_has_no_guard_is_not_run_again(tmp_path):
    process = started(tmp_path, SLOW, 4)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert told.split() == ["started", *[str(process.pid)] * 12]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent_however_it_ends(tmp_path, by):
    (tmp_path / "slow_probes.py").write_text(SLOW)
    process = started(tmp_path, "from slow_probes import Slow", 40)
    assert process.stdout is not None and process.stdout.readline() == "started\n"
    pids = set()
    while len(pids) < 3:
        pids.add(int(process.stdout.readline()))
    process.send_signal(by)
    process.wait(timeout=60)
    wait_until_gone(pids)
