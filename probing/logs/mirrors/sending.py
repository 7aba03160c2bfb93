"""The process that sends a run to its store, as the process that computes it knows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from probing.errors import ProbingError
from probing.logs.mirrors.heads import read_record
from probing.logs.mirrors.on_demand import fetch_all
from probing.logs.mirrors.places import url_of


class Sender:
    """Sends a run while this process holds its lock; of logs that are just a folder, nothing.

    It is a process of its own: what it loads and waits for does not slow the run, and it sends
    the last events of one that is killed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        if url_of(folder.parent) is None:
            return
        try:
            fetch_all(folder)
        except (ProbingError, OSError) as error:
            print(f"files of {folder.name} could not be fetched: {error}", file=sys.stderr)
        command = [sys.executable, "-P", "-m", "probing.mirroring", str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self) -> None:
        """Return when all is sent, or the store has failed; the lock is to be free before."""
        if self._process is not None:
            self._process.wait()


def unsent(folder: Path) -> str:
    """The line for a run that is over and not in its store as a whole; empty for others."""
    url = url_of(folder.parent)
    if url is None:
        return ""
    record = read_record(folder)
    if record is not None and record.is_sent:
        return ""
    return (
        f"{folder.name} is not in {url} as a whole, and lies in {folder}; "
        f"the next command with --logs {url} sends it"
    )
