"""A runner that a class ended: resumed, it fails the cells of that class and completes the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.events import FitsStarted, RunCancelled, RunStarted
from probing.logs import EventWriter, RunFolder, RunState, read_events
from tests.support.real_runs import new_run, viewed

ENDS = """
import os
from probing import SingleStepOpt

class Ends(SingleStepOpt):
    def __init__(self, input_size):
        super().__init__()
        self.discrete_targets = True

    def fit(self, *sets, **options):
        os._exit(3)
"""


@pytest.fixture
def run(base: Path, tmp_path: Path, cache: Path) -> RunFolder:
    (tmp_path / "ends.py").write_text(ENDS)
    poolers = '[{pool="mean",layer=1}]'
    classifiers = f'["{tmp_path}/ends.py:Ends","LDA"]'
    return new_run(base, tmp_path / "logs", classifiers=classifiers, poolers=poolers)


def test_the_class_goes_to_another_process(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[FitsStarted] = []

    def dies(code: int) -> None:
        died.append(code)  # type: ignore[arg-type]
        raise MemoryError  # as near to an end as a test can go

    monkeypatch.setattr("os._exit", dies)
    writer = EventWriter(run.events)
    started = RunStarted("r", 0, "0", 1, "host", 4, 1, 1)
    fits = FitsStarted(0, 0, "Ends", ("x",))
    writer.append([started, fits])
    writer.close()
    assert execute(run, specs.load(run.spec), run.path) == 5
    state = viewed(run).state
    assert not died
    reasons = set(state.failures.values())
    assert reasons == {"fold 0: its worker process ended with exit code 3"}
    assert (state.n_done, state.n_failed) == (4, 2)
    assert any("in a separate process" in one.message for one in state.warnings)
    kinds = [one.event.kind for one in read_events(run.events)[0]]
    assert kinds.count("fits_started") == 1  # that of the attempt that died


def test_the_class_is_named_before_it_is_fitted(base: Path, tmp_path: Path, cache: Path) -> None:
    poolers = '[{pool="mean",layer=1}]'
    run = new_run(
        base, tmp_path / "logs", classifiers=f'["{base}/plugin.py:Broken"]', poolers=poolers
    )
    execute(run, specs.load(run.spec), run.path)
    events = [one.event for one in read_events(run.events)[0]]
    (fits,) = [one for one in events if isinstance(one, FitsStarted)]
    assert fits.classifier == "Broken" and len(fits.cells) == 2
    kinds = [one.kind for one in events]
    assert kinds.index("fits_started") < kinds.index("cell_failed")
    assert viewed(run).state.suspects == set()


@pytest.mark.parametrize("end", [None, RunCancelled("signal")])
def test_only_what_was_fitted_when_the_runner_died_is_suspected(end: RunCancelled | None) -> None:
    from probing.events import CellFailed, Logged

    state = RunState()
    events = [
        RunStarted("r", 0, "0", 1, "host", 4, 1, 1),
        FitsStarted(0, 0, "over", ("a",)),
        CellFailed("a", 0, "why"),
        FitsStarted(1, 0, "at fault", ("b", "c")),
        CellFailed("b", 0, "why"),
        *([end] if end else []),
        RunStarted("r", 1, "0", 1, "host", 4, 1, 1),
        CellFailed("c", 1, "why"),
    ]
    state.take(Logged(at, 0.0, event) for at, event in enumerate(events))
    assert state.suspects == (set() if end else {"at fault"})
