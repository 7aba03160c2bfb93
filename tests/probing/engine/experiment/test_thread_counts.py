"""Last bits depend on threads: what a resumed run computes takes as many as it took before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from probing import spec as specs
from probing.engine.experiment import execute, whole_run
from probing.engine.experiment.passes import features
from probing.engine.experiment.passes.cache import PassShelf
from probing.engine.experiment.whole_run import _other_threads
from probing.events import RunStarted
from tests.support.real_runs import RIDGE, new_run, passes


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_what_is_lost_in_the_middle_of_fits_is_computed_as_the_pass_was(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract, read = features.extract, PassShelf.read
    counts: list[int] = []

    def counting(*given, **named):
        counts.append(torch.get_num_threads())
        return extract(*given, **named)

    def lost_at_first(shelf, cell):
        return read(shelf, cell) if len(counts) > 1 else None

    monkeypatch.setattr(features, "extract", counting)
    monkeypatch.setattr(PassShelf, "read", lost_at_first)
    run = new_run(base, tmp_path / "logs", classifiers=RIDGE, controls="[]")
    assert execute(run, specs.load(run.spec), run.path) == 0
    assert counts == [2, 2]
    assert len(passes(run)) == 2


def started(n_threads: int) -> RunStarted:
    return RunStarted("r", 0, "0", 1, "host", 2, 1, n_threads)


def test_a_resumed_run_takes_the_threads_of_its_first_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole_run, "n_cores", lambda: 4)
    assert _other_threads(None) == [] and torch.get_num_threads() == 2
    assert _other_threads(started(3)) == [] and torch.get_num_threads() == 3
    (warning,) = _other_threads(started(64))
    assert warning.message.startswith("computing with 3 threads instead of 64")
    assert torch.get_num_threads() == 3
