"""A class that ends its process fails its own cells: the rest is fitted, the same as ever."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from torch import nn

from probing.engine.blocks import FoldFailure, FoldFit
from probing.engine.classifiers import Looped, MultiStepOpt
from probing.engine.classifiers.users.workers import fits_apart
from probing.engine.splits.seeds import seed_of
from probing.errors import Interruption, is_interruption
from tests.support.blocks import block
from tests.support.forked_workers import forked_workers
from tests.support.worker_classes import PARENT, Ends, NotThere, Tells


@pytest.fixture(autouse=True)
def parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PARENT, str(os.getpid()))


@pytest.fixture
def forked(parent: None) -> Iterator[None]:
    """Workers are forks of this process."""
    with forked_workers():
        yield


class Network(MultiStepOpt):
    def __init__(self, input_size):
        super().__init__(max_epoch=3)
        self.linear = nn.Linear(input_size, 1)

    def forward(self, X):
        return self.linear(X)


def apart(cls: type, parameters: dict[str, object]) -> Looped:
    made = Looped(cls, parameters)
    made.is_apart = True
    assert not made.may_end_the_process("cpu")
    return made


@pytest.mark.parametrize(
    ("how", "reason"),
    [("exit", "SystemExit: 3"), ("base", "OwnBaseException: no"), ("interrupt", "KeyboardInt")],
)
def test_what_python_ends_with_fails_one_fold(
    how: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.signal(signal.SIGINT, lambda *_: None)  # as in a runner
    try:
        given = block("binary")
        at = seed_of(given.labellings[0].seed, "fit", 1)
        made = list(Looped(Ends, {"how": how, "at": at}).fit(given))
    finally:
        signal.signal(signal.SIGINT, before)
    failed = [one for one in made if isinstance(one, FoldFailure)]
    assert [one.fold for one in failed] == [1] and f"Ends.fit raised {reason}" in failed[0].reason
    assert len(made) == 3


def test_who_asks_to_stop_is_not_taken_for_an_error() -> None:
    class Stop(Interruption):
        pass

    assert is_interruption(Stop()) and is_interruption(KeyboardInterrupt())
    assert not is_interruption(SystemExit()) and not is_interruption(ValueError())


@pytest.mark.usefixtures("forked")
def test_a_class_that_ends_another_process_fails_its_cell_there() -> None:
    given = block("binary", n_layers=2)
    at = seed_of(given.labellings[0].seed, "fit", 1)
    made = list(apart(Ends, {"how": "segfault", "at": at}).fit(given))
    failed = [one for one in made if isinstance(one, FoldFailure)]
    assert [(one.layer_at, one.fold) for one in failed] == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert all("killed by SIGSEGV" in one.reason for one in failed)
    assert [(one.layer_at, one.fold) for one in made if isinstance(one, FoldFit)] == [
        (0, 0),
        (1, 0),
    ]


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(("cls", "parameters"), [(Tells, {"C": 0.3}), (Network, {})])
def test_the_scores_are_those_of_this_process(cls: type, parameters: dict[str, object]) -> None:
    given = block("binary", n_layers=2)
    here = list(Looped(cls, parameters).fit(given))
    there = list(apart(cls, parameters).fit(given))
    assert len(here) == len(there) == 6
    for one, other in zip(here, there, strict=True):
        assert isinstance(one, FoldFit) and isinstance(other, FoldFit)
        np.testing.assert_array_equal(one.test_scores, other.test_scores)
        assert one.held_out is not None and other.held_out is not None
        np.testing.assert_array_equal(one.held_out.scores, other.held_out.scores)


def test_a_class_that_no_other_process_can_load_has_failed() -> None:
    made = list(apart(NotThere, {}).fit(block("binary")))
    assert [one.reason for one in made] == [fits_apart.NO_SOURCE] * 3  # type: ignore[union-attr]
