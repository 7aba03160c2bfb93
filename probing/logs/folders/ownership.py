"""Hold the folder of a run while it is worked on: its lock, `owner.json`, and signs of life."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from probing.logs.folders.lock_holders import sign
from probing.logs.folders.locks import Lock, run_lock
from probing.logs.folders.run_folder import BEAT_S, RunFolder
from probing.slurm import own_job


class Ownership:
    """A run that this process holds, from `take` to `release`."""

    def __init__(self, run: RunFolder, lock: Lock, holder: int) -> None:
        self.run, self._lock, self._holder = run, lock, holder

    @classmethod
    def take(cls, run: RunFolder, patience_s: float) -> Ownership | None:
        """Take a run that nobody works on, here or on another machine; None for others."""
        lock = Lock(run_lock(run.path))
        try:
            is_ours = not run.is_alive_elsewhere() and lock.acquire(patience_s)
            holder = sign(lock.path, patience_s) if is_ours else None
        except BlockingIOError:
            holder = None
        return None if holder is None else cls(run, lock, holder)

    def announce(self) -> None:
        """Say in `owner.json` whose run it is, and give signs of life to other machines."""
        _own(self.run, {})
        threading.Thread(target=_beat, args=[self.run], daemon=True).start()

    def release(self, *, ended: bool) -> None:
        """Let others have it; `ended` says that its log tells how it ended."""
        if ended:
            _own(self.run, {"ended": time.time()})
        os.close(self._holder)  # first: whoever takes the lock then signs in its turn
        self._lock.release()


def _beat(run: RunFolder) -> None:
    """Show other machines, until the process ends, that the run is alive."""
    while True:
        time.sleep(BEAT_S)
        run.beat()


def _own(run: RunFolder, more: dict[str, float]) -> None:
    """Say whose run it is; on a full disk nobody is told, and the lock still holds."""
    owner: dict[str, float | str] = {
        "pid": os.getpid(),
        "started": time.time(),
        "boot_id": _boot_id(),
        "host": socket.gethostname(),
    }
    if (own := own_job()) is not None:
        owner["job"] = own.job
    with suppress(OSError):
        run.write(run.owner, json.dumps(owner | run.read_owner() | more if more else owner))


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
