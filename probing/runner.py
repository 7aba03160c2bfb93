"""The process that executes one run: `python -P -m probing.runner RUN_FOLDER`.

It takes the run's lock, checks the inputs, computes, and writes nothing but files. To
resume a killed run, start the runner on its folder again; with `--retry` after it, the failed
cells of a finished run are computed again.
"""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from probing import computing
from probing.errors import Interruption, ProbingError, RunError, in_one_line
from probing.events import PUT_BACK, JobStarted, RunCancelled, RunDone, RunFailed
from probing.logs import EventWriter, RunFolder, RunView, runner_log
from probing.logs.folders.full_disk import Reserve, is_disk_full, is_file_too_large
from probing.logs.folders.ownership import Ownership
from probing.logs.folders.plain_files import check_plain
from probing.logs.mirrors.sending import Sender
from probing.logs.states.summaries import summed_up
from probing.logs.waiting.turns import wait_for_turn
from probing.slurm import own_job

LOCK_PATIENCE_S = 1.0
RETRY = "--retry"


class Cancelled(Interruption):
    """The run was asked to stop."""


class Signals:
    """Turns SIGTERM and SIGINT into one `Cancelled`, but never in the middle of a write.

    Python drops what is raised inside a destructor, and a plug-in may catch it: so `Cancelled`
    is raised again at the next write until somebody ends the run.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._is_asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        is_first, self._is_asked = not self._is_asked, True
        if is_first and not self._depth:
            raise Cancelled

    @contextmanager
    def shield(self) -> Iterator[None]:
        """What runs inside is finished before a signal is obeyed."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._is_asked and not self._depth:
            raise Cancelled


def main(arguments: Sequence[str]) -> int:
    """Run the folder named on the command line; returns the exit code."""
    computing.begin()
    run = RunFolder(Path(arguments[0]).resolve())
    held = Ownership.take(run, LOCK_PATIENCE_S)
    if held is None:
        print(f"another process is already running {run.name}", file=sys.stderr)
        return 1
    signals, reserve = Signals(), Reserve(run.path)
    reserve.take()
    held.announce()
    sender = Sender(run.path)
    try:
        return _guarded(run, signals, reserve, RETRY in arguments[1:])
    finally:
        reserve.release()
        held.release(ended=_has_told(run))
        with suppress(Cancelled):
            sender.wait()


def _has_told(run: RunFolder) -> bool:
    """Whether the log says how the run ended: one that could not be written on reads as killed,
    which it is by all that is seen of it, and what was printed says why."""
    view = RunView(run)
    view.skim()
    return view.state.end is not None


def _guarded(run: RunFolder, signals: Signals, reserve: Reserve, retries: bool) -> int:
    """Work, and log how it ended, whatever happens."""
    try:
        return _work(run, signals, retries)
    except Cancelled:
        return _end(run, RunCancelled(_canceller()), 130)
    except BaseException as error:
        traceback.print_exc()
        if is_disk_full(error):
            reserve.release()
        return _end(run, *_failure(run, error))


def _canceller() -> str:
    """Who ends the run: Slurm puts a job back that it preempts, or that is out of time."""
    own = own_job()
    is_put_back = own is not None and own.goes_on_later()
    return PUT_BACK if is_put_back else "signal"


def _failure(run: RunFolder, error: BaseException) -> tuple[RunFailed, int]:
    """How a run ends by an error, whatever it is: a library may even end the process."""
    if is_disk_full(error):
        full = RunError("the disk is full", where=str(run.path), hint="make room, then resume it")
        return RunFailed(str(full), full.exit_code), full.exit_code
    if is_file_too_large(error):
        hint = "raise it (ulimit -f) or use another file system, then resume it"
        cut = RunError("a file has reached the size limit", where=str(run.path), hint=hint)
        return RunFailed(str(cut), cut.exit_code), cut.exit_code
    if isinstance(error, ProbingError):
        return RunFailed(str(error), error.exit_code), error.exit_code
    return RunFailed(in_one_line(error, 500), 1), 1


def _end(run: RunFolder, event: RunFailed | RunCancelled, code: int) -> int:
    """Log how the run ended, but for one that is done: what comes after that is no matter."""
    view = RunView(run)
    view.update()
    if isinstance(view.state.end, RunDone):
        return view.state.end.exit_code
    try:
        writer = EventWriter(run.events)
        writer.append([summed_up(event, view.state, writer)])
        writer.close()
    except (ProbingError, OSError) as error:
        print(error, file=sys.stderr)
    return code


def _work(run: RunFolder, signals: Signals, retries: bool) -> int:
    check_plain(run.path)
    spec = run.read_spec()
    _tell_job(run, signals)
    wait_for_turn(run, spec, signals.shield)
    with computing.loading():
        from probing.engine.experiment import execute

    return execute(run, spec, run.path, shield=signals.shield, forks=True, retries=retries)


def _tell_job(run: RunFolder, signals: Signals) -> None:
    """Log the job of Slurm that this process is in, if it is in one."""
    own = own_job()
    if own is None:
        return
    with signals.shield():
        writer = EventWriter(run.events)
        writer.append([JobStarted(own.job, own.node, own.partition, own.n_restarts)])
        writer.close()


if __name__ == "__main__":
    runner_log.take_over()
    sys.exit(main(sys.argv[1:]))
