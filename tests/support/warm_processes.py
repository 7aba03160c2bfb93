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
from contextlib import chdir
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_LOADED = [__name__, "probing.engine.experiment", "transformers.models.bert.modeling_bert"]
_CONTEXT = multiprocessing.get_context("forkserver")


class WarmProcess:
    """What `subprocess.Popen` offers of such a process, with what it prints added to `log`.

    Its errors go to the same file, unless `errors` names another.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], log: Path, errors: Path | None = None
    ) -> None:
        files = str(log.absolute()), str((errors or log).absolute())
        given = (module, [*arguments], files, dict(os.environ), str(Path.cwd()))
        # a daemon is ended with the tests, should one leave it behind
        self._process = _CONTEXT.Process(target=_run, args=given, daemon=True)
        _CONTEXT.set_forkserver_preload(_LOADED)
        with chdir(_ROOT):  # where the server finds what it imports
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
    added = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    printed = [os.open(file, added, 0o600) for file in files]
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), *printed)):
        os.dup2(file, number)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
