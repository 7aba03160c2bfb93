"""Processes that have the libraries already: imports are most of the time of a short one.

Each is forked from a server which imported them once and computed nothing, and runs a module as
`python -m` does. It is a process of its own, in a session of its own, with its own lock files
and signals. What differs is what imports leave: tests of that start Python anew.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from multiprocessing import forkserver
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LOADED = [__name__, "probing.engine.experiment", "transformers.models.bert.modeling_bert"]
CONTEXT = multiprocessing.get_context("forkserver")
_NOTHING = Path(os.devnull)


@cache
def start_server() -> None:
    """Start the server, which other processes may be forked from, too."""
    CONTEXT.set_forkserver_preload(_LOADED)
    # where it finds what it imports; to change the folder would steer the other threads
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(_ROOT))
        forkserver.ensure_running()


class WarmProcess:
    """What `subprocess.Popen` offers of such a process, with what it prints added to `log`.

    Its errors go to the same file, unless `errors` names another; it reads the file `asked`.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log: Path,
        errors: Path | None = None,
        asked: Path = _NOTHING,
    ) -> None:
        files = [str(one.absolute()) for one in (asked, log, errors or log)]
        given = (module, [*arguments], files, dict(os.environ), str(Path.cwd()))
        # a daemon is ended with the tests, should one leave it behind
        self._process = CONTEXT.Process(target=_run, args=given, daemon=True)
        start_server()
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, or the signal that ended it, negative."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0.0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def _run(
    module: str, arguments: list[str], files: Sequence[str], environment: dict[str, str], at: str
) -> None:
    os.setsid()
    os.chdir(at)
    os.environ.clear()
    os.environ.update(environment)
    asked, *printed = files
    added = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    opened = os.open(asked, os.O_RDONLY), *(os.open(file, added, 0o600) for file in printed)
    for number, file in enumerate(opened):
        os.dup2(file, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
