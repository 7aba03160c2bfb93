"""Users' classes are fitted in forks: the same fits, and whatever they do is done to a fork."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from torch import nn

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt
from probing.engine.classifiers.users.block_fits import UserClass, Whole
from probing.engine.classifiers.users.nurseries import nursery_for
from probing.engine.classifiers.users.workers import nursery
from probing.engine.splits.seeds import seed_of
from tests.support.blocks import block
from tests.support.worker_classes import PARENT, Ends, NotThere, Tells

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


@pytest.fixture(autouse=True)
def parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PARENT, str(os.getpid()))


class Network(MultiStepOpt):
    def __init__(self, input_size):
        super().__init__(max_epoch=3)
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X):
        return self.linear(X)


class Blocks:
    """Takes whole blocks."""

    tasks = ("binary",)

    def __init__(self, how: str = "") -> None:
        self.how = how

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        if self.how == "raise":
            raise ValueError("no")
        for fit in Looped(LogisticRegression).fit(block):
            yield fit
            if self.how == "end":
                os._exit(3)


class Leaves(Tells):
    """Leaves a process behind that holds all its files, in one fold, and ends."""

    def __init__(self, seed, at):
        super().__init__(seed)
        self.at = at

    def fit(self, trainset, valset, *rest, **named):
        if self.seed == self.at and os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        if self.seed == self.at:
            os._exit(3)
        return super().fit(trainset, valset, *rest, **named)


def made(one: UserClass, given: Block) -> list[Any]:
    with nursery_for([one]):
        assert not one.may_end_the_process("cpu")
        return list(one.fit(given))


def second(given: Block) -> int:
    return seed_of(given.labellings[0].seed, "fit", 1)


@pytest.mark.parametrize(
    "one", [Looped(Tells, {"C": 0.3}), Looped(Network), Looped(LogisticRegression), Whole(Blocks)]
)
def test_the_fits_are_those_of_this_process(one: UserClass) -> None:
    given = block("binary", n_layers=2)
    here, there = list(one.fit(given)), made(one, given)
    assert len(here) == len(there) == 6
    for left, right in zip(here, there, strict=True):
        assert isinstance(left, FoldFit) and isinstance(right, FoldFit)
        np.testing.assert_array_equal(left.test_scores, right.test_scores)
        np.testing.assert_array_equal(left.held_out.scores, right.held_out.scores)  # type: ignore[union-attr]
        assert left.flags == right.flags and left.n_params == right.n_params


def test_they_are_made_in_another_process_that_is_gone_afterwards() -> None:
    pids = {int(one.chosen["process"]) for one in made(Looped(Tells), block("binary"))}
    assert os.getpid() not in pids and len(pids) == 1
    assert not Path(f"/proc/{pids.pop()}").exists()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("exit", "Ends.fit raised SystemExit: 3"),
        ("base", "Ends.fit raised OwnBaseException: no"),
        ("interrupt", "Ends.fit raised KeyboardInterrupt"),
        ("os exit", "its worker process ended with exit code 3"),
        ("segfault", "its worker process was killed by SIGSEGV"),
        ("hang up", "its worker process closed its files"),
    ],
)
def test_a_class_that_ends_its_process_fails_its_cells_alone(how: str, reason: str) -> None:
    given = block("binary", n_layers=2)
    fits = made(Looped(Ends, {"how": how, "at": second(given)}), given)
    failed = {(one.layer_at, one.fold) for one in fits if isinstance(one, FoldFailure)}
    assert {(0, 1), (1, 1)} <= failed and not {(0, 0), (1, 0)} & failed
    assert len(fits) == 6
    assert {one.reason for one in fits if isinstance(one, FoldFailure)} == {reason}


@pytest.mark.parametrize(
    ("how", "n_failed", "reason"),
    [("raise", 6, "ValueError: no"), ("end", 5, "its worker process ended with exit code 3")],
)
def test_a_class_that_takes_blocks_fails_what_it_has_not_fitted(
    how: str, n_failed: int, reason: str
) -> None:
    fits = made(Whole(Blocks, {"how": how}), block("binary", n_layers=2))
    failed = [one for one in fits if isinstance(one, FoldFailure)]
    assert len(fits) == 6 and len(failed) == n_failed
    assert {one.reason for one in failed} == {reason}


def test_a_process_that_a_class_leaves_behind_holds_nobody_up() -> None:
    given = block("binary")
    began = time.monotonic()
    fits = made(Looped(Leaves, {"at": second(given)}), given)
    assert [type(one) for one in fits] == [FoldFit, FoldFailure, FoldFailure]
    assert time.monotonic() - began < 300


def test_what_no_fork_finds_or_no_room_is_left_for_is_fitted_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {one.chosen["process"] for one in made(Looped(NotThere), block("binary"))} == {
        float(os.getpid())
    }

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nursery.Nursery, "bear", full)
    assert {one.chosen["process"] for one in made(Looped(Tells), block("binary"))} == {
        float(os.getpid())
    }


SCRIPT = """
import os, signal, sys, time
from probing.engine.classifiers import Looped
from probing.engine.classifiers.users.nurseries import nursery_for
from sklearn.linear_model import LogisticRegression
from tests.support.blocks import block

class Sleeps(LogisticRegression):
    def fit(self, X, y):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(os.getpid(), os.getppid(), flush=True)
        time.sleep(600)

one = Looped(Sleeps)
with nursery_for([one]):
    list(one.fit(block("binary")))
"""


def test_workers_end_with_their_run_however_it_ends(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    command = [sys.executable, str(tmp_path / "script.py")]
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    assert run.stdout is not None
    pids = [int(one) for one in run.stdout.readline().split()]
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    until = time.monotonic() + 60
    while any(Path(f"/proc/{pid}/fd").exists() for pid in pids):
        assert time.monotonic() < until, "they are still there"
        time.sleep(0.05)
