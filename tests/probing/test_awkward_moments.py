"""Signals, locks and errors at the moments at which work could be lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from probing import spec as specs
from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.mass_mean import MassMean
from probing.engine.experiment import execute
from probing.engine.experiment.passes import features
from probing.engine.experiment.unforeseen_errors import check_device
from probing.engine.extraction import to_host
from probing.errors import RunError
from probing.events import RunCancelled, RunDone, RunFailed
from probing.logs import EventWriter, Lock, RunFolder, RunView, create_run, is_held, run_lock
from probing.logs.folders.locks import device_lock
from probing.runner import Cancelled, Signals, _end
from probing.spec import Spec
from tests.support.tiny_models import WORDS, save_model

POLL = """
import sys; from pathlib import Path; from probing.logs import is_held
print("on", flush=True)
while True: is_held(Path(sys.argv[1]))
"""


@pytest.fixture
def signals() -> Any:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield Signals()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("late", [RunCancelled("signal"), RunFailed("no such file", 3)])
def test_what_comes_after_the_end_of_a_done_run_does_not_undo_it(
    tmp_path: Path, late: RunCancelled | RunFailed
) -> None:
    run = create_run(tmp_path, "x", "")
    EventWriter(run.events).append([RunDone(2, 1, 1.0, 5)])
    assert _end(run, late, 130) == 5
    view = RunView(run)
    view.update()
    assert view.status() == "done"


def test_a_cancel_that_somebody_swallows_comes_again_at_the_next_write(signals: Signals) -> None:
    with pytest.raises(Cancelled):
        signal.raise_signal(signal.SIGTERM)  # as a destructor does: Python drops it
    written = []
    with pytest.raises(Cancelled), signals.shield():
        written.append(1)
    assert written == [1]


def test_a_second_signal_does_not_disturb_the_ending(signals: Signals) -> None:
    with pytest.raises(Cancelled):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)


def test_a_signal_waits_for_the_outermost_shield(signals: Signals) -> None:
    reached = []
    with pytest.raises(Cancelled), signals.shield():
        with signals.shield():
            signal.raise_signal(signal.SIGTERM)
        reached.append(1)
    assert reached == [1]


def test_who_asks_for_a_lock_does_not_take_it_away(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = Lock(path)
    assert first.acquire()
    first.release()
    asking = subprocess.Popen([sys.executable, "-c", POLL, str(path)], stdout=subprocess.PIPE)
    try:
        assert asking.stdout is not None and asking.stdout.readline() == b"on\n"
        assert not any(is_held(path) for _ in range(2000))
        for _ in range(200):
            lock = Lock(path)
            assert lock.acquire(patience_s=5.0)
            lock.release()
    finally:
        asking.kill()
        asking.wait()


def test_a_gpu_lock_can_be_opened_by_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        lock = Lock(tmp_path / "gpu.lock")
        assert lock.acquire()
        lock.release()
    finally:
        os.umask(before)
    assert (tmp_path / "gpu.lock").stat().st_mode & 0o777 == 0o644


def test_locks_do_not_depend_on_the_temporary_folder_of_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_lock(tmp_path), device_lock("GPU-1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert (run_lock(tmp_path), device_lock("GPU-1")) == before


def owned(run: RunFolder, **changes: object) -> None:
    owner = {"pid": 1, "started": 0.0, "boot_id": "", "host": "another-host", **changes}
    run.write(run.owner, json.dumps(owner))


def test_a_run_of_another_machine_lives_as_long_as_it_gives_a_sign(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    owned(run)
    assert run.is_alive()
    os.utime(run.owner, (0, time.time() - 3600))
    assert not run.is_alive()
    run.beat()
    assert run.is_alive()
    owned(run, ended=1.0)
    assert not run.is_alive()


def test_a_run_that_lives_on_another_machine_is_not_taken_up_here(tmp_path: Path) -> None:
    run = create_run(tmp_path, "x", "")
    owned(run)
    before = run.owner.read_text()
    command = [sys.executable, "-P", "-m", "probing.runner", str(run.path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "another process is already running" in done.stderr
    assert run.owner.read_text() == before and not run.events.exists()


def test_a_gpu_that_is_lost_ends_the_process_and_no_other_error_does() -> None:
    lost = getattr(torch, "AcceleratorError", None)
    if lost is None:
        pytest.skip("this torch has no name for it")
    with pytest.raises(RunError, match=r"can no longer use the GPU.*resume the run"):
        check_device(lost("CUDA error: device-side assert triggered"))
    check_device(lost("CUDA error: out of memory"))
    check_device(ValueError("device-side assert"))
    check_device(None)


def test_copies_are_awaited_on_the_gpu_that_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    marked: list[object] = []
    monkeypatch.setattr(torch.cuda, "Event", lambda: SimpleNamespace(record=marked.append))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: f"stream of {device}")
    assert to_host._marked(torch.device("cuda:1")) is not None
    assert marked == ["stream of cuda:1"]
    assert to_host._marked(None) is None


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_model(folder / "tiny", "bert")
    for name in ("a", "b"):
        texts = [f"{name} {word} {other}" for word in WORDS[:6] for other in WORDS[:6]]
        rows = [{"text": text, "label": at % 2} for at, text in enumerate(texts)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def spec(base: Path, classifiers: str) -> Spec:
    return specs.parse(
        f'datasets=["{base}/*.jsonl"]\nmodels=["{base}/tiny"]\npoolers=[{{pool="mean",layer=1}}]\n'
        f'classifiers={classifiers}\ncontrols=[]\nn_folds=3\ndevice="cpu"\n'
    )


def seen(run: RunFolder) -> RunView:
    view = RunView(run)
    view.update()
    return view


def test_a_model_that_raises_fails_its_own_cells_alone(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = features.extract

    def raising(model: Any, texts: Any, *given: Any, **named: Any) -> Any:
        if texts[0].startswith("a "):
            raise IndexError("no such position")
        return extract(model, texts, *given, **named)

    monkeypatch.setattr(features, "extract", raising)
    run = create_run(tmp_path, "x", "")
    assert execute(run, spec(base, '["MassMean"]'), base) == 5
    (reason,) = seen(run).state.failures.values()
    assert reason == "tiny on a: IndexError: no such position"


def test_a_given_split_that_cuts_through_groups_is_told(base: Path, tmp_path: Path) -> None:
    rows = map(json.loads, (base / "a.jsonl").read_text().splitlines())
    parts = ("train", "train", "val", "test")
    cut = [{**row, "group": at // 4, "split": parts[at % 4]} for at, row in enumerate(rows)]
    (tmp_path / "cut.jsonl").write_text("\n".join(map(json.dumps, cut)))
    text = specs.to_toml(spec(base, '["MassMean"]')).replace(f"{base}/*", f"{tmp_path}/cut")
    given = specs.parse(text, sets=["split=given"])
    run = create_run(tmp_path / "logs", "x", "")
    assert execute(run, given, base) == 0
    told = [warning.message for warning in seen(run).state.warnings]
    assert sum("divides groups: 9 of" in message for message in told) == 1


class Poison(MassMean):
    """Leaves the device useless on its first block, as an assert on a GPU does."""

    n_calls = 0

    def fit(self, block: Block) -> Any:
        self.n_calls += 1
        if self.n_calls == 1:
            raise torch.AcceleratorError("CUDA error: device-side assert triggered")
        return super().fit(block)


@pytest.mark.skipif(not hasattr(torch, "AcceleratorError"), reason="this torch has no name for it")
def test_a_lost_gpu_costs_one_block_and_the_resumed_run_goes_on(base: Path, tmp_path: Path) -> None:
    run, given, poison = create_run(tmp_path, "x", ""), spec(base, '["MassMean"]'), Poison()
    with pytest.raises(RunError, match="can no longer use the GPU"):
        execute(run, given, base, classifiers=[poison])
    assert (seen(run).state.n_done, seen(run).state.n_failed) == (0, 1)
    assert execute(run, given, base, classifiers=[poison]) == 5
    assert (seen(run).state.n_done, seen(run).state.n_failed) == (1, 1)
