"""A process that bears workers: forked before anything is computed, it forks one at once.

A worker that is started anew imports its libraries again, for seconds; this process has them.
It is made while no library computes, since a fork lacks the threads that a library waits for.

    run ─┬─ nursery ─┬─ midwife ── worker
         │           └─ midwife ── worker      a midwife tells how its worker ended, and ends
                                               what it leaves behind
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

Main = Callable[[list[str]], None]
_NUMBER = struct.Struct("i")


class Nursery:
    """Bears workers until it is closed, or until this process ends, however that ends.

    It first does what `prepare` does, to have it in all of them. A worker calls `main` with the
    numbers of its open files.
    """

    def __init__(self, main: Main, prepare: Callable[[], None]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with warnings.catch_warnings():
            # Python 3.12 warns of threads: those of libraries, none of which computes now
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            self._control.close()
            _ends_here(_bear_on_demand, prepare, main, theirs)
        self._pid = pid
        theirs.close()

    @staticmethod
    def is_possible() -> bool:
        """Whether this system forks without harm to its libraries."""
        return sys.platform == "linux"

    def bear(self, connection: int, lifeline: int, features: int) -> BornProcess:
        """A worker with these open files; raises `OSError` where there can be none."""
        ours, theirs = os.pipe()
        try:
            socket.send_fds(self._control, [b"w"], [connection, lifeline, features, theirs])
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return BornProcess(ours)

    def close(self) -> None:
        """Bear no more; workers are ended by those who asked for them."""
        self._control.close()
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


class BornProcess:
    """A worker that was born: what `subprocess.Popen` offers of it."""

    def __init__(self, status: int) -> None:
        self._status = status
        self._code: int | None = None
        told = os.read(status, _NUMBER.size)
        if not told:
            os.close(status)
            raise OSError("no worker could be born")
        (self.pid,) = _NUMBER.unpack(told)

    def poll(self) -> int | None:
        """Its exit code, or the signal that ended it, negative; None while it lives."""
        is_told = self._code is None and select.select([self._status], [], [], 0)[0]
        return self.wait() if is_told else self._code

    def wait(self) -> int:
        """The same, once it has ended."""
        if self._code is None:
            told = os.read(self._status, _NUMBER.size)
            os.close(self._status)
            self._code = _NUMBER.unpack(told)[0] if told else -signal.SIGKILL
        return self._code

    def kill(self) -> None:
        """End it and what it has started."""
        if self.poll() is None:
            _kill_group(self.pid)


def _bear_on_demand(prepare: Callable[[], None], main: Main, control: socket.socket) -> None:
    os.setsid()  # whoever kills the group of the run leaves midwives to clean up
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no midwife is waited for
    prepare()
    while True:
        asked, files, *_ = socket.recv_fds(control, 1, 4)
        if not asked:
            return
        if os.fork() == 0:
            control.close()
            _ends_here(_attend, main, *files)
        for file in files:
            os.close(file)


def _attend(main: Main, connection: int, lifeline: int, features: int, status: int) -> None:
    """Fork the worker, say which it is, and, when it has ended, how."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = os.fork()
    if worker == 0:
        os.close(status)
        os.setpgid(0, 0)
        _ends_here(main, [str(one) for one in (connection, lifeline, features)])
    with suppress(OSError):
        os.setpgid(worker, worker)  # whoever is first
    os.close(connection)
    os.write(status, _NUMBER.pack(worker))
    threading.Thread(target=_end_with_run, args=[lifeline, worker], daemon=True).start()
    _, ended = os.waitpid(worker, 0)
    _kill_group(worker)
    os.write(status, _NUMBER.pack(os.waitstatus_to_exitcode(ended)))


def _end_with_run(lifeline: int, worker: int) -> None:
    os.read(lifeline, 1)
    _kill_group(worker)


def _kill_group(worker: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker, signal.SIGKILL)


def _ends_here(work: Callable[..., None], *given: Any) -> NoReturn:
    """Work in a forked process, which then ends without what its parent does at its end."""
    code = 1
    try:
        work(*given)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
